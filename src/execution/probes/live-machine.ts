import { execFile } from "node:child_process"
import { readdir, readFile, statfs } from "node:fs/promises"
import { availableParallelism, cpus, freemem, totalmem } from "node:os"
import type { CommandOutput, Machine } from "./machine.ts"

/** Enough for any tool that is asked here, and too little to fill the memory. */
const mostOutput = 4 * 1024 * 1024

const has = (name: "gpu" | "ml"): boolean =>
  typeof navigator === "object" && navigator !== null && Reflect.get(navigator, name) !== undefined

const run = (command: string, args: ReadonlyArray<string>, signal: AbortSignal): Promise<CommandOutput> =>
  new Promise((resolve, reject) => {
    const options = {
      signal,
      killSignal: "SIGKILL",
      maxBuffer: mostOutput,
      windowsHide: true,
      encoding: "utf8"
    } as const
    execFile(command, [...args], options, (error, stdout, stderr) => {
      if (error === null) resolve({ code: 0, stdout, stderr })
      else if (typeof error.code === "number") resolve({ code: error.code, stdout, stderr })
      else reject(error)
    }).stdin?.end()
  })

/** The machine this process is on, as it is when this is called. */
export const liveMachine = (): Machine => ({
  platform: process.platform,
  arch: process.arch,
  env: process.env,
  processors: cpus().map(({ model }) => model.trim()),
  parallelism: availableParallelism(),
  memory: { total: totalmem(), free: freemem() },
  web: { gpu: has("gpu"), ml: has("ml") },
  read: (path) => readFile(path, "utf8"),
  list: (path) => readdir(path),
  run,
  space: async (path) => {
    const { bavail, blocks, bsize } = await statfs(path)
    return { free: bavail * bsize, total: blocks * bsize }
  }
})
