import type { Epoch, Millis } from "../../model/index.ts"
import type { Heartbeat, RunCommand, WorkerConnection, WorkerSink } from "../worker-driver.ts"
import { type RemoteRequest, type RemoteRun, type RemoteUpdate, reportsOf } from "./remote-run.ts"

/** The time that outside workers are measured by. */
export interface RemoteClock {
  now(): Millis
  /** Calls back after so long; returns what ends that. */
  after(ms: Millis, happen: () => void): () => void
}

/** Somebody who waits for a run. */
interface Puller {
  readonly take: (command: RunCommand | undefined) => void
}

const idle: Heartbeat = { eventLoopDelay: 0, eventLoopUtilization: 0, heapUsed: 0, running: 0, queued: 0 }

/**
 * An outside worker, from its registration until its lease runs out or it leaves. It is given nothing: it asks for a run,
 * and the first that is placed here goes to whoever asked first. Each word from it renews the lease; where it says nothing
 * for so long it is taken to be gone, and what it had goes on elsewhere. What it says of such a run afterwards counts for
 * nothing: its epoch is not current any more.
 */
export class RemoteConnection implements WorkerConnection {
  readonly lease: Millis
  readonly #sink: WorkerSink
  readonly #clock: RemoteClock
  readonly #runs = new Map<Epoch, RemoteRun>()
  /** Runs that nobody has fetched yet, in order. */
  readonly #waiting: Array<RemoteRun> = []
  readonly #pullers = new Set<Puller>()
  #beat = idle
  #beatAt: Millis = Number.NEGATIVE_INFINITY
  #isOpen = true
  /** The latest run that came, whoever fetched it. */
  #seen = 0
  #endLease: () => void

  constructor(sink: WorkerSink, clock: RemoteClock, lease: Millis) {
    this.lease = lease
    this.#sink = sink
    this.#clock = clock
    this.#endLease = clock.after(lease, () => this.#expire())
    // Not before whoever opened it has it.
    queueMicrotask(() => sink.ready({ handlers: [], bootMs: 0, threadId: 0 }))
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Runs that have neither ended nor been given back. */
  get running(): number {
    return this.#runs.size
  }

  // The worker's side

  /** The next run; `undefined` where none has come before `until` settles, or the worker is gone. */
  pull(until: Promise<unknown>): Promise<RunCommand | undefined> {
    this.#renew()
    if (!this.#isOpen) return Promise.resolve(undefined)
    const ready = this.#waiting.shift()
    if (ready !== undefined) return Promise.resolve(this.#fetch(ready))
    return new Promise((resolve) => {
      const puller: Puller = {
        take: (command) => {
          this.#pullers.delete(puller)
          resolve(command)
        }
      }
      this.#pullers.add(puller)
      this.#ask()
      const giveUp = (): void => {
        if (!this.#pullers.has(puller)) return
        puller.take(undefined)
        this.#ask()
      }
      until.then(giveUp, giveUp)
    })
  }

  /** Says what has become of a run. `false`: it is not this worker's, or not any more. */
  update(epoch: Epoch, update: RemoteUpdate): boolean {
    this.#renew()
    const run = this.#runs.get(epoch)
    if (run?.fetchedAt === undefined) return false
    const reports = reportsOf(run, update, this.#clock.now() - run.fetchedAt)
    if (update.status !== "running") this.#drop(run)
    if (reports.length > 0) this.#sink.reports(reports)
    return true
  }

  /**
   * It is there. `load` is the share of it that is busy, 0–1; `running` are the runs that it has: what it was given before
   * its last heartbeat and does not name never got there, and goes on elsewhere.
   */
  heartbeat(load: number, running?: ReadonlySet<Epoch>): void {
    this.#renew()
    // Should what was asked before be lost.
    if (this.#pullers.size > 0) this.#ask()
    if (running !== undefined) this.#reconcile(running)
    this.#beatAt = this.#clock.now()
    this.#beat = { ...idle, eventLoopUtilization: Math.min(1, Math.max(0, load)), running: this.#runs.size }
    this.#sink.heartbeat(this.#beat)
  }

  /** What is wanted of its runs, until they have ended. */
  get requests(): ReadonlyArray<RemoteRequest> {
    return [...this.#runs.values()].flatMap(({ request }) => request ?? [])
  }

  // The owner's side

  run(command: RunCommand): void {
    if (!this.#isOpen) return
    const run: RemoteRun = { command, fetchedAt: undefined, request: undefined, forget: undefined }
    this.#runs.set(command.epoch, run)
    this.#seen = command.epoch
    const [puller] = this.#pullers
    if (puller !== undefined) return puller.take(this.#fetch(run))
    this.#waiting.push(run)
    // The call it was for has ended meanwhile. The next has it; where none comes, it must not lie here.
    run.forget = this.#clock.after(this.lease, () => this.#giveBack(run))
    this.#ask()
  }

  recall(): ReadonlyArray<Epoch> {
    return []
  }

  cancel(epoch: Epoch, reason: string): void {
    const run = this.#runs.get(epoch)
    if (run === undefined) return
    if (run.fetchedAt === undefined) return this.#stopped(run)
    this.#want(run, "cancel", reason)
    // It is not ours to end: after a lease what the run held is free, whatever it still does there.
    run.forget ??= this.#clock.after(this.lease, () => this.#stopped(run))
  }

  yieldAt(epoch: Epoch): void {
    const run = this.#runs.get(epoch)
    if (run === undefined || run.request !== undefined) return
    if (run.fetchedAt === undefined) this.#giveBack(run)
    else this.#want(run, "yield", "it is to go on elsewhere")
  }

  probe(): Promise<Heartbeat> {
    return Promise.resolve(this.#beat)
  }

  terminate(): Promise<void> {
    this.#end("terminated")
    return Promise.resolve()
  }

  close(): Promise<void> {
    this.#end("stopped")
    return Promise.resolve()
  }

  // Within

  #reconcile(running: ReadonlySet<Epoch>): void {
    for (const [epoch, run] of [...this.#runs]) {
      if (running.has(epoch) || run.fetchedAt === undefined || run.fetchedAt > this.#beatAt) continue
      this.#giveBack(run)
    }
  }

  #giveBack(run: RemoteRun): void {
    this.#drop(run)
    this.#sink.reports(reportsOf(run, { status: "released" }, 0))
  }

  #fetch(run: RemoteRun): RunCommand {
    run.forget?.()
    run.forget = undefined
    run.fetchedAt = this.#clock.now()
    return run.command
  }

  #want(run: RemoteRun, action: RemoteRequest["action"], reason: string): void {
    const { taskId, epoch } = run.command
    run.request = { taskId, epoch, action, reason }
  }

  #stopped(run: RemoteRun): void {
    const { epoch } = run.command
    if (this.#runs.get(epoch) !== run) return
    this.#drop(run)
    this.#sink.reports([{ _tag: "Stopped", epoch }])
  }

  #drop(run: RemoteRun): void {
    run.forget?.()
    this.#runs.delete(run.command.epoch)
    const place = this.#waiting.indexOf(run)
    if (place >= 0) this.#waiting.splice(place, 1)
  }

  #ask(): void {
    this.#sink.asks?.(this.#pullers.size, this.#seen)
  }

  #renew(): void {
    if (!this.#isOpen) return
    this.#endLease()
    this.#endLease = this.#clock.after(this.lease, () => this.#expire())
  }

  /** One that waits for a run is there. */
  #expire(): void {
    if (this.#pullers.size > 0) this.#renew()
    else this.#end("terminated")
  }

  #end(reason: "stopped" | "terminated"): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#endLease()
    for (const { forget } of this.#runs.values()) forget?.()
    for (const puller of [...this.#pullers]) puller.take(undefined)
    this.#runs.clear()
    this.#waiting.length = 0
    this.#sink.exit({ reason, culprits: [] })
  }
}
