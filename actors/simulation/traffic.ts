import type { Millis } from "../../src/model/index.ts"
import type { VirtualTime } from "../../src/virtual-time/index.ts"
import type { SimulatedTask } from "./workload/index.ts"

/** Hands a task to the runtime. */
export type Submit = (task: SimulatedTask) => { readonly result: Promise<unknown> }

/** One workload on its way into the runtime: each task when it arrives, never before. */
export interface Traffic {
  /** Whether all of its tasks have arrived. */
  readonly isOver: boolean
  /** Whether a task will arrive by itself, whatever becomes of those that are there. */
  readonly isComing: boolean
  /** Tasks that have arrived. */
  readonly arrived: number
  start(): void
}

/** Tasks that come when they come, whatever becomes of those before them. */
export class OpenTraffic implements Traffic {
  readonly #time: VirtualTime
  readonly #tasks: Iterator<SimulatedTask>
  readonly #submit: Submit
  #next: SimulatedTask | undefined
  arrived = 0

  constructor(time: VirtualTime, tasks: Iterator<SimulatedTask>, submit: Submit) {
    this.#time = time
    this.#tasks = tasks
    this.#submit = submit
    this.#next = nextOf(tasks)
  }

  get isOver(): boolean {
    return this.#next === undefined
  }

  get isComing(): boolean {
    return this.#next !== undefined
  }

  start(): void {
    for (let next = this.#next; next !== undefined; next = this.#next) {
      if (next.at > this.#time.now) return void this.#time.after(next.at - this.#time.now, () => this.start())
      this.#next = nextOf(this.#tasks)
      this.arrived += 1
      this.#submit(next)
    }
  }
}

/** Clients who each wait for the end of their task, think, and come with the next. */
export class ClosedTraffic implements Traffic {
  readonly #time: VirtualTime
  readonly #tasks: Iterator<SimulatedTask>
  readonly #submit: Submit
  readonly #clients: number
  readonly #think: () => Millis
  /** Clients on their way to their next task. */
  #thinking = 0
  #isOver = false
  arrived = 0

  constructor(
    time: VirtualTime,
    tasks: Iterator<SimulatedTask>,
    submit: Submit,
    { clients, think }: { readonly clients: number; readonly think: () => Millis }
  ) {
    this.#time = time
    this.#tasks = tasks
    this.#submit = submit
    this.#clients = clients
    this.#think = think
  }

  get isOver(): boolean {
    return this.#isOver
  }

  get isComing(): boolean {
    return this.#thinking > 0
  }

  start(): void {
    this.#thinking = this.#clients
    for (let client = 0; client < this.#clients; client += 1) this.#come()
  }

  #come(): void {
    this.#thinking -= 1
    const task = nextOf(this.#tasks)
    if (task === undefined) {
      this.#isOver = true
      return
    }
    this.arrived += 1
    const goOn = (): void => {
      this.#thinking += 1
      this.#time.after(this.#think(), () => this.#come())
    }
    // However it ends, and if it is refused.
    void this.#submit({ ...task, at: this.#time.now }).result.then(goOn, goOn)
  }
}

const nextOf = (tasks: Iterator<SimulatedTask>): SimulatedTask | undefined => {
  const next = tasks.next()
  return next.done === true ? undefined : next.value
}
