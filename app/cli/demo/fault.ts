import { victim } from "./pool.ts"

/** What the fault needs of the runtime. */
export interface FaultyRuntime {
  running(workerId: string): number
  /** Starts a task that takes its thread down; `cancel` ends it where it could not start. */
  crash(workerId: string): { cancel(reason?: string): void }
}

/** The share of tasks completed from which on the thread is taken down. */
const from = 0.4
/** Running tasks that are to be caught by it. */
const caught = 2

/** Takes one worker's thread down in the middle of a pass, once, at a moment when it runs several tasks. */
export class Fault {
  readonly #runtime: FaultyRuntime
  readonly #tasks: number
  #crash: { cancel(reason?: string): void } | undefined

  constructor(runtime: FaultyRuntime, tasks: number) {
    this.#runtime = runtime
    this.#tasks = tasks
  }

  /** To be called at each completion. */
  onProgress(completed: number): void {
    if (this.#crash !== undefined || completed < from * this.#tasks || completed === this.#tasks) return
    if (this.#runtime.running(victim) < caught) return
    this.#crash = this.#runtime.crash(victim)
  }

  /** Everything else has ended: what has not happened by now is not to happen any more. */
  end(): void {
    this.#crash?.cancel("the pass is over")
  }
}
