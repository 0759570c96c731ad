import { join } from "node:path"
import { type ExitCode, exitCode } from "../exit-code.ts"
import { Progress } from "../progress.ts"
import { type Pass, runPass } from "./pass.ts"
import { type Plan, planTasks } from "./plan.ts"
import { balanced, type Policy, roundRobin } from "./policy.ts"
import { cores, slots } from "./pool.ts"
import { sourceFiles } from "./source-files.ts"
import { measureSpeeds } from "./speeds.ts"
import { type Findings, isSound, reportOf, summaryOf } from "./summary.ts"

export interface DemoSettings {
  readonly folder: string
  /** A folder that is there. */
  readonly output: string
  /** How long one pass should take, in seconds. */
  readonly seconds: number
  readonly json: boolean
}

/** Seconds within which a second round is begun only if it is to end in time, too. */
const patience = 30

/** Milliseconds. */
const showEvery = 100

const now = (): number => performance.now()

const introduction = (folder: string, { tasks, thorough, expectedSeconds }: Plan): string => {
  const [first, last] = [tasks[0], tasks.at(-1)]
  const bytes = tasks.reduce((sum, { file }) => sum + file.bytes, 0)
  return [
    `${tasks.length} source files, ${(bytes / 1e6).toFixed(1)} MB, below ${folder}`,
    `brotli quality ${first?.quality} × ${first?.passes}; the ${thorough} largest last, up to quality ${last?.quality}, not saying how long they take; about ${expectedSeconds.toFixed(0)} s of ${cores} cores`,
    ""
  ].join("\n")
}

/** Does the work with a crash in its middle, by both policies in turn, and tells what came of it. */
export const runDemo = async ({ folder, output, seconds, json }: DemoSettings): Promise<ExitCode> => {
  const files = sourceFiles(folder)
  const plan = planTasks(files, measureSpeeds(files, now), { seconds, cores, slots })
  process.stdout.write(introduction(folder, plan))

  const results = join(output, "results.ndjson")
  const metrics = join(output, "metrics.duckdb")
  const pass = async (policy: Policy, file: string, rest: { readonly metrics?: string } = {}): Promise<Pass> => {
    const progress = new Progress(process.stderr, now)
    let completed = 0
    const onProgress = (done: number): void => {
      completed = done
    }
    const show = setInterval(
      () => progress.show({ label: policy.name, done: completed, total: plan.tasks.length }),
      showEvery
    )
    try {
      return await runPass({ plan, policy, results: file, onProgress, ...rest })
    } finally {
      clearInterval(show)
      progress.clear()
    }
  }

  const started = now()
  const ours = [await pass(balanced, results, { metrics })]
  const theirs = [await pass(roundRobin, join(output, "results-round-robin.ndjson"))]
  if ((2 * (now() - started)) / 1000 < patience) {
    ours.push(await pass(balanced, join(output, "results-2.ndjson")))
    theirs.push(await pass(roundRobin, join(output, "results-round-robin-2.ndjson")))
  }
  const findings: Findings = { folder, plan, balanced: ours, roundRobin: theirs, results, metrics }
  process.stdout.write(summaryOf(findings))
  if (json) process.stdout.write(`${JSON.stringify(reportOf(findings))}\n`)
  return isSound(findings) ? exitCode.ok : exitCode.taskFailed
}
