import type { Transferable } from "node:worker_threads"
import type { Epoch } from "../model/index.ts"
import type { DataPort } from "./worker/data-port.ts"
import { addParts, sharesParts } from "./worker/shared-parts.ts"
import { findUncloneable } from "./worker/uncloneable.ts"
import type { Heartbeat, RunCommand, WorkerReport } from "./worker-driver.ts"

/** What a worker says, with the ledger's epochs. */
export type Incoming =
  | { readonly _tag: "Reports"; readonly reports: ReadonlyArray<WorkerReport> }
  | { readonly _tag: "Heartbeat"; readonly beat: Heartbeat }

export interface DataLineSink {
  reports(batch: ReadonlyArray<WorkerReport>): void
  heartbeat(beat: Heartbeat): void
  /** The run could not be sent: it will never begin. */
  unsent(epoch: Epoch): void
  /** Reports came that cannot be read, so they are lost. */
  unreadable(error: Error): void
}

const none: ReadonlyArray<Transferable> = []

/** The owner's end of the data line: commands of one turn leave as one array, reports arrive as arrays. */
export class DataLine {
  readonly #near: DataPort<Incoming, ReadonlyArray<RunCommand>>
  readonly #sink: DataLineSink
  #commands: Array<RunCommand> = []
  readonly #transfers = new Map<RunCommand, ReadonlyArray<Transferable>>()
  readonly #payloads = new Set<unknown>()
  #closed = false

  constructor(near: DataPort<Incoming, ReadonlyArray<RunCommand>>, sink: DataLineSink) {
    this.#near = near
    this.#sink = sink
    near.listen(this.#receive, (error) => sink.unreadable(error))
  }

  send(command: RunCommand, transfer: ReadonlyArray<Transferable> = none): void {
    if (this.#closed) return
    const { payload } = command
    if (typeof payload === "object" && payload !== null) {
      if (sharesParts(payload, this.#payloads)) this.flush()
      addParts(payload, this.#payloads)
    }
    if (transfer.length > 0) this.#transfers.set(command, transfer)
    if (this.#commands.push(command) === 1) queueMicrotask(this.flush)
  }

  readonly flush = (): void => {
    if (this.#commands.length === 0 || this.#closed) return
    const commands = this.#commands
    this.#commands = []
    if (this.#payloads.size > 0) this.#payloads.clear()
    try {
      this.#near.postMessage(commands, this.#transfers.size === 0 ? none : [...this.#transfers.values()].flat())
    } catch {
      this.#postEach(commands)
    }
    this.#transfers.clear()
  }

  /** Delivers what has arrived and closes the line. */
  close(): void {
    try {
      for (let got = this.#near.receive(); got !== undefined; got = this.#near.receive()) this.#receive(got)
    } catch {
      // What cannot be read is lost, like the worker itself.
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
        const { border } = this.#near
        const handedOver = new Set(border.beyond === "thread" ? transfer : none)
        const problem = findUncloneable(command.payload, "payload", handedOver, border)
        this.#sink.unsent(command.epoch)
        rejected.push({ _tag: "Rejected", epoch: command.epoch, problems: [problem] })
      }
    }
    if (rejected.length > 0) this.#sink.reports(rejected)
  }
}
