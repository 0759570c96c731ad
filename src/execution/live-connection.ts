import { performance } from "node:perf_hooks"
import type { Transferable } from "node:worker_threads"
import type { ErrorData, WorkerSpec } from "../model/index.ts"
import { Epoch } from "../model/index.ts"
import { mebibytesToCopy } from "./benchmark.ts"
import { ControlLine } from "./control-line.ts"
import { DataLine } from "./data-line.ts"
import type { MemoryWatchdog } from "./memory-watchdog.ts"
import { outOfMemory, outOfMemoryCode, type Vessel, type VesselListener } from "./vessel.ts"
import { type BenchmarkResult, relativeSpeed } from "./worker/benchmark-speed.ts"
import { culpritsIn, loadedIn } from "./worker/black-box.ts"
import { toErrorData } from "./worker/error-data.ts"
import type { Heartbeat, RunCommand, WorkerConnection, WorkerExit, WorkerReport, WorkerSink } from "./worker-driver.ts"

export interface ConnectionOptions {
  /** The handlers' module, as a `file:` URL or anything else `import` takes. */
  readonly handlers: string
  /** Milliseconds a worker may take to load the handlers. Default 30,000. */
  readonly bootTimeout?: number
  /** Milliseconds a worker may take to end once it was ended, before it is given up as if it had. Default 5,000. */
  readonly endTimeout?: number
  /** Ends the worker where it holds too much memory. */
  readonly watchdog?: MemoryWatchdog
}

const resultOf = ({ rates, ms }: Omit<BenchmarkResult, "speed">): BenchmarkResult => ({
  rates,
  speed: relativeSpeed(rates),
  ms
})

const defaultBootTimeout = 30_000
const defaultEndTimeout = 5_000

/** A worker in the life of its vessel: loads its handlers, carries its mail, and says how it ended and through whom. */
export class LiveConnection implements WorkerConnection {
  readonly #sink: WorkerSink
  readonly #vessel: Vessel
  readonly #control: ControlLine
  readonly #data: DataLine
  readonly #bootTimer: NodeJS.Timeout
  readonly #endTimeout: number
  readonly #unwatch: () => void
  readonly #ended = Promise.withResolvers<void>()
  #phase: "starting" | "up" | "load-failed" | "stopping" | "terminating" | "ended" = "starting"
  #endTimer: NodeJS.Timeout | undefined
  #closing = false
  #error: ErrorData | undefined
  #named: ReadonlyArray<Epoch> | undefined

  constructor(
    spec: WorkerSpec,
    sink: WorkerSink,
    options: ConnectionOptions,
    launch: (listener: VesselListener) => Vessel
  ) {
    const openedAt = performance.now()
    this.#sink = sink
    const vessel = launch({
      failed: (error) => {
        this.#error ??= error
      },
      ended: (code) => this.#exited(code)
    })
    this.#vessel = vessel
    this.#data = new DataLine(vessel.data, {
      reports: (batch) => sink.reports(batch),
      heartbeat: (beat) => sink.heartbeat(beat),
      unsent: (epoch) => void vessel.claims?.recall(epoch),
      unreadable: (error) => {
        // Better to lose the worker, which is noticed, than reports, which are not.
        this.#error ??= toErrorData(error)
        this.#kill()
      }
    })
    this.#control = new ControlLine(vessel.control)
    const { bootTimeout = defaultBootTimeout, endTimeout = defaultEndTimeout, watchdog } = options
    this.#endTimeout = endTimeout
    this.#bootTimer = setTimeout(() => this.#notLoadedIn(bootTimeout), bootTimeout)
    this.#unwatch =
      watchdog?.watch({
        workerId: spec.id,
        kind: vessel.kind,
        limits: spec.resourceLimits,
        memory: () => vessel.memory(),
        end: (why) => this.#overfilled(why)
      }) ?? (() => {})
    this.#control
      .call((remote) =>
        remote.load(options.handlers, spec.benchmark === true ? mebibytesToCopy(spec.resourceLimits) : undefined)
      )
      .then(
        (outcome) => {
          clearTimeout(this.#bootTimer)
          if (this.#phase !== "starting") return
          if (outcome.error === undefined) {
            this.#phase = "up"
            const { threadId, pid } = vessel
            const bootMs = performance.now() - openedAt
            const benchmark = outcome.benchmark && resultOf(outcome.benchmark)
            sink.ready({
              handlers: outcome.handlers,
              bootMs,
              threadId,
              ...(pid !== undefined && { pid }),
              ...(benchmark !== undefined && { benchmark })
            })
          } else {
            this.#phase = "load-failed"
            this.#error = outcome.error
            this.#kill()
          }
        },
        () => {} // It ended first: `ended` tells.
      )
  }

  run(command: RunCommand, transfer?: ReadonlyArray<Transferable>): void {
    const claim = command.ahead === true ? this.#vessel.claims?.offer(command.epoch) : undefined
    this.#data.send(claim === undefined ? command : { ...command, claim }, transfer)
  }

  recall(epochs: ReadonlyArray<Epoch>): ReadonlyArray<Epoch> {
    const { claims } = this.#vessel
    return claims === undefined ? [] : epochs.filter((epoch) => claims.recall(epoch))
  }

  cancel(epoch: Epoch, reason: string): void {
    if (this.#vessel.claims?.recall(epoch) === true) return this.#reportSoon({ _tag: "Stopped", epoch })
    this.#data.flush()
    this.#control.cast((remote) => remote.cancel(epoch, reason))
  }

  yieldAt(epoch: Epoch): void {
    if (this.#vessel.claims?.recall(epoch) === true) {
      return this.#reportSoon({ _tag: "Yielded", epoch, state: undefined })
    }
    this.#data.flush()
    this.#control.cast((remote) => remote.yieldAt(epoch))
  }

  probe(): Promise<Heartbeat> {
    return this.#control.call((remote) => remote.probe())
  }

  terminate(culprits?: ReadonlyArray<Epoch>): Promise<void> {
    if (this.#phase === "starting" || this.#phase === "up" || this.#phase === "stopping") {
      this.#phase = "terminating"
      this.#named = culprits
      this.#kill()
    }
    return this.#ended.promise
  }

  close(): Promise<void> {
    if (!this.#closing) {
      this.#closing = true
      this.#data.flush()
      this.#control
        .call((remote) => remote.drain())
        .then(() => {
          if (this.#phase === "starting" || this.#phase === "up") this.#phase = "stopping"
          this.#control.cast((remote) => remote.exit())
        })
        .catch(() => {}) // It ended before it was drained: `ended` tells.
    }
    return this.#ended.promise
  }

  /** What became of a run that was taken back before it began: the worker has nothing to say about it. */
  #reportSoon(report: WorkerReport): void {
    queueMicrotask(() => {
      if (this.#phase !== "ended") this.#sink.reports([report])
    })
  }

  /** It loops as it loads, or waits for something that does not come: nobody but us can end it. */
  #notLoadedIn(ms: number): void {
    if (this.#phase !== "starting") return
    this.#phase = "load-failed"
    this.#error = toErrorData(new Error(`the module was not loaded within ${ms} ms (see bootTimeout)`))
    this.#kill()
  }

  /** It holds more memory than it may: it is ended as if its heap had reached its limit. */
  #overfilled(why: string): void {
    if (this.#phase === "ended" || this.#phase === "terminating") return
    this.#error = outOfMemory(why)
    this.#kill()
  }

  #kill(): void {
    this.#vessel.kill()
    this.#endTimer ??= setTimeout(() => this.#giveUp(), this.#endTimeout)
  }

  /** Native code does not return, and no thread ends within it. Should it return, the thread ends there and then. */
  #giveUp(): void {
    const { kind } = this.#vessel
    this.#vessel.abandon()
    const why = `the worker ${kind} did not end within ${this.#endTimeout} ms: it is in native code, and was given up`
    this.#exited(undefined, toErrorData(new Error(why)))
  }

  #exited(code: number | undefined, blocked?: ErrorData): void {
    if (this.#phase === "ended") return
    clearTimeout(this.#bootTimer)
    clearTimeout(this.#endTimer)
    this.#unwatch()
    this.#data.close()
    const blackBox = this.#vessel.blackBox()
    const reason = this.#reason(blackBox)
    const error = this.#error ?? blocked
    this.#phase = "ended"
    this.#control.died(new Error(`the worker ${this.#vessel.kind} has ended (${reason})`))
    this.#sink.exit({
      reason,
      ...(code !== undefined && { code }),
      ...(error !== undefined && { error }),
      culprits: this.#culprits(reason, blackBox)
    })
    this.#ended.resolve()
  }

  #reason(blackBox: ArrayBufferLike): WorkerExit["reason"] {
    if (this.#error?.fields?.code === outOfMemoryCode) return "out-of-memory"
    switch (this.#phase) {
      case "starting":
        return loadedIn(blackBox) ? "crashed" : "load-failed"
      case "load-failed":
        return "load-failed"
      case "stopping":
        return "stopped"
      case "terminating":
        return this.#error === undefined ? "terminated" : "crashed"
      default:
        return "crashed"
    }
  }

  #culprits(reason: WorkerExit["reason"], blackBox: ArrayBufferLike): ReadonlyArray<Epoch> | undefined {
    if (reason === "stopped" || reason === "load-failed") return []
    if (reason === "terminated" && this.#named !== undefined) return this.#named
    return culpritsIn(blackBox)?.map((epoch) => Epoch(epoch))
  }
}
