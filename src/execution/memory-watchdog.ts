import type { ThreadLimits, WorkerId } from "../model/index.ts"
import { buffersLimitOf, type Guilty, guiltyOf, isShort, type Total, type WeighedWorker } from "./memory-verdict.ts"
import type { MemoryUse } from "./vessel.ts"

/** A worker that may be ended for its memory. */
export interface Watched {
  readonly workerId: WorkerId
  readonly kind: "thread" | "process"
  readonly limits: ThreadLimits
  readonly memory: () => Promise<MemoryUse>
  readonly end: (why: string) => void
}

export interface MemoryWatchdogOptions {
  /** Bytes that this process and its workers' processes may hold together; none: workers' own limits only. */
  readonly limit?: number
  /** Milliseconds between two looks. Default 50. */
  readonly interval?: number
  /** A worker is being ended. */
  readonly onGuilty?: (guilty: Guilty) => void
  /** The total runs out and no worker is to blame. Once, until there is enough again. */
  readonly onShort?: (total: Total) => void
  /** Resident bytes of this process. */
  readonly resident?: () => number
}

interface Patient {
  readonly watched: Watched
  use: MemoryUse | undefined
  /** Asked and not answered: native code that does not return keeps a thread from answering. */
  asked: boolean
  condemned: boolean
}

const inMib = (bytes: number): string => `${Math.round(bytes / 1024 ** 2)} MiB`

/**
 * Ends a worker that holds too much memory before the process dies of it: V8's limits bound heaps, and nothing bounds
 * Buffers. A look costs one reading of the process's resident size; threads are asked only where one has a limit of its
 * own or the total is short. Works as long as this thread's event loop turns.
 */
export class MemoryWatchdog {
  readonly #options: MemoryWatchdogOptions
  readonly #resident: () => number
  readonly #patients = new Set<Patient>()
  #timer: NodeJS.Timeout | undefined
  #toldShort = false

  constructor(options: MemoryWatchdogOptions = {}) {
    this.#options = options
    this.#resident = options.resident ?? process.memoryUsage.rss
  }

  /** Gives how to stop watching it: when it has ended. */
  watch(watched: Watched): () => void {
    const patient: Patient = { watched, use: undefined, asked: false, condemned: false }
    this.#patients.add(patient)
    this.#timer ??= setInterval(() => this.#look(), this.#options.interval ?? 50).unref()
    return () => {
      this.#patients.delete(patient)
      if (this.#patients.size > 0) return
      clearInterval(this.#timer)
      this.#timer = undefined
    }
  }

  #look(): void {
    const short = isShort(this.#total())
    if (!short) this.#toldShort = false
    let pending = 0
    for (const patient of this.#patients) {
      const { watched, asked } = patient
      const matters = short || watched.kind === "process" || buffersLimitOf(watched) !== undefined
      if (!matters) {
        patient.use = undefined
      } else if (!asked && !patient.condemned) {
        pending += 1
        patient.asked = true
        const answered = (use: MemoryUse | undefined): void => {
          patient.asked = false
          patient.use = use ?? patient.use
          pending -= 1
          // Those that do not answer are not waited for longer than until the next look.
          if (pending === 0) this.#judge()
        }
        watched.memory().then(answered, () => answered(undefined))
      }
    }
    if (pending === 0) this.#judge()
  }

  #judge(): void {
    const total = this.#total()
    // One at a time: what the last one held is free only once it has ended.
    const ending = [...this.#patients].some(({ condemned }) => condemned)
    const workers = [...this.#patients].filter(({ condemned }) => !condemned)
    const weighed = workers.map(
      ({ watched: { workerId, kind, limits }, use }): WeighedWorker => ({ workerId, kind, limits, use })
    )
    const guilty = guiltyOf(weighed, ending ? { ...total, limit: Number.POSITIVE_INFINITY } : total)
    for (const one of guilty) {
      const patient = workers.find(({ watched }) => watched.workerId === one.workerId)
      if (patient === undefined) continue
      patient.condemned = true
      this.#options.onGuilty?.(one)
      const held = one.of === "buffers" ? "beside its heap" : "as the process ran out of memory"
      patient.watched.end(`the worker held ${inMib(one.used)} ${held}; the limit is ${inMib(one.limit)}`)
    }
    if (guilty.length > 0 || ending || this.#toldShort || !isShort(total)) return
    // Not before everyone could answer.
    if (workers.some(({ use, asked }) => use === undefined && asked)) return
    this.#toldShort = true
    this.#options.onShort?.(total)
  }

  #total(): Total {
    let resident = this.#resident()
    for (const { watched, use } of this.#patients) {
      if (watched.kind === "process" && use !== undefined) resident += use.heap + use.buffers
    }
    return { resident, limit: this.#options.limit ?? Number.POSITIVE_INFINITY }
  }
}
