import { performance } from "node:perf_hooks"
import type { Endpoint } from "comlink"
import { expose } from "comlink"
import type { BlackBox } from "./black-box.ts"
import type { Claims } from "./claims.ts"
import type { DataPort } from "./data-port.ts"
import { toErrorData } from "./error-data.ts"
import { handlersOf } from "./handler-table.ts"
import type { LoadOutcome, RunCommand, WorkerBoot, WorkerControl, WorkerMessage } from "./protocol.ts"
import { TaskRunner } from "./task-runner.ts"
import { VitalSigns } from "./vital-signs.ts"

/** What a worker has of the thread or process it is in. */
export interface Berth {
  readonly boot: WorkerBoot
  readonly data: DataPort<ReadonlyArray<RunCommand>, WorkerMessage>
  readonly control: Endpoint
  readonly blackBox: BlackBox
  /** Where its owner can take runs back that were sent ahead. */
  readonly claims?: Claims
  /** Called with what nobody caught, before it ends the worker. */
  readonly uncaught?: (error: unknown) => void
}

/** What the thread can do, unless trying it fails: then it is as fast as it is. */
const tried = async (mebibytes: number): Promise<LoadOutcome["benchmark"]> => {
  const from = performance.now()
  try {
    const { runBenchmark } = await import("./benchmark.ts")
    return { rates: await runBenchmark(mebibytes), ms: performance.now() - from }
  } catch {
    return undefined
  }
}

/** Serves the owner until the thread or process ends. */
export const serve = ({ boot, data, control, blackBox, claims, uncaught }: Berth): void => {
  const runner = new TaskRunner({ ...boot, data, blackBox, ...(claims !== undefined && { claims }) })
  const vitalSigns = new VitalSigns(runner, data, boot.heartbeatInterval)

  const blameCurrent = (): void => {
    const epoch = runner.current
    if (epoch !== undefined) blackBox.blame(epoch)
  }

  process.on("uncaughtExceptionMonitor", (error) => {
    blameCurrent()
    // Where the handlers' own listener keeps the worker alive, nobody is to blame after all.
    setImmediate(() => blackBox.absolve())
    if (process.listenerCount("uncaughtException") === 0) uncaught?.(error)
  })

  process.on("exit", () => {
    blameCurrent()
    blackBox.save()
    runner.outbox.flush()
  })

  const served: WorkerControl = {
    load: async (module, mebibytes) => {
      try {
        const handlers = handlersOf(await import(module))
        const benchmark = mebibytes === undefined ? undefined : await tried(mebibytes)
        runner.begin(handlers)
        return { handlers: [...handlers.keys()], ...(benchmark !== undefined && { benchmark }) }
      } catch (error) {
        return { handlers: [], error: toErrorData(error) }
      }
    },
    cancel: (epoch, reason) => runner.cancel(epoch, reason),
    yieldAt: (epoch) => runner.yieldAt(epoch),
    probe: () => vitalSigns.read(),
    drain: () => runner.drain(),
    exit: () => process.exit(0)
  }

  expose(served, control)
}
