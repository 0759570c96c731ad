import { once } from "node:events"
import { createWriteStream } from "node:fs"
import { createInterface } from "node:readline"
import type { Readable } from "node:stream"
import { Ballast } from "../../../actors/index.ts"
import { type ExitCode, exitCode } from "../exit-code.ts"
import { openForWriting } from "../paths.ts"
import { Progress } from "../progress.ts"
import { Batch } from "./batch.ts"
import { parseTaskLine } from "./task-line.ts"

export interface RunSettings {
  readonly handlers: URL
  readonly input: Readable
  /** Names the input in what is said of its lines. */
  readonly inputName: string
  /** A file; standard output where absent. */
  readonly output: string | undefined
  readonly workers: number | undefined
  readonly strategy: string | undefined
  readonly dataDir: string | undefined
  readonly json: boolean
}

const seconds = (ms: number): string => (ms / 1000).toFixed(1)

/** Milliseconds that the workers are given to close once every task has ended. */
const shutdownTimeout = 5_000

/** Runs every task of the input and writes how each ended. Rejects with a `UsageError` at a line that is no task. */
export const runTasks = async (settings: RunSettings): Promise<ExitCode> => {
  const { handlers, workers, strategy, dataDir } = settings
  const started = performance.now()
  const output =
    settings.output === undefined
      ? process.stdout
      : createWriteStream(settings.output, { fd: openForWriting(settings.output) })
  const ballast = await Ballast.start({
    handlers,
    // Every line is wanted, however urgent others are.
    shedding: false,
    ...(workers !== undefined && { workers }),
    ...(strategy !== undefined && { strategy }),
    ...(dataDir !== undefined && { dataDir })
  })
  const batch = new Batch((type, payload, options) => ballast.submit(type, payload, options), output)
  const progress = new Progress(process.stderr, () => performance.now())
  const lines = createInterface({ input: settings.input, crlfDelay: Number.POSITIVE_INFINITY })
  let read = false
  let interrupted = false
  const interrupt = (): void => {
    interrupted = true
    lines.close()
    batch.cancel("interrupted")
  }
  process.once("SIGINT", interrupt)
  const show = setInterval(() => {
    const { ended: done, failed, submitted } = batch
    progress.show({ label: "run", done, total: read ? submitted : undefined, note: `${failed} failed` })
  }, 100)
  try {
    let number = 0
    for await (const line of lines) {
      number += 1
      if (interrupted) break
      if (line.trim() !== "") await batch.add(parseTaskLine(line, `${settings.inputName} ${number}`))
    }
  } finally {
    read = true
    await batch.end()
    process.removeListener("SIGINT", interrupt)
    clearInterval(show)
    progress.clear()
    await ballast.shutdown({ timeout: shutdownTimeout })
    if (output !== process.stdout) await once(output.end(), "close")
  }
  const { submitted, completed, failed } = batch
  const took = seconds(performance.now() - started)
  // Standard output belongs to the results where nothing else was said.
  const place = settings.output === undefined ? process.stderr : process.stdout
  const report = { tasks: submitted, completed, failed, seconds: Number(took) }
  const words = `${submitted} tasks: ${completed} completed, ${failed} failed in ${took} s`
  place.write(`${settings.json ? JSON.stringify(report) : words}\n`)
  if (interrupted) return exitCode.interrupted
  return failed > 0 ? exitCode.taskFailed : exitCode.ok
}
