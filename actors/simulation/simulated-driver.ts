import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { WorkerConnection, WorkerDriver, WorkerSink } from "../../src/execution/index.ts"
import type { Millis, WorkerId, WorkerSpec } from "../../src/model/index.ts"
import type { VirtualTime } from "../../src/testing/index.ts"
import { calm, type WorldOptions, worldDefaults } from "./run-plan.ts"
import { SimulatedThread, type World } from "./simulated-thread.ts"

/** Workers whose threads exist only in virtual time. What each does follows from the seed. */
export class SimulatedDriver implements WorkerDriver {
  /** Every thread there ever was, in the order they were opened. */
  readonly threads: Array<SimulatedThread> = []
  /** Told whenever a run begins: the moment at which too much may be running. */
  onStart: () => void = () => {}
  readonly #world: World & { options: WorldOptions }

  constructor(time: VirtualTime, seed: number, options: Partial<WorldOptions> = {}) {
    this.#world = {
      seed: String(seed),
      options: { ...worldDefaults, ...options },
      handlers: ["work"],
      now: () => time.now,
      started: () => this.onStart(),
      after: (ms, happen) => after(time, ms, happen)
    }
  }

  open(spec: WorkerSpec, sink: WorkerSink): WorkerConnection {
    const thread = new SimulatedThread(spec, this.threads.length + 1, sink, this.#world)
    this.threads.push(thread)
    return thread
  }

  /** The worker's thread, where it has one. */
  of(workerId: WorkerId): SimulatedThread | undefined {
    return this.threads.findLast((thread) => thread.workerId === workerId && thread.isAlive)
  }

  get alive(): ReadonlyArray<SimulatedThread> {
    return this.threads.filter(({ isAlive }) => isAlive)
  }

  /** From now on nothing goes wrong by itself. */
  calm(): void {
    this.#world.options = calm(this.#world.options)
  }
}

const after = (time: VirtualTime, ms: Millis, happen: () => void): (() => void) => {
  let calledOff = false
  time.fork(
    Effect.map(ms > 0 ? time.sleep(Duration.millis(ms)) : Effect.yieldNow, () => {
      if (!calledOff) happen()
    })
  )
  return () => {
    calledOff = true
  }
}
