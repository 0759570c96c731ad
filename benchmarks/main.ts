/**
 * Measures Ballast against what would be used instead, in one run, alternating.
 *
 *   npm run bench -- C14 --json
 *   npm run bench -- crash --quick
 *   npm run bench -- actors --rows "ask one,ping-pong" --only ballast,plain
 *
 * Prints medians and ratios, the targets of the scenario, and how contenders were set up; with `--json` the last line is
 * one JSON object.
 */
import { cpus, loadavg } from "node:os"
import { commandOf, usageOf } from "./command-line.ts"
import { benchmarks } from "./lineup.ts"
import { contendersTableOf, reportOf } from "./report.ts"
import { formatTargets } from "./targets.ts"

const load = (): string => (loadavg()[0] ?? 0).toFixed(1)

const main = async (): Promise<number> => {
  const command = commandOf(process.argv.slice(2), benchmarks)
  if (typeof command === "string") {
    console.error(`${command}\n${usageOf(benchmarks)}`)
    return 2
  }
  const { benchmark, options, json } = command
  console.log(`${cpus().length} × ${cpus()[0]?.model ?? "unknown processor"}, Node ${process.versions.node}`)
  console.log(`${benchmark.id}, ${benchmark.name}; load ${load()} before`)
  const onProgress = (what: string): void => void process.stderr.write(`${what}\n`)
  const {
    measured,
    table = contendersTableOf(measured),
    targets,
    notes,
    failure
  } = await benchmark.run({ ...options, onProgress })
  console.log(`load ${load()} after\n\n${table}\n\n${formatTargets(targets)}\n`)
  for (const note of notes) console.log(`- ${note}`)
  if (json) console.log(JSON.stringify(reportOf(benchmark.id, measured)))
  if (failure === undefined) return 0
  console.error(failure)
  return 1
}

process.exitCode = await main()
