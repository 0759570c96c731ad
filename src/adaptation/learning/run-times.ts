import { RecentMap } from "../../collections/index.ts"
import type { Millis, WorkerId } from "../../model/index.ts"
import { RunTimeSketch, type SketchState } from "./run-time-sketch.ts"

/** One successful run, whole, as speeds are learned from it. */
export interface TimedRun {
  /** What it took of its worker, with what tasks took from each other by sharing a thread taken out. */
  readonly ms: Millis
  /** What its submitter said it takes at speed 1. */
  readonly expectedMs?: Millis | undefined
}

export interface RunTimesSettings {
  /** Task types kept; beyond that the one longest unused goes. */
  readonly maxTypes: number
  /** Types of which each worker's own ways are kept. */
  readonly maxTypesPerWorker: number
  readonly maxWorkers: number
  /** Time after which what was known of a type counts for little against one new run. */
  readonly memory: Millis
}

export const runTimesDefaults: RunTimesSettings = {
  maxTypes: 1_024,
  maxTypesPerWorker: 128,
  maxWorkers: 200_000,
  memory: 600_000
}

/** The least weight of a new run against what was known. */
const leastGain = 0.01
/** Runs that the speed assumed of a worker counts for. */
const assumedRuns = 2
/** Comparable runs of a type after which a worker's own ways with it count for half. */
const ownWays = 10
/** Logarithms of heavy-tailed run times spread by about 1: assumed as if seen in so many runs. */
const assumedVariance = { value: 1, runs: 4 }
/** A shorter run says nothing of its worker's speed: the clock's steps and the handler's call drown it. */
const shortest: Millis = 0.05
/** However far off a run is, it counts as a thousandfold at most, as a logarithm. */
const farthest = Math.log(1_000)
/** Speeds are kept between a billionth and a billion, as logarithms. */
const extreme = Math.log(1e9)
/** How far one run moves what is assumed of newcomers. */
const drifting = 0.05
/** The standard errors by which a worker gets the benefit of the doubt. */
const doubt = 2

/** Work of one type, in milliseconds at speed 1. */
interface TypeTimes {
  readonly work: RunTimeSketch
  /** The mean logarithm of its work. */
  level: number
  runs: number
  lastAt: Millis
}

/** How much longer than by its speed a worker takes for one type, as a logarithm. */
interface Ways {
  log: number
  runs: number
  /** Of its runs, those that could be compared. */
  compared: number
}

interface Pace {
  /** The logarithm of the speed that it declared, or that was assumed of it first. */
  readonly declared: number
  /** The logarithm of the speed that it was assumed to have, at speeds as they were declared. */
  assumed: number
  /** The logarithm of its speed, and the speed. */
  log: number
  speed: number
  /** Runs that could be compared; each by the share of others in what it was compared with. */
  compared: number
  /** The mean square of what was not foreseen. */
  variance: number
  readonly byType: RecentMap<string, Ways>
}

/** What was learned, as data; times as milliseconds ago. */
export interface RunTimesState {
  readonly runs: number
  readonly undeclared: number
  readonly meanWork: Millis
  readonly drift: number
  readonly types: ReadonlyArray<{
    readonly type: string
    readonly level: number
    readonly runs: number
    readonly age: Millis
    readonly work?: SketchState | undefined
  }>
  readonly workers: ReadonlyArray<
    Pick<Pace, "declared" | "assumed" | "log" | "compared" | "variance"> & {
      readonly workerId: WorkerId
      readonly types: ReadonlyArray<Ways & { readonly type: string }>
    }
  >
}

const isTime = (ms: number | undefined): ms is Millis => ms !== undefined && ms >= 0 && ms < Number.POSITIVE_INFINITY

/**
 * How long tasks take, learned from runs: of each type how its work is distributed, of each worker how fast it is.
 *
 * The model is `log ms = log work − log speed + ways`, fitted as the runs come in, each part by exponential averages.
 * The work is what was declared or else the level of the type, so a worker's speed rests only on runs that can be
 * compared: with what was declared, or with runs of the same type elsewhere. In logarithms one run that takes a
 * hundred times as long does not move a speed by much. The shape of a type's distribution is shared by all workers,
 * its scale is each worker's own: a few runs there suffice to say what a long one will take.
 *
 * Speeds are relative: 1 is a worker that takes as long as declared or, with nothing declared, as long as the others.
 * Learning from a run is O(1), and the memory is bounded.
 */
export class RunTimes {
  readonly #types: RecentMap<string, TypeTimes>
  readonly #paces: RecentMap<WorkerId, Pace>
  readonly #settings: RunTimesSettings
  /** Workers of which an earlier run has told, and that have not joined yet. */
  readonly #awaited = new Set<WorkerId>()
  #runs = 0
  #undeclared = 0
  #meanWork = 0
  /** By how much those that run are faster than was assumed of them, as a logarithm. */
  #drift = 0

  constructor(settings: Partial<RunTimesSettings> = {}) {
    this.#settings = { ...runTimesDefaults, ...settings }
    this.#types = new RecentMap(this.#settings.maxTypes)
    this.#paces = new RecentMap(this.#settings.maxWorkers)
  }

  /** Runs learned from so far. */
  get runs(): number {
    return this.#runs
  }

  /** Mean work of runs whose duration was not declared, over all types; 0 before the first. */
  get meanWorkMs(): Millis {
    return this.#meanWork
  }

  /**
   * A worker joins with the speed it is declared to have, against what others declare: where those have shown since that
   * they are faster or slower than they say, all by as much, so is the newcomer until its own runs tell. One of which an
   * earlier run has told, and that declares the same as then, is known.
   */
  assume(workerId: WorkerId, speed: number): void {
    const declared = this.#paces.get(workerId)?.declared
    if (this.#awaited.delete(workerId) && declared === logOf(speed)) return
    this.#paces.set(workerId, this.#newPace(speed, this.#drift))
  }

  /** The speed a worker was measured to have when it started: it stands until its runs tell more, and not against them. */
  prior(workerId: WorkerId, speed: number): void {
    const pace = this.#paces.use(workerId, () => this.#newPace(1))
    if (pace.compared > 0 || !(speed > 0 && speed < Number.POSITIVE_INFINITY)) return
    pace.assumed = Math.log(speed)
    pace.log = bounded(pace.assumed + this.#drift, extreme)
    pace.speed = Math.exp(pace.log)
  }

  /** For a worker that left, or came back as another machine. */
  forget(workerId: WorkerId): void {
    this.#paces.delete(workerId)
  }

  record(workerId: WorkerId, type: string, { ms, expectedMs }: TimedRun, now: Millis): void {
    if (!isTime(ms)) return
    const pace = this.#paces.use(workerId, () => this.#newPace(1))
    const times = this.#types.use(type, () => newType(now))
    const ways = pace.byType.use(type, newWays)
    const declared = isTime(expectedMs) && expectedMs >= shortest
    this.#runs += 1
    if (ms >= shortest) {
      learn(pace, times, ways, Math.log(ms), declared ? Math.log(expectedMs) : undefined)
      this.#drift += (pace.log - pace.assumed - this.#drift) * drifting
    }
    const work = Math.min(ms * speedAt(pace, ways), Number.MAX_VALUE)
    times.work.add(work, (now - times.lastAt) / this.#settings.memory)
    times.lastAt = now
    if (declared) return
    this.#undeclared += 1
    this.#meanWork += (work - this.#meanWork) * Math.max(leastGain / 2, 1 / this.#undeclared)
  }

  /** Work of a task of the type: mean, in milliseconds at speed 1; `undefined` where none was seen. */
  workMs(type: string): Millis | undefined {
    return this.#types.get(type)?.work.mean
  }

  /** The work that the share `q` of the type's tasks does not exceed; never less for a larger `q`. */
  workQuantile(type: string, q: number): Millis | undefined {
    return this.#types.get(type)?.work.quantile(q)
  }

  /** Work still to be expected of a task that has had `doneMs` of work: with heavy tails the more, the older it is. */
  remainingWorkMs(type: string, doneMs: Millis): Millis | undefined {
    return this.#types.get(type)?.work.remaining(doneMs)
  }

  /** What a task of the type takes on the worker, in the mean. */
  expectedMs(type: string, workerId: WorkerId): Millis | undefined {
    return this.#onWorker(this.workMs(type), type, workerId)
  }

  /** The time within which the share `q` of the type's tasks ends on the worker; never less for a larger `q`. */
  quantile(type: string, workerId: WorkerId, q: number): Millis | undefined {
    return this.#onWorker(this.workQuantile(type, q), type, workerId)
  }

  /** How much longer a task will take on the worker that has run there for `elapsed` already. */
  remainingMs(type: string, workerId: WorkerId, elapsed: Millis): Millis | undefined {
    const speed = this.speedOf(workerId, type)
    return this.#onWorker(this.remainingWorkMs(type, elapsed * speed), type, workerId)
  }

  /** The worker's speed, over all types or at one; as assumed, otherwise 1, until runs could be compared. */
  speedOf(workerId: WorkerId, type?: string): number {
    const pace = this.#paces.get(workerId)
    if (pace === undefined) return 1
    return type === undefined ? pace.speed : speedAt(pace, pace.byType.get(type))
  }

  /** The highest speed the worker may have by what was seen of it: two standard errors more, without bound at first. */
  speedAtMost(workerId: WorkerId, type?: string): number {
    const pace = this.#paces.get(workerId)
    if (pace === undefined) return Number.POSITIVE_INFINITY
    const speed = type === undefined ? pace.speed : speedAt(pace, pace.byType.get(type))
    return speed * Math.exp(doubt * Math.sqrt(pace.variance / pace.compared))
  }

  /** What was learned, as data. */
  state(now: Millis): RunTimesState {
    return {
      runs: this.#runs,
      undeclared: this.#undeclared,
      meanWork: this.#meanWork,
      drift: this.#drift,
      types: [...this.#types.entries()].map(([type, { work, level, runs, lastAt }]) => {
        const age = now - lastAt
        return { type, level, runs, age, work: work.state }
      }),
      workers: [...this.#paces.entries()].map(([workerId, { byType, declared, assumed, log, compared, variance }]) => {
        const types = [...byType.entries()].map(([type, ways]) => ({ type, ...ways }))
        return { workerId, declared, assumed, log, compared, variance, types }
      })
    }
  }

  /** Goes on from what an earlier run has learned; workers that join as they were then are known. */
  restore({ runs, undeclared, meanWork, drift, types, workers }: RunTimesState, now: Millis): void {
    this.#runs = runs
    this.#undeclared = undeclared
    this.#meanWork = meanWork
    this.#drift = drift
    for (const { type, level, runs: own, age, work } of types) {
      const times: TypeTimes = { work: new RunTimeSketch(), level, runs: own, lastAt: now - age }
      if (work !== undefined) times.work.restore(work)
      this.#types.set(type, times)
    }
    for (const { workerId, types: ways, ...pace } of workers) {
      const byType = new RecentMap<string, Ways>(this.#settings.maxTypesPerWorker)
      for (const { type, ...own } of ways) byType.set(type, own)
      this.#paces.set(workerId, { ...pace, speed: Math.exp(pace.log), byType })
      this.#awaited.add(workerId)
    }
  }

  #onWorker(work: Millis | undefined, type: string, workerId: WorkerId): Millis | undefined {
    return work === undefined ? undefined : work / this.speedOf(workerId, type)
  }

  #newPace(declared: number, drift = 0): Pace {
    const assumed = logOf(declared)
    const log = bounded(assumed + drift, extreme)
    return {
      declared: assumed,
      assumed,
      log,
      speed: Math.exp(log),
      compared: 0,
      variance: assumedVariance.value,
      byType: new RecentMap(this.#settings.maxTypesPerWorker)
    }
  }
}

const logOf = (speed: number): number => Math.log(speed > 0 && speed < Number.POSITIVE_INFINITY ? speed : 1)

const newType = (now: Millis): TypeTimes => ({ work: new RunTimeSketch(), level: 0, runs: 0, lastAt: now })
const newWays = (): Ways => ({ log: 0, runs: 0, compared: 0 })

/** The worker's own ways count by how often they were seen. */
const speedAt = ({ speed }: Pace, ways: Ways | undefined): number =>
  ways === undefined || ways.compared < 3
    ? speed
    : speed * Math.exp((-ways.log * ways.compared) / (ways.compared + ownWays))

/** One step toward what the run says; times as logarithms. */
const learn = (pace: Pace, times: TypeTimes, ways: Ways, log: number, expected: number | undefined): void => {
  if (times.runs === 0) times.level = log + pace.log
  const comparable = expected !== undefined ? 1 : times.runs === 0 ? 0 : 1 - ways.runs / times.runs
  const work = expected ?? times.level
  ways.runs += 1
  if (comparable > 0) {
    learnPace(pace, bounded(log + pace.log - work, farthest), comparable)
    ways.compared += comparable
    const unforeseen = bounded(log + pace.log - work, farthest)
    ways.log += (unforeseen - ways.log) * comparable * Math.max(leastGain, 1 / ways.compared)
  }
  times.runs += 1
  times.level += (log + pace.log - times.level) * Math.max(leastGain, 1 / times.runs)
}

const learnPace = (pace: Pace, unforeseen: number, comparable: number): void => {
  pace.compared = Math.min(pace.compared + comparable, 1 / leastGain)
  const gain = comparable * Math.max(leastGain, 1 / (pace.compared + assumedRuns))
  pace.log = bounded(pace.log - unforeseen * gain, extreme)
  pace.speed = Math.exp(pace.log)
  const learned = comparable * Math.max(leastGain, 1 / (pace.compared + assumedVariance.runs))
  pace.variance += (unforeseen * unforeseen - pace.variance) * learned
}

const bounded = (value: number, most: number): number => Math.max(-most, Math.min(most, value))
