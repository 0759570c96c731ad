import { performance } from "node:perf_hooks"
import type { Transferable } from "node:worker_threads"
import { Worker } from "node:worker_threads"
import type { ErrorData, WorkerSpec } from "../model/index.ts"
import { Epoch } from "../model/index.ts"
import { ControlLine } from "./control-line.ts"
import { DataLine } from "./data-line.ts"
import { culpritsIn, loadedIn, makeBlackBox } from "./worker/black-box.ts"
import { toErrorData } from "./worker/error-data.ts"
import type { WorkerBoot } from "./worker/protocol.ts"
import type { Heartbeat, RunCommand, WorkerConnection, WorkerDriver, WorkerExit, WorkerSink } from "./worker-driver.ts"

export interface ThreadDriverOptions {
  /** The handlers' module, as a `file:` URL or anything else `import` takes. */
  readonly handlers: string
  /** Milliseconds between two heartbeats. Default 1000. */
  readonly heartbeatInterval?: number
  /** Milliseconds a thread may take to load the handlers. Default 30,000. */
  readonly bootTimeout?: number
  /** Node options of the threads. Default: the `--conditions` this process was started with. */
  readonly execArgv?: ReadonlyArray<string>
}

/** The `--conditions` of an argument list, in each of the ways they may be written. */
export const conditionsIn = (args: ReadonlyArray<string>): ReadonlyArray<string> =>
  args.flatMap((arg, index) => {
    if (arg.startsWith("--conditions=") || arg.startsWith("-C=")) return [arg]
    const value = args[index + 1]
    return (arg === "--conditions" || arg === "-C") && value !== undefined ? [`--conditions=${value}`] : []
  })

const defaultBootTimeout = 30_000

const entry = new URL(`./worker/entry${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url)

/** Runs workers as threads of this process. */
export const threadDriver = (options: ThreadDriverOptions): WorkerDriver => ({
  open: (spec, sink) => new ThreadConnection(spec, sink, options)
})

class ThreadConnection implements WorkerConnection {
  readonly #sink: WorkerSink
  readonly #worker: Worker
  readonly #control: ControlLine
  readonly #data: DataLine
  readonly #blackBox = makeBlackBox()
  readonly #ended = Promise.withResolvers<void>()
  #phase: "starting" | "up" | "load-failed" | "stopping" | "terminating" | "ended" = "starting"
  #closing = false
  #error: ErrorData | undefined
  #named: ReadonlyArray<Epoch> | undefined

  constructor(spec: WorkerSpec, sink: WorkerSink, options: ThreadDriverOptions) {
    const openedAt = performance.now()
    this.#sink = sink
    this.#data = new DataLine({
      reports: (batch) => sink.reports(batch),
      heartbeat: (beat) => sink.heartbeat(beat),
      unreadable: (error) => {
        // Better to lose the thread, which is noticed, than reports, which are not.
        this.#error ??= toErrorData(error)
        void this.#worker.terminate()
      }
    })
    const boot: WorkerBoot = {
      workerId: spec.id,
      dutyCycle: spec.dutyCycle,
      heartbeatInterval: options.heartbeatInterval ?? 1000,
      data: this.#data.far,
      blackBox: this.#blackBox
    }
    this.#worker = new Worker(entry, {
      name: spec.id,
      workerData: boot,
      transferList: [this.#data.far],
      resourceLimits: spec.resourceLimits,
      execArgv: [...(options.execArgv ?? conditionsIn(process.execArgv))]
    })
    const { threadId } = this.#worker
    this.#worker.once("error", (error) => {
      this.#error ??= toErrorData(error)
    })
    this.#worker.once("exit", (code) => this.#exited(code))
    this.#control = new ControlLine(this.#worker)
    const bootTimeout = options.bootTimeout ?? defaultBootTimeout
    const bootTimer = setTimeout(() => this.#notLoadedIn(bootTimeout), bootTimeout)
    this.#worker.once("exit", () => clearTimeout(bootTimer))
    this.#control
      .call((remote) => remote.load(options.handlers))
      .then(
        (outcome) => {
          clearTimeout(bootTimer)
          if (this.#phase !== "starting") return
          if (outcome.error === undefined) {
            this.#phase = "up"
            sink.ready({ handlers: outcome.handlers, bootMs: performance.now() - openedAt, threadId })
          } else {
            this.#phase = "load-failed"
            this.#error = outcome.error
            void this.#worker.terminate()
          }
        },
        () => {} // It ended first: `exit` tells.
      )
  }

  run(command: RunCommand, transfer?: ReadonlyArray<Transferable>): void {
    this.#data.send(command, transfer)
  }

  cancel(epoch: Epoch, reason: string): void {
    this.#data.flush()
    this.#control.cast((remote) => remote.cancel(epoch, reason))
  }

  yieldAt(epoch: Epoch): void {
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
      void this.#worker.terminate()
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
        .catch(() => {}) // It ended before it was drained: `exit` tells.
    }
    return this.#ended.promise
  }

  /** It loops as it loads, or waits for something that does not come: nobody but us can end it. */
  #notLoadedIn(ms: number): void {
    if (this.#phase !== "starting") return
    this.#phase = "load-failed"
    this.#error = toErrorData(new Error(`the module was not loaded within ${ms} ms (see bootTimeout)`))
    void this.#worker.terminate()
  }

  #exited(code: number): void {
    this.#data.close()
    const reason = this.#reason()
    this.#phase = "ended"
    this.#control.died(new Error(`the worker thread has ended (${reason})`))
    this.#sink.exit({
      reason,
      code,
      ...(this.#error !== undefined && { error: this.#error }),
      culprits: this.#culprits(reason)
    })
    this.#ended.resolve()
  }

  #reason(): WorkerExit["reason"] {
    if (this.#error?.fields?.code === "ERR_WORKER_OUT_OF_MEMORY") return "out-of-memory"
    switch (this.#phase) {
      case "starting":
        return loadedIn(this.#blackBox) ? "crashed" : "load-failed"
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

  #culprits(reason: WorkerExit["reason"]): ReadonlyArray<Epoch> | undefined {
    if (reason === "stopped" || reason === "load-failed") return []
    if (reason === "terminated" && this.#named !== undefined) return this.#named
    return culpritsIn(this.#blackBox)?.map((epoch) => Epoch(epoch))
  }
}
