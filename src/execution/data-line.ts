import type { MessagePort, Transferable } from "node:worker_threads"
import { MessageChannel, receiveMessageOnPort } from "node:worker_threads"
import { findUncloneable } from "./worker/uncloneable.ts"
import type { Heartbeat, RunCommand, WorkerReport } from "./worker-driver.ts"

type Incoming =
  | { readonly _tag: "Reports"; readonly reports: ReadonlyArray<WorkerReport> }
  | { readonly _tag: "Heartbeat"; readonly beat: Heartbeat }

export interface DataLineSink {
  reports(batch: ReadonlyArray<WorkerReport>): void
  heartbeat(beat: Heartbeat): void
  /** Reports came that cannot be read, so they are lost. */
  unreadable(error: Error): void
}

const none: ReadonlyArray<Transferable> = []

/** The owner's end of the data line: commands of one turn leave as one array, reports arrive as arrays. */
export class DataLine {
  /** The thread's end, to be handed over to it. */
  readonly far: MessagePort
  readonly #near: MessagePort
  readonly #sink: DataLineSink
  #commands: Array<RunCommand> = []
  readonly #transfers = new Map<RunCommand, ReadonlyArray<Transferable>>()
  #closed = false

  constructor(sink: DataLineSink) {
    const { port1, port2 } = new MessageChannel()
    this.#near = port1
    this.far = port2
    this.#sink = sink
    port1.on("message", this.#receive)
    port1.on("messageerror", (error) => sink.unreadable(error))
  }

  send(command: RunCommand, transfer: ReadonlyArray<Transferable> = none): void {
    if (this.#closed) return
    if (transfer.length > 0) this.#transfers.set(command, transfer)
    if (this.#commands.push(command) === 1) queueMicrotask(this.flush)
  }

  readonly flush = (): void => {
    if (this.#commands.length === 0 || this.#closed) return
    const commands = this.#commands
    this.#commands = []
    try {
      this.#near.postMessage(commands, this.#transfers.size === 0 ? none : [...this.#transfers.values()].flat())
    } catch {
      this.#postEach(commands)
    }
    this.#transfers.clear()
  }

  /** Delivers what has arrived and closes the line. */
  close(): void {
    for (let got = receiveMessageOnPort(this.#near); got !== undefined; got = receiveMessageOnPort(this.#near)) {
      this.#receive(got.message)
    }
    this.#closed = true
    this.#near.close()
  }

  readonly #receive = (message: Incoming): void => {
    if (message._tag === "Reports") this.#sink.reports(message.reports)
    else this.#sink.heartbeat(message.beat)
  }

  /** A payload that cannot be cloned must not take the others of its array with it. */
  #postEach(commands: ReadonlyArray<RunCommand>): void {
    const rejected: Array<WorkerReport> = []
    for (const command of commands) {
      const transfer = this.#transfers.get(command) ?? none
      try {
        this.#near.postMessage([command], transfer)
      } catch {
        const problem = findUncloneable(command.payload, "payload", new Set(transfer))
        rejected.push({ _tag: "Rejected", epoch: command.epoch, problems: [problem] })
      }
    }
    if (rejected.length > 0) this.#sink.reports(rejected)
  }
}
