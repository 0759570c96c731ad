import { Generations } from "../../../collections/index.ts"
import type { Millis, WorkerId } from "../../../model/index.ts"

export interface AffinityMemoryOptions {
  /** Classes of tasks that a worker keeps warm; of more, the one longest unused is taken to have gone cold. */
  readonly holds: number
  /** Time unused after which a class is taken to have gone cold on a worker. */
  readonly staysWarm: Millis
  /** The share of its run time that a class is taken to save by being warm, until runs have shown it. */
  readonly assumedShare: number
  /** Classes remembered. */
  readonly maxClasses: number
  /** Workers remembered as homes of one class. */
  readonly maxHomes: number
}

/** A mean that follows what is new, and begins as a plain mean. */
class Average {
  #value = 0
  #count = 0

  /** `undefined`: nothing was seen. */
  get value(): number | undefined {
    return this.#count === 0 ? undefined : this.#value
  }

  add(value: number): void {
    this.#count += 1
    this.#value += (value - this.#value) * Math.max(gain, 1 / this.#count)
  }
}

/** The weight of a new run: the last ten or so count. */
const gain = 0.1
/** Workers whose warm classes are remembered. */
const maxWorkers = 20_000

/** A worker that has run, or is about to run, tasks of a class. */
interface Home {
  readonly workerId: WorkerId
  /** The end of the first run, from when on it was warm; `undefined`: that run has not ended. */
  warmSince: Millis | undefined
  usedAt: Millis
  readonly warm: Average
}

class ClassMemory {
  readonly cold = new Average()
  readonly warm = new Average()
  /** Those longest unused first. */
  readonly homes: Array<Home> = []

  /** The home moved to the end, made where there is none. */
  use(workerId: WorkerId, now: Millis, maxHomes: number): Home {
    const { homes } = this
    let home = homes.at(-1)
    if (home?.workerId === workerId) return home
    home = this.#take(workerId) ?? { workerId, warmSince: undefined, usedAt: now, warm: new Average() }
    homes.push(home)
    if (homes.length > maxHomes) homes.shift()
    return home
  }

  forget(workerId: WorkerId): void {
    this.#take(workerId)
  }

  #take(workerId: WorkerId): Home | undefined {
    const index = this.homes.findIndex((home) => home.workerId === workerId)
    return index < 0 ? undefined : this.homes.splice(index, 1)[0]
  }
}

/** What runs of one class are expected to take. In any unit where nothing was seen. */
export interface Expectation {
  /** On a worker where it is warm, in the mean of all. */
  readonly warmMs: Millis
  /** What being warm saves. */
  readonly benefitMs: Millis
}

/** What was learned of the worth of running a class of tasks where it ran before. */
export class AffinityMemory {
  readonly #options: AffinityMemoryOptions
  readonly #classes: Generations<string, ClassMemory>
  /** Classes that are warm on each worker, the one longest unused first. */
  readonly #held = new Generations<WorkerId, Set<string>>(maxWorkers)

  constructor(options: AffinityMemoryOptions) {
    this.#options = options
    this.#classes = new Generations(options.maxClasses)
  }

  /** `undefined`: no task of the class was placed yet. */
  expectation(name: string): Expectation | undefined {
    const known = this.#classes.get(name)
    if (known === undefined) return undefined
    const { assumedShare } = this.#options
    const warm = known.warm.value
    const cold = known.cold.value
    if (warm !== undefined && cold !== undefined) return { warmMs: warm, benefitMs: Math.max(0, cold - warm) }
    const whole = cold ?? (warm === undefined ? 1 : warm / (1 - assumedShare))
    return { warmMs: whole * (1 - assumedShare), benefitMs: whole * assumedShare }
  }

  /**
   * The best of the workers where the class is warm or about to be: the one at which the task takes least, of equals the
   * one used last. `placeAt` is told the mean of warm runs there, and says what the task takes; `undefined`: it will not do.
   */
  best<Place extends { readonly ms: Millis }>(
    name: string,
    now: Millis,
    placeAt: (workerId: WorkerId, warmMs: Millis | undefined) => Place | undefined
  ): Place | undefined {
    const homes = this.#classes.get(name)?.homes ?? []
    let best: Place | undefined
    for (let index = homes.length - 1; index >= 0; index -= 1) {
      const home = homes[index]
      if (home === undefined || !this.#isWarm(home, now)) continue
      const place = placeAt(home.workerId, home.warm.value)
      if (place !== undefined && (best === undefined || place.ms < best.ms)) best = place
    }
    return best
  }

  /** The means of warm runs on the workers where the class is warm or about to be; `undefined`: there was none yet. */
  homes(name: string, now: Millis): ReadonlyMap<WorkerId, Millis | undefined> {
    const homes = this.#classes.get(name)?.homes ?? []
    const warm = homes.filter((home) => this.#isWarm(home, now))
    return new Map(warm.reverse().map((home) => [home.workerId, home.warm.value]))
  }

  /** A task of the class goes to the worker. */
  placed(name: string, workerId: WorkerId, now: Millis): void {
    const home = this.#classOf(name).use(workerId, now, this.#options.maxHomes)
    if (!this.#isWarm(home, now)) home.warmSince = undefined
    home.usedAt = Math.max(home.usedAt, now)
  }

  /** A run of the class has ended well. It was a warm one where another had ended there before it began. */
  ended(name: string, workerId: WorkerId, ms: Millis, now: Millis): void {
    const known = this.#classOf(name)
    const home = known.use(workerId, now, this.#options.maxHomes)
    const { warmSince } = home
    if (warmSince !== undefined && warmSince <= now - ms) {
      home.warm.add(ms)
      known.warm.add(ms)
    } else {
      known.cold.add(ms)
    }
    home.warmSince ??= now
    home.usedAt = now
    this.#hold(name, workerId)
  }

  #isWarm({ usedAt }: Home, now: Millis): boolean {
    return now - usedAt < this.#options.staysWarm
  }

  #classOf(name: string): ClassMemory {
    const known = this.#classes.get(name) ?? new ClassMemory()
    this.#classes.set(name, known)
    return known
  }

  #hold(name: string, workerId: WorkerId): void {
    const held = this.#held.get(workerId) ?? new Set<string>()
    this.#held.set(workerId, held)
    held.delete(name)
    held.add(name)
    if (held.size <= this.#options.holds) return
    const [oldest] = held
    if (oldest === undefined) return
    held.delete(oldest)
    this.#classes.get(oldest)?.forget(workerId)
  }
}
