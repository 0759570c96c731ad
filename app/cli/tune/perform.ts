import { Ballast } from "../../../actors/index.ts"
import { type TuneOptions, type TuneReport, tune } from "../../../actors/simulation/tuning/index.ts"
import { type ExitCode, exitCode } from "../exit-code.ts"
import { Progress } from "../progress.ts"
import type * as handlers from "./handlers.ts"
import { historyIn } from "./history-lines.ts"
import { tuneText } from "./report-text.ts"

export interface TuneSettings extends Pick<TuneOptions, "for" | "candidates" | "seeds" | "seed"> {
  readonly path: string
  readonly jobs: number
  readonly json: boolean
}

const handlersModule = new URL(`./handlers${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url)

/** Milliseconds between two looks at how far it is. */
const showEvery = 100

/** Stretches are simulated on Ballast itself, several at once. */
const onThreads = async ({ path, jobs, json, ...options }: TuneSettings): Promise<TuneReport> => {
  const ballast = await Ballast.start<typeof handlers>({
    handlers: handlersModule,
    workers: jobs,
    shedding: false,
    log: { level: "silent" }
  })
  const progress = new Progress(process.stderr, () => performance.now())
  let done = 0
  let asked = 0
  const show = (): void => progress.show({ label: "tune", done, total: Math.max(1, asked) })
  const timer = setInterval(show, showEvery)
  try {
    return await tune(historyIn(path), {
      ...options,
      run: (trial) => {
        asked += 1
        return ballast.run("tryOut", { path, trial })
      },
      onTrial: (trials) => {
        done = trials
      }
    })
  } finally {
    clearInterval(timer)
    progress.clear()
    await ballast.shutdown({ timeout: 0 })
  }
}

/** What is in use and what was tried, to six digits; nothing that is not a figure. */
const plain = (report: TuneReport): string =>
  JSON.stringify({ id: "tune", ...report }, (_, value: unknown) =>
    typeof value === "number" ? Number(value.toPrecision(6)) : value
  )

export const performTuning = async (settings: TuneSettings): Promise<ExitCode> => {
  const report = await onThreads(settings)
  process.stdout.write(settings.json ? `${plain(report)}\n` : tuneText(report))
  return exitCode.ok
}
