import { type ChildProcess, spawn } from "node:child_process"
import { Socket } from "node:net"
import { constants } from "node:os"
import { fileURLToPath } from "node:url"
import type { Epoch, ThreadLimits, WorkerSpec } from "../../model/index.ts"
import type { Incoming } from "../data-line.ts"
import { LiveConnection } from "../live-connection.ts"
import { conditionsIn, type ThreadDriverOptions } from "../thread-driver.ts"
import { outOfMemory, type Vessel, type VesselListener } from "../vessel.ts"
import { blackBoxSize } from "../worker/black-box.ts"
import { packCommands, unpackMessage } from "../worker/columns.ts"
import { toErrorData } from "../worker/error-data.ts"
import { FramePort } from "../worker/frame-port.ts"
import { encodeFrame, FrameReader } from "../worker/frames.ts"
import { nodeEndpoint } from "../worker/node-endpoint.ts"
import { type DownFrame, processFds, type UpFrame, type WorkerBoot } from "../worker/protocol.ts"
import type { RunCommand, WorkerDriver } from "../worker-driver.ts"
import { BlackBoxFile } from "./black-box-file.ts"

export type ProcessDriverOptions = ThreadDriverOptions

const entry = new URL(`../worker/process-entry${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url)

/**
 * Runs each worker as a process of its own, with the contract of a thread: what may end a whole process, such as native
 * code that aborts, ends that worker alone. Nothing is shared or handed over: all is copied, and costs more.
 */
export const processDriver = (options: ProcessDriverOptions): WorkerDriver => ({
  open: (spec, sink) => new LiveConnection(spec, sink, options, (listener) => processVessel(spec, options, listener))
})

/** V8's limits as Node's command line takes them. */
export const limitArguments = (limits: ThreadLimits): ReadonlyArray<string> => {
  const { maxOldGenerationSizeMb: old, maxYoungGenerationSizeMb: young, stackSizeMb: stack } = limits
  return [
    ...(old === undefined ? [] : [`--max-old-space-size=${Math.ceil(old)}`]),
    // The young generation is three semi-spaces.
    ...(young === undefined ? [] : [`--max-semi-space-size=${Math.max(1, Math.floor(young / 3))}`]),
    ...(stack === undefined ? [] : [`--stack-size=${Math.floor(stack * 1000)}`])
  ]
}

/** The last of what a process wrote to its error stream: there V8 says why it gave up. */
const keptOfStderr = 4096
const saysHeapIsFull = /JavaScript heap out of memory/
/** How long the pipes of an ended process may stay open, where one of its own children has them too. Milliseconds. */
const lastWordsWithin = 2000

const exitCodeOf = (code: number | null, signal: NodeJS.Signals | null): number | undefined =>
  code ?? (signal === null ? undefined : 128 + constants.signals[signal])

/** Ended by `abort()`: by its signal, by its number, or as Node says it on Windows. */
const hasAborted = (code: number | undefined): boolean => code === 128 + constants.signals.SIGABRT

interface Pipes {
  readonly stderr: Socket
  readonly down: Socket
  readonly up: Socket
  readonly life: Socket
}

const pipesOf = (child: ChildProcess): Pipes | undefined => {
  // Without a descriptor left there is neither a process nor a pipe.
  const [stderr, down, up, life] = [2, processFds.down, processFds.up, processFds.life].map((fd) => child.stdio?.[fd])
  const all = stderr instanceof Socket && down instanceof Socket && up instanceof Socket && life instanceof Socket
  return all ? { stderr, down, up, life } : undefined
}

const closed = (pipe: Socket): Promise<void> =>
  pipe.closed ? Promise.resolve() : new Promise((resolve) => pipe.once("close", () => resolve()))

/** Resolves with `done`, or after `ms`. */
const within = (ms: number, done: Promise<unknown>): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    void done.then(() => {
      clearTimeout(timer)
      resolve()
    })
  })

/** One that could not even be launched, such as for want of descriptors. */
const sunkVessel = (cause: unknown, listener: VesselListener): Vessel => {
  setImmediate(() => {
    listener.failed(toErrorData(cause))
    listener.ended(undefined)
  })
  const nothing = (): void => {}
  return {
    kind: "process",
    threadId: 0,
    data: new FramePort<Incoming, ReadonlyArray<RunCommand>>(nothing),
    control: nodeEndpoint(new FramePort<unknown, unknown>(nothing)),
    kill: nothing,
    abandon: nothing,
    blackBox: () => new ArrayBuffer(blackBoxSize),
    memory: () => Promise.reject(new Error("the worker process was not launched"))
  }
}

const processVessel = (spec: WorkerSpec, options: ProcessDriverOptions, listener: VesselListener): Vessel => {
  try {
    return launch(new BlackBoxFile(), spec, options, listener)
  } catch (cause) {
    return sunkVessel(cause, listener)
  }
}

const launch = (
  blackBox: BlackBoxFile,
  spec: WorkerSpec,
  options: ProcessDriverOptions,
  listener: VesselListener
): Vessel => {
  const boot: WorkerBoot = {
    workerId: spec.id,
    dutyCycle: spec.dutyCycle,
    slots: spec.limits.slots,
    heartbeatInterval: options.heartbeatInterval ?? 1000
  }
  const child = spawn(
    process.execPath,
    [
      ...(options.execArgv ?? conditionsIn(process.execArgv)),
      ...limitArguments(spec.resourceLimits),
      fileURLToPath(entry),
      JSON.stringify(boot)
    ],
    { stdio: ["ignore", "inherit", "pipe", "pipe", "pipe", "pipe", blackBox.fd], windowsHide: true }
  )
  const pipes = pipesOf(child)

  const send = (frame: DownFrame): void => {
    const bytes = encodeFrame(frame)
    if (pipes?.down.writable === true) pipes.down.write(bytes)
  }
  const data = new FramePort<Incoming, ReadonlyArray<RunCommand>>((commands) => send(["data", packCommands(commands)]))
  const control = new FramePort<unknown, unknown>((message) => send(["control", message]))

  let resident = 0
  let residentAtFirst: number | undefined
  let lastWords = ""

  const end = async (code: number | undefined): Promise<void> => {
    if (pipes !== undefined) {
      const said = hasAborted(code) ? [pipes.up, pipes.stderr] : [pipes.up]
      await within(lastWordsWithin, Promise.all(said.map(closed)))
      for (const pipe of [pipes.down, pipes.up, pipes.life]) pipe.destroy()
      // What it started may write on.
      pipes.stderr.unref()
    }
    if (hasAborted(code) && saysHeapIsFull.test(lastWords)) {
      listener.failed(outOfMemory("the worker process ended as its heap reached its limit"))
    }
    listener.ended(code)
    blackBox.close()
  }

  child.once("error", (error) => {
    listener.failed(toErrorData(error))
    if (child.pid === undefined) void end(undefined)
  })
  child.once("exit", (code, signal) => void end(exitCodeOf(code, signal)))

  if (pipes !== undefined) {
    const reader = new FrameReader<UpFrame<Epoch>>((frame) => {
      if (frame[0] === "data") data.deliver(unpackMessage(frame[1]))
      else if (frame[0] === "control") control.deliver(frame[1])
      else listener.failed(frame[1])
    })
    pipes.up.on("data", (piece: Buffer) => {
      try {
        reader.push(piece)
      } catch (error) {
        listener.failed(toErrorData(error))
        pipes.up.removeAllListeners("data")
        child.kill("SIGKILL")
      }
    })
    pipes.life.on("data", (piece: Buffer) => {
      // Each weighing is one small write, which arrives in one piece or joined to others.
      if (piece.length < Float64Array.BYTES_PER_ELEMENT) return
      resident = piece.readDoubleLE(piece.length - Float64Array.BYTES_PER_ELEMENT)
      residentAtFirst ??= resident
    })
    pipes.stderr.on("data", (piece: Buffer) => {
      lastWords = (lastWords + piece.toString("latin1")).slice(-keptOfStderr)
      process.stderr.write(piece)
    })
    // Its end is told by `exit`.
    for (const pipe of Object.values(pipes)) pipe.on("error", () => {})
  }

  return {
    kind: "process",
    threadId: 0,
    ...(child.pid !== undefined && { pid: child.pid }),
    data,
    control: nodeEndpoint(control),
    kill: () => void child.kill("SIGKILL"),
    abandon: () => {
      child.unref()
      for (const pipe of Object.values(pipes ?? {})) pipe.unref()
    },
    blackBox: () => blackBox.read(),
    memory: async () => {
      const base = residentAtFirst ?? resident
      return { heap: base, buffers: resident - base }
    }
  }
}
