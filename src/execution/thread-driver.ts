import { MessageChannel, type ResourceLimits, Worker } from "node:worker_threads"
import type { Epoch, ThreadLimits, WorkerSpec } from "../model/index.ts"
import { type ConnectionOptions, LiveConnection } from "./live-connection.ts"
import type { Vessel, VesselListener } from "./vessel.ts"
import { makeBlackBox } from "./worker/black-box.ts"
import { Claims, makeClaims } from "./worker/claims.ts"
import { ownerPort } from "./worker/data-port.ts"
import { toErrorData } from "./worker/error-data.ts"
import { nodeEndpoint } from "./worker/node-endpoint.ts"
import type { ThreadBoot } from "./worker/protocol.ts"
import type { WorkerDriver } from "./worker-driver.ts"

export interface ThreadDriverOptions extends ConnectionOptions {
  /** Milliseconds between two heartbeats. Default 1000. */
  readonly heartbeatInterval?: number
  /** Node options of the workers. Default: the `--conditions` this process was started with. */
  readonly execArgv?: ReadonlyArray<string>
}

/** The `--conditions` of an argument list, in each of the ways they may be written. */
export const conditionsIn = (args: ReadonlyArray<string>): ReadonlyArray<string> =>
  args.flatMap((arg, index) => {
    if (arg.startsWith("--conditions=") || arg.startsWith("-C=")) return [arg]
    const value = args[index + 1]
    return (arg === "--conditions" || arg === "-C") && value !== undefined ? [`--conditions=${value}`] : []
  })

const entry = new URL(`./worker/entry${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url)

/** Runs workers as threads of this process. */
export const threadDriver = (options: ThreadDriverOptions): WorkerDriver => ({
  open: (spec, sink) => new LiveConnection(spec, sink, options, (listener) => threadVessel(spec, options, listener))
})

/**
 * V8's limits of a thread. Where the old generation has one, the young one has too: what survives a collection of a
 * large one comes into the old all at once, and may be more than the margin that is left to end the thread alone.
 */
export const heapLimits = (limits: ThreadLimits): ResourceLimits => {
  const { maxOldGenerationSizeMb: old, maxYoungGenerationSizeMb: young, stackSizeMb } = limits
  const within = young ?? (old === undefined ? undefined : Math.min(16, Math.max(1, old / 16)))
  return {
    ...(old !== undefined && { maxOldGenerationSizeMb: old }),
    ...(within !== undefined && { maxYoungGenerationSizeMb: within }),
    ...(stackSizeMb !== undefined && { stackSizeMb })
  }
}

const threadVessel = (spec: WorkerSpec, options: ThreadDriverOptions, listener: VesselListener): Vessel => {
  const { port1: near, port2: far } = new MessageChannel()
  const blackBox = makeBlackBox()
  const claims = makeClaims()
  const boot: ThreadBoot = {
    workerId: spec.id,
    dutyCycle: spec.dutyCycle,
    slots: spec.limits.slots,
    heartbeatInterval: options.heartbeatInterval ?? 1000,
    data: far,
    blackBox,
    claims
  }
  const worker = new Worker(entry, {
    name: spec.id,
    workerData: boot,
    transferList: [far],
    resourceLimits: heapLimits(spec.resourceLimits),
    execArgv: [...(options.execArgv ?? conditionsIn(process.execArgv))]
  })
  worker.once("error", (error) => listener.failed(toErrorData(error)))
  worker.once("exit", (code) => listener.ended(code))
  return {
    kind: "thread",
    threadId: worker.threadId,
    data: ownerPort<Epoch>(near),
    control: nodeEndpoint(worker),
    claims: new Claims(claims),
    kill: () => void worker.terminate(),
    abandon: () => {
      // Told again, should the first have gone astray.
      void worker.terminate()
      worker.unref()
    },
    blackBox: () => blackBox,
    memory: async () => {
      const { total_heap_size, malloced_memory, external_memory } = await worker.getHeapStatistics()
      return { heap: total_heap_size + malloced_memory, buffers: external_memory }
    }
  }
}
