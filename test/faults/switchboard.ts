import { setEnvironmentData } from "node:worker_threads"

export const switchboardKey = "ballast.faults"

/** What a thread does as it loads; `times` is added for each load it is to happen in. */
export const atLoad = { exit: 1, throw: 2, exitSoon: 3, exitAtOnce: 4, times: 10 } as const

/** Workers that can be told apart: `w1` to `w31`. */
const workers = 32

const indexOf = (workerId: string): number => Number(workerId.slice(1)) % workers

export const loadCell = (workerId: string): number => indexOf(workerId)
export const killCell = (workerId: string): number => workers + indexOf(workerId)

/** Ends threads from outside, at any moment: handlers of `faulty.ts` in threads started after it was made obey it. */
export class Switchboard {
  readonly #cells = new Int32Array(new SharedArrayBuffer(4 * 2 * workers))

  constructor() {
    setEnvironmentData(switchboardKey, this.#cells)
  }

  /** Exits the worker's thread as soon as that comes to its event loop. */
  kill(workerId: string): void {
    Atomics.add(this.#cells, killCell(workerId), 1)
    Atomics.notify(this.#cells, killCell(workerId))
  }

  /** So many of the worker's next threads end as they load. */
  failLoading(workerId: string, how: "exit" | "throw" | "exitSoon" | "exitAtOnce", times: number): void {
    Atomics.store(this.#cells, loadCell(workerId), atLoad[how] + atLoad.times * times)
  }

  /** No thread started from now on obeys it. */
  [Symbol.dispose](): void {
    setEnvironmentData(switchboardKey, undefined)
  }
}
