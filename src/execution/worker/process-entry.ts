/** What a worker process runs. Nothing beyond Node and Comlink is loaded before the handlers are. */

import { writeSync } from "node:fs"
import { Socket } from "node:net"
import { Worker } from "node:worker_threads"
import { BlackBox, blackBoxSize } from "./black-box.ts"
import { packMessage, unpackCommands } from "./columns.ts"
import { toErrorData } from "./error-data.ts"
import { FramePort } from "./frame-port.ts"
import { encodeFrame, FrameReader } from "./frames.ts"
import { nodeEndpoint } from "./node-endpoint.ts"
import type { DownFrame, RunCommand, UpFrame, WorkerBoot, WorkerMessage } from "./protocol.ts"
import { processFds } from "./protocol.ts"
import { serve } from "./serve.ts"

const guard = new URL(`./process-guard${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url)

const boot: WorkerBoot = JSON.parse(process.argv[2] ?? "null")
// What handlers read there is what was said on the owner's command line to nobody but us.
process.argv.splice(2)
process.title = `ballast worker ${boot.workerId}`

// A signal to the whole group, such as Ctrl-C, is for the owner: it ends its workers in its own order.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {})

// In a thread of its own, so that it sees the owner's end whatever the handlers do.
new Worker(guard, {
  name: "guard",
  execArgv: [],
  resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 }
}).unref()

const pause = new Int32Array(new SharedArrayBuffer(4))

/** All of it, before it returns: what was said survives any kind of end, and a slow owner slows us down. */
const writeAll = (bytes: Buffer): void => {
  let at = 0
  while (at < bytes.length) {
    try {
      at += writeSync(processFds.up, bytes, at)
    } catch (error) {
      // The owner is gone, and with it everyone who could want to know.
      if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) process.kill(process.pid, "SIGKILL")
      Atomics.wait(pause, 0, 0, 1)
    }
  }
}

const say = (frame: UpFrame): void => writeAll(encodeFrame(frame))
const data = new FramePort<ReadonlyArray<RunCommand>, WorkerMessage>((message) => say(["data", packMessage(message)]))
const control = new FramePort<unknown, unknown>((message) => say(["control", message]))

serve({
  boot,
  data,
  control: nodeEndpoint(control),
  blackBox: new BlackBox(new ArrayBuffer(blackBoxSize), (cells) => {
    writeSync(processFds.blackBox, cells, 0, blackBoxSize, 0)
  }),
  uncaught: (error) => {
    say(["fatal", toErrorData(error)])
    process.exit(1)
  }
})

const reader = new FrameReader<DownFrame>((frame) => {
  if (frame[0] === "data") data.deliver(unpackCommands(frame[1]))
  else control.deliver(frame[1])
})

new Socket({ fd: processFds.down, readable: true, writable: false })
  .on("data", (piece: Buffer) => reader.push(piece))
  // Its owner has ended.
  .on("close", () => process.exit(1))
  .on("error", () => {})
