import { RecentMap } from "../../collections/index.ts"
import type { Millis, Performance, PerformanceView, WorkerId } from "../../model/index.ts"
import { RunTimes, type RunTimesState } from "./run-times.ts"

/** How one run ended. */
export interface Run {
  /** How long it ran on the worker. Where not a finite time ≥ 0, only `ok` counts. */
  readonly ms: Millis
  readonly ok: boolean
}

export interface PerformanceSettings {
  /** The least weight of a new run against what was known, 0–1. */
  readonly weight: number
  /** Time after which what was known counts for little against one new run. */
  readonly memory: Millis
  /** Task types kept for each worker; beyond that the one longest unused goes. */
  readonly maxTypes: number
  /** Workers kept; beyond that the one longest unused goes. */
  readonly maxWorkers: number
}

export const performanceDefaults: PerformanceSettings = {
  weight: 0.1,
  memory: 600_000,
  maxTypes: 128,
  maxWorkers: 200_000
}

interface Entry {
  runs: number
  successRate: number
  meanMs: Millis
  successes: number
  lastAt: Millis
}

interface WorkerEntry {
  readonly all: Entry
  readonly byType: RecentMap<string, Entry>
}

type SavedEntry = Omit<Entry, "lastAt"> & { readonly age: Millis }

/** What was learned, as data; times as milliseconds ago. */
export interface PerformanceState {
  readonly workers: ReadonlyArray<{
    readonly workerId: WorkerId
    readonly all: SavedEntry
    readonly types: ReadonlyArray<SavedEntry & { readonly type: string }>
  }>
  readonly times: RunTimesState
}

const newEntry = (now: Millis): Entry => ({ runs: 0, successRate: 0, meanMs: 0, successes: 0, lastAt: now })

/**
 * What was learned of each worker, over all its tasks and for each type, as placement and migration read it.
 *
 * A new run weighs `max(1/n, weight, min(0.5, 1 − e^(−Δ/memory)))`: the first runs form a plain mean, later ones an
 * exponential one, and after a long pause one run counts for as much as all before it, never for more.
 * Until a run succeeds, `meanMs` is what the failed ones took; a failed run never lowers the mean of successful ones.
 */
export class PerformanceBook implements PerformanceView {
  /** How long tasks take, and how fast workers are: what successful, whole runs tell. */
  readonly times: RunTimes
  readonly #workers: RecentMap<WorkerId, WorkerEntry>
  readonly #settings: PerformanceSettings

  constructor(settings: Partial<PerformanceSettings> = {}) {
    this.#settings = { ...performanceDefaults, ...settings }
    const { maxWorkers, maxTypes: maxTypesPerWorker, memory } = this.#settings
    this.#workers = new RecentMap(maxWorkers)
    this.times = new RunTimes({ maxWorkers, maxTypesPerWorker, memory })
  }

  record(workerId: WorkerId, type: string, run: Run, now: Millis): void {
    const worker = this.#workers.use(workerId, () => ({
      all: newEntry(now),
      byType: new RecentMap<string, Entry>(this.#settings.maxTypes)
    }))
    this.#learn(worker.all, run, now)
    this.#learn(
      worker.byType.use(type, () => newEntry(now)),
      run,
      now
    )
  }

  of(workerId: WorkerId, type: string): Performance | undefined {
    return this.#workers.get(workerId)?.byType.get(type)
  }

  worker(workerId: WorkerId): Performance | undefined {
    return this.#workers.get(workerId)?.all
  }

  /** For a worker that left, or came back as another machine. */
  forget(workerId: WorkerId): void {
    this.#workers.delete(workerId)
    this.times.forget(workerId)
  }

  /** What was learned, as data. */
  state(now: Millis): PerformanceState {
    const saved = ({ lastAt, ...entry }: Entry): SavedEntry => ({ ...entry, age: now - lastAt })
    const workers = [...this.#workers.entries()].map(([workerId, { all, byType }]) => {
      return { workerId, all: saved(all), types: [...byType.entries()].map(([type, own]) => ({ type, ...saved(own) })) }
    })
    return { workers, times: this.times.state(now) }
  }

  /** Goes on from what an earlier run has learned. */
  restore({ workers, times }: PerformanceState, now: Millis): void {
    const restored = ({ age, ...entry }: SavedEntry): Entry => ({ ...entry, lastAt: now - age })
    for (const { workerId, all, types } of workers) {
      const byType = new RecentMap<string, Entry>(this.#settings.maxTypes)
      for (const { type, ...own } of types) byType.set(type, restored(own))
      this.#workers.set(workerId, { all: restored(all), byType })
    }
    this.times.restore(times, now)
  }

  #learn(entry: Entry, { ms, ok }: Run, now: Millis): void {
    const { weight, memory } = this.#settings
    const pause = Math.max(0, now - entry.lastAt) / memory
    // After a short one the least weight is the greater in any case.
    const aged = pause <= weight ? 0 : Math.min(0.5, 1 - Math.exp(-pause))
    entry.runs += 1
    entry.lastAt = now
    entry.successRate += ((ok ? 1 : 0) - entry.successRate) * Math.max(1 / entry.runs, weight, aged)
    if (!Number.isFinite(ms) || ms < 0) return
    if (ok) {
      entry.successes += 1
      entry.meanMs += (ms - entry.meanMs) * Math.max(1 / entry.successes, weight, aged)
    } else if (entry.successes === 0) {
      entry.meanMs += (ms - entry.meanMs) / entry.runs
    }
  }
}
