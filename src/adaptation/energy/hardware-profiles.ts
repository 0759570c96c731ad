import { RecentMap } from "../../collections/index.ts"
import type { HardwareProfile, PowerModel, ProfilesView, WorkerId, WorkerSpec } from "../../model/index.ts"
import { scaledPower } from "../../power/index.ts"
import { type HardwareInput, type KnownHardware, knownHardware } from "./hardware-table.ts"

export interface HardwareProfilesSettings {
  /** What a caller knows of kinds of hardware. */
  readonly known: Readonly<Record<string, HardwareInput>>
  /** Runs after which what was observed counts for half. */
  readonly halfway: number
  /** The least weight of a new run against what was known. */
  readonly leastGain: number
  /** The most by which what is observed moves the performance from what was known beforehand, as a factor. */
  readonly farthest: number
  /** A profile changes once it has moved by this factor, so that what rests on it does not change with every run. */
  readonly step: number
  readonly maxKinds: number
  readonly maxTypes: number
  /** Told of each kind whose profile has changed. */
  readonly onMoved: (kind: string) => void
}

export const hardwareProfilesDefaults: HardwareProfilesSettings = {
  known: {},
  halfway: 20,
  leastGain: 0.02,
  farthest: 8,
  step: 1.02,
  maxKinds: 64,
  maxTypes: 128,
  onMoved: () => {}
}

/** How far the speeds of a kind are from what was known of it, as a logarithm, and from how many runs. */
interface Observed {
  log: number
  runs: number
}

/** What was observed of a kind, as data: to be kept over a restart. */
export interface ObservedKind {
  readonly kind: string
  readonly log: number
  readonly runs: number
  readonly types: ReadonlyArray<{ readonly type: string; readonly log: number; readonly runs: number }>
}

interface Kind {
  readonly known: KnownHardware
  readonly all: Observed
  readonly byType: RecentMap<string, Observed>
  /** The performance that profiles show. */
  performance: number
}

interface Shown {
  readonly spec: WorkerSpec
  readonly version: number
  readonly profile: HardwareProfile
}

const baseline = "cpu"

/**
 * The profile of each worker's hardware: as known beforehand, its performance moving with the speeds observed of that
 * kind.
 *
 *     performance = known · exp(c · (r − r₀)),  within known / farthest … known · farthest
 *     r = exponential mean of log(observed speed / known performance) over runs of the kind
 *     c = n / (n + halfway), the smaller of the kind's and the baseline's
 *
 * Speeds are relative, so a kind is judged against a baseline r₀: the CPUs of the pool or, without any, the mean of all
 * kinds by their runs. A pool of one kind therefore stays as it is known. By type of task the same is kept for each kind,
 * and counts over the kind's own as it gains runs. Learning is O(kinds); the memory is bounded.
 */
export class HardwareProfiles implements ProfilesView {
  readonly #settings: HardwareProfilesSettings
  readonly #specOf: (workerId: WorkerId) => WorkerSpec | undefined
  readonly #kinds: RecentMap<string, Kind>
  readonly #shown = new Map<WorkerId, Shown>()
  #version = 0

  constructor(
    specOf: (workerId: WorkerId) => WorkerSpec | undefined,
    settings: Partial<HardwareProfilesSettings> = {}
  ) {
    this.#settings = { ...hardwareProfilesDefaults, ...settings }
    this.#specOf = specOf
    this.#kinds = new RecentMap(this.#settings.maxKinds)
  }

  /** The worker's profile, its power scaled to its cores or devices. Of a worker nobody knows: a plain CPU's. */
  of(workerId: WorkerId): HardwareProfile {
    const spec = this.#specOf(workerId)
    if (spec === undefined) return this.kind(baseline)
    const shown = this.#shown.get(workerId)
    if (shown !== undefined && shown.spec === spec && shown.version === this.#version) return shown.profile
    const kind = this.#kind(spec.capabilities.hardware)
    const { known, performance } = kind
    const power = shown?.spec === spec ? shown.profile.power : powerOf(spec, known)
    const profile = profileOf(known, performance, power)
    this.#shown.set(workerId, { spec, version: this.#version, profile })
    return profile
  }

  /** A kind's profile: of one core or one device. */
  kind(name: string): HardwareProfile {
    const { known, performance } = this.#kind(name)
    return profileOf(known, performance, known.power)
  }

  /** The worker's performance at one type of task: as of its kind, until runs of that type tell otherwise. */
  performanceAt(workerId: WorkerId, type: string): number {
    const kind = this.#kind(this.#specOf(workerId)?.capabilities.hardware ?? baseline)
    const own = kind.byType.get(type)
    if (own === undefined) return kind.performance
    const { log, trust } = this.#compared(own, (other) => other.byType.get(type))
    const ofKind = Math.log(kind.performance / kind.known.performance)
    return kind.known.performance * Math.exp(this.#bounded((1 - trust) * ofKind + trust * log))
  }

  /** A run has ended on the worker, which was learned to have this speed at such tasks by now; throttling taken out. */
  observe(workerId: WorkerId, type: string, speed: number): void {
    const name = this.#specOf(workerId)?.capabilities.hardware
    if (name === undefined || !(speed > 0 && speed < Number.POSITIVE_INFINITY)) return
    const kind = this.#kind(name)
    const log = Math.log(speed / kind.known.performance)
    this.#learn(kind.all, log)
    this.#learn(
      kind.byType.use(type, () => ({ log: 0, runs: 0 })),
      log
    )
    // A kind by itself is as it is known.
    if (this.#kinds.size === 1) return
    this.#show(kind)
    // What the others are judged by has moved.
    if (name === baseline || (this.#kinds.get(baseline)?.all.runs ?? 0) === 0) {
      for (const [, other] of this.#kinds.entries()) this.#show(other)
    }
  }

  /** For a worker that left. */
  forget(workerId: WorkerId): void {
    this.#shown.delete(workerId)
  }

  /** What was observed, as data. */
  get observed(): ReadonlyArray<ObservedKind> {
    return [...this.#kinds.entries()].map(([kind, { all, byType }]) => ({
      kind,
      ...all,
      types: [...byType.entries()].map(([type, own]) => ({ type, ...own }))
    }))
  }

  /** Goes on from what an earlier run has observed. What makes no sense in it is left out. */
  restore(kinds: ReadonlyArray<ObservedKind>): void {
    for (const { kind: name, types, ...all } of kinds) {
      if (!isSound(all)) continue
      const kind = this.#kind(name)
      Object.assign(kind.all, { log: all.log, runs: all.runs })
      for (const { type, log, runs } of types) if (isSound({ log, runs })) kind.byType.set(type, { log, runs })
    }
    for (const [, kind] of this.#kinds.entries()) this.#show(kind)
  }

  #kind(name: string): Kind {
    return this.#kinds.use(name, () => {
      const { known: given, maxTypes } = this.#settings
      const known = knownHardware(name, Object.hasOwn(given, name) ? given[name] : undefined)
      return { known, all: { log: 0, runs: 0 }, byType: new RecentMap(maxTypes), performance: known.performance }
    })
  }

  #learn(observed: Observed, log: number): void {
    observed.runs += 1
    observed.log += (log - observed.log) * Math.max(this.#settings.leastGain, 1 / observed.runs)
  }

  #show(kind: Kind): void {
    const { log, trust } = this.#compared(kind.all, (other) => other.all)
    const performance = kind.known.performance * Math.exp(this.#bounded(trust * log))
    if (Math.abs(Math.log(performance / kind.performance)) <= Math.log(this.#settings.step)) return
    kind.performance = performance
    this.#version += 1
    this.#settings.onMoved(kind.known.kind)
  }

  /** How far the speeds are from what is known by those of the baseline, as a logarithm, and what that counts for. */
  #compared(own: Observed, observedOf: (kind: Kind) => Observed | undefined) {
    const base = this.#base(own, observedOf)
    return { log: own.log - base.log, trust: Math.min(this.#trust(own), this.#trust(base)) }
  }

  /** What kinds are judged by; of no runs where there is nothing but the kind itself. */
  #base(own: Observed, observedOf: (kind: Kind) => Observed | undefined): Observed {
    const cpus = this.#kinds.get(baseline)
    const ofCpus = cpus && observedOf(cpus)
    if (ofCpus !== undefined && ofCpus.runs > 0) return ofCpus
    let runs = 0
    let log = 0
    let others = 0
    for (const [, kind] of this.#kinds.entries()) {
      const observed = observedOf(kind)
      if (observed === undefined || observed.runs === 0) continue
      if (observed !== own) others += 1
      runs += observed.runs
      log += (observed.log - log) * (observed.runs / runs)
    }
    return others === 0 ? { log, runs: 0 } : { log, runs }
  }

  #bounded(log: number): number {
    const farthest = Math.log(this.#settings.farthest)
    return Math.min(farthest, Math.max(-farthest, log))
  }

  #trust({ runs }: Observed): number {
    return runs / (runs + this.#settings.halfway)
  }
}

const isSound = ({ log, runs }: Observed): boolean => Number.isFinite(log) && Number.isInteger(runs) && runs >= 0

const profileOf = (known: KnownHardware, performance: number, power: PowerModel): HardwareProfile => {
  const { kind, energyEfficiency, thermalEfficiency } = known
  return { kind, performance, energyEfficiency, thermalEfficiency, power }
}

const powerOf = ({ capacity, limits }: WorkerSpec, { kind, per, power }: KnownHardware): PowerModel => {
  const devices = limits.devices.filter((device) => device.kind === kind).length
  const many = per === "core" ? capacity.cpu / 1_000 : devices
  return many > 0 && many !== 1 ? scaledPower(power, many) : power
}
