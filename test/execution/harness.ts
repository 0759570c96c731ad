import type {
  Heartbeat,
  MemoryWatchdog,
  RunCommand,
  WorkerConnection,
  WorkerExit,
  WorkerInfo,
  WorkerReport
} from "../../src/execution/index.ts"
import { liveDriver } from "../../src/execution/index.ts"
import type { WorkerSpec } from "../../src/model/index.ts"
import { Epoch, toMilli } from "../../src/model/index.ts"

const none = { cpu: toMilli(1), memory: toMilli(1), network: toMilli(0), storage: toMilli(0) }

export const workerSpec = (over: Partial<WorkerSpec> = {}): WorkerSpec => ({
  id: "w1",
  capacity: none,
  ceilings: { cpu: 1, memory: 1, network: 1, storage: 1 },
  limits: { resources: none, devices: [], slots: 8 },
  capabilities: { backends: [], labels: {}, versions: {}, browsers: [], hardware: "cpu", hostname: "here" },
  weight: 1,
  priorityMultiplier: 1,
  isolation: "thread",
  resourceLimits: {},
  dutyCycle: 1,
  restart: { type: "permanent", maxRestarts: 3, window: 5000, backoff: { base: 10, max: 100, jitter: 0 } },
  ...over
})

export const command = (
  epoch: number,
  type: string,
  payload: unknown = undefined,
  state: unknown = undefined
): RunCommand => ({
  epoch: Epoch(epoch),
  taskId: `t${epoch}`,
  type,
  payload,
  attempt: 1,
  state
})

type Tag = WorkerReport["_tag"]
const endings: ReadonlyArray<Tag> = ["Completed", "Failed", "Rejected", "UnknownHandler", "Yielded", "Stopped"]

/** A live worker and all it has said so far. */
export interface Probed {
  readonly connection: WorkerConnection
  readonly ready: Promise<WorkerInfo>
  readonly exited: Promise<WorkerExit>
  readonly reports: ReadonlyArray<WorkerReport>
  readonly beats: ReadonlyArray<Heartbeat>
  /** What was called, in order, by name. */
  readonly calls: ReadonlyArray<string>
  /** The first report that fits, whether it has come or is to come. Rejects where the worker ends without it. */
  report(fits: (report: WorkerReport) => boolean): Promise<WorkerReport>
  tagged<T extends Tag>(epoch: number, tag: T): Promise<Extract<WorkerReport, { readonly _tag: T }>>
  /** How the run ends. */
  end(epoch: number): Promise<WorkerReport>
}

/** A handlers' module of the folder beside this file. */
export const handlersUrl = (name: string): string => new URL(`./handlers/${name}`, import.meta.url).href

export const openWorker = (
  module: string,
  over: Partial<WorkerSpec> = {},
  heartbeatInterval = 1000,
  bootTimeout = 60_000,
  watchdog?: MemoryWatchdog
): Probed => {
  const ready = Promise.withResolvers<WorkerInfo>()
  const exited = Promise.withResolvers<WorkerExit>()
  const reports: Array<WorkerReport> = []
  const beats: Array<Heartbeat> = []
  const calls: Array<string> = []
  const waiting = new Set<() => void>()
  let ended: WorkerExit | undefined
  const wake = (): void => {
    for (const check of waiting) check()
  }
  const connection = liveDriver({
    handlers: handlersUrl(module),
    heartbeatInterval,
    bootTimeout,
    execArgv: [],
    ...(watchdog !== undefined && { watchdog })
  }).open(workerSpec(over), {
    ready: (info) => {
      calls.push("ready")
      ready.resolve(info)
    },
    reports: (batch) => {
      calls.push("reports")
      reports.push(...batch)
      wake()
    },
    heartbeat: (beat) => {
      calls.push("heartbeat")
      beats.push(beat)
    },
    exit: (exit) => {
      calls.push("exit")
      ended = exit
      exited.resolve(exit)
      wake()
    }
  })
  const find = <R extends WorkerReport>(fits: (report: WorkerReport) => report is R): Promise<R> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        const found = reports.find(fits)
        if (found === undefined && ended === undefined) return
        waiting.delete(check)
        if (found !== undefined) resolve(found)
        else reject(new Error(`the worker ended without such a report: ${JSON.stringify(ended)}`))
      }
      waiting.add(check)
      check()
    })
  const report = (fits: (report: WorkerReport) => boolean): Promise<WorkerReport> =>
    find((candidate): candidate is WorkerReport => fits(candidate))
  return {
    connection,
    ready: ready.promise,
    exited: exited.promise,
    reports,
    beats,
    calls,
    report,
    tagged: <T extends Tag>(epoch: number, tag: T) =>
      find(
        (candidate): candidate is Extract<WorkerReport, { readonly _tag: T }> =>
          candidate.epoch === epoch && candidate._tag === tag
      ),
    end: (epoch) => report((candidate) => candidate.epoch === epoch && endings.includes(candidate._tag))
  }
}
