import { bodyOf, type Heat, heatDefaults, judgeHeat, PowerFit, warmed } from "../../../src/adaptation/index.ts"
import type { EnergySettings } from "../../../src/config/index.ts"
import type { MachineReport } from "../../../src/execution/index.ts"
import { isAtHand, type WorkerRecord } from "../../../src/ledger/index.ts"
import type { Millis, PowerModel, WorkerId } from "../../../src/model/index.ts"
import { wattsAt } from "../../../src/power/index.ts"
import { type EnergySources, fullnessOf, powerOf } from "./energy-view.ts"

/** What somebody has measured of a worker's energy: degrees Celsius, watts. */
export interface EnergyReading {
  readonly temperature?: number | undefined
  readonly watts?: number | undefined
}

/** For so long a reading counts. */
const fresh: Millis = 300_000
/** A model is not sure enough to have a worker taken out of use. */
const below = 0.01

interface Known {
  readonly heat: Heat
  readonly at: Millis
}

/**
 * How hot each worker is, and what may be used of it for that: as reported of it; on this machine otherwise as its sensors
 * say; and where that is asked for and its watts are declared, as modelled. It outlives the energy manager.
 */
export class HeatRecord {
  /** Those that rest because they were too hot. */
  readonly rested = new Set<WorkerId>()
  readonly #sources: EnergySources
  readonly #settings: EnergySettings["temperature"]
  readonly #readings = new Map<WorkerId, EnergyReading & { readonly at: Millis }>()
  readonly #known = new Map<WorkerId, Known>()
  readonly #fits = new Map<WorkerId, PowerFit>()
  #machine: { readonly celsius: number; readonly at: Millis } | undefined

  constructor(sources: EnergySources, settings: EnergySettings["temperature"]) {
    this.#sources = sources
    this.#settings = settings
  }

  /** Somebody has measured it. What is left out stays as it was said last. */
  report(workerId: WorkerId, reading: EnergyReading, now: Millis): void {
    const { temperature, watts } = this.#reading(workerId, now) ?? {}
    const merged = { temperature: reading.temperature ?? temperature, watts: reading.watts ?? watts, at: now }
    if (merged.temperature !== undefined || merged.watts !== undefined) this.#readings.set(workerId, merged)
    const worker = this.#sources.ledger.worker(workerId)
    if (reading.watts === undefined || worker === undefined) return
    const fit = this.#fits.get(workerId) ?? new PowerFit()
    this.#fits.set(workerId, fit)
    fit.add(fullnessOf(worker, this.#sources.vitals.beat(workerId)), reading.watts)
  }

  /** What it draws over how much of it is in use, once enough was measured. */
  powerOf(workerId: WorkerId): PowerModel | undefined {
    return this.#fits.get(workerId)?.power
  }

  /** The machine was looked at. */
  probed({ temperature }: Pick<MachineReport, "temperature">, now: Millis): void {
    const [hottest] = temperature.ok ? temperature.value : []
    this.#machine = hottest && { celsius: hottest.celsius, at: now }
  }

  forget(workerId: WorkerId): void {
    this.rested.delete(workerId)
    this.#readings.delete(workerId)
    this.#known.delete(workerId)
    this.#fits.delete(workerId)
  }

  /** What it draws as somebody measured it lately. */
  wattsOf(workerId: WorkerId, now: Millis): number | undefined {
    return this.#reading(workerId, now)?.watts
  }

  of(workerId: WorkerId): Heat | undefined {
    return this.#known.get(workerId)?.heat
  }

  /**
   * Looks at all of them. Gives the share of each that may be used, against the coolest: where all are as hot, nothing
   * would be gained by using all of them less. Empty where nothing is known of any.
   */
  look(now: Millis): ReadonlyMap<WorkerId, number> {
    const shares = new Map<WorkerId, number>()
    let coolest = 0
    for (const worker of this.#sources.ledger.workers.values()) {
      const { id } = worker.spec
      const heat = this.#judge(worker, now)
      if (heat === undefined) this.#known.delete(id)
      else this.#known.set(id, { heat, at: now })
      if (isAtHand(worker.phase)) coolest = Math.max(coolest, heat?.headroom ?? 1)
      if (heat !== undefined) shares.set(id, heat.headroom)
    }
    for (const [id, headroom] of shares) shares.set(id, coolest === 0 ? 1 : Math.min(1, headroom / coolest))
    return shares
  }

  #judge(worker: WorkerRecord, now: Millis): Heat | undefined {
    const { spec } = worker
    const before = this.#known.get(spec.id)
    const settings = { ...heatDefaults, ...this.#settings }
    const measured = this.#measured(worker, now)
    if (measured !== undefined) return judgeHeat(before?.heat, measured, settings)
    const power = this.#settings.modelled ? powerOf(this.#sources, worker) : undefined
    if (power === undefined) return undefined
    const body = bodyOf(this.#sources.profiles.of(spec.id).thermalEfficiency, power.peakWatts)
    const watts = wattsAt(power, fullnessOf(worker, this.#sources.vitals.beat(spec.id)))
    const celsius = warmed(before?.heat.celsius ?? body.ambient, watts, now - (before?.at ?? now), body)
    return judgeHeat(before?.heat, Math.min(celsius, settings.critical - below), settings)
  }

  #measured({ spec }: WorkerRecord, now: Millis): number | undefined {
    const own = this.#reading(spec.id, now)?.temperature
    if (own !== undefined || spec.isolation === "remote" || this.#machine === undefined) return own
    return now - this.#machine.at <= fresh ? this.#machine.celsius : undefined
  }

  #reading(workerId: WorkerId, now: Millis): EnergyReading | undefined {
    const reading = this.#readings.get(workerId)
    return reading !== undefined && now - reading.at <= fresh ? reading : undefined
  }
}
