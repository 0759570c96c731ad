import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import { createInterface } from "node:readline"

/** A process that warms up, says so, and then measures once for each line it is sent. */
export interface Runner {
  readonly name: string
  /** `undefined` once it is ready; else why it cannot take part. */
  readonly ready: Promise<string | undefined>
  readonly measure: () => Promise<number>
  readonly end: () => void
}

export interface Command {
  readonly file: string
  readonly args: ReadonlyArray<string>
}

/** What a process may take for anything it is asked, in milliseconds. */
const patience = 30_000

/** Starts it; it is killed where it takes too long. */
export const run = (name: string, { file, args }: Command): Runner => {
  const child: ChildProcessWithoutNullStreams = spawn(file, args, { env: { ...process.env, LC_ALL: "C.UTF-8" } })
  let said = ""
  child.stderr.on("data", (chunk) => {
    said = `${said}${chunk}`.slice(-2_000)
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  let broken: string | undefined
  child.on("error", (error) => {
    broken = error.message
  })
  // Writing to a process that has ended is found out by reading from it.
  child.stdin.on("error", () => {})
  const next = async (): Promise<string> => {
    const timer = setTimeout(() => {
      broken = `took more than ${patience / 1_000} s`
      child.kill("SIGKILL")
    }, patience)
    const line = await lines.next()
    clearTimeout(timer)
    if (line.done !== true) return line.value
    const error = /^\w*Error: .*$/m.exec(said)?.[0] ?? said.trim().split("\n").at(-1)
    throw new Error(broken ?? (error || "ended without a word"))
  }
  const readiness = async (): Promise<string | undefined> => {
    const line = await next().catch((error: Error) => `without ${error.message}`)
    return line === "ready" ? undefined : line.replace(/^without /, "")
  }
  return {
    name,
    ready: readiness(),
    measure: async () => {
      child.stdin.write("\n")
      const figure = Number(await next())
      if (Number.isNaN(figure)) throw new Error(`no figure`)
      return figure
    },
    end: () => {
      child.stdin.end()
      child.kill("SIGKILL")
    }
  }
}
