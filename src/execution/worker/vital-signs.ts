import { performance } from "node:perf_hooks"
import { getHeapStatistics } from "node:v8"
import type { DataPort } from "./data-port.ts"
import type { Heartbeat, WorkerMessage } from "./protocol.ts"
import type { TaskRunner } from "./task-runner.ts"

/** Reads how the thread is doing, and tells its owner at every `interval` milliseconds. */
export class VitalSigns {
  readonly #runner: TaskRunner
  #delay = 0
  #last = performance.eventLoopUtilization()

  constructor(runner: TaskRunner, data: Pick<DataPort<never, WorkerMessage>, "postMessage">, interval: number) {
    this.#runner = runner
    let due = performance.now() + interval
    setInterval(() => {
      const now = performance.now()
      this.#delay = Math.max(0, now - due)
      due = now + interval
      data.postMessage({ _tag: "Heartbeat", beat: this.read() })
      this.#last = performance.eventLoopUtilization()
    }, interval)
  }

  read(): Heartbeat {
    return {
      eventLoopDelay: this.#delay,
      eventLoopUtilization: performance.eventLoopUtilization(this.#last).utilization,
      heapUsed: getHeapStatistics().used_heap_size,
      running: this.#runner.running,
      queued: this.#runner.queued
    }
  }
}
