/**
 * Measures Ballast against what would be used instead, in one process, alternating.
 *
 *   npm run bench -- ring [--rounds 7] [--burst 20000] [--json]
 *
 * Prints medians and ratios; with `--json` the last line is one JSON object.
 */
import { cpus } from "node:os"
import { parseArgs } from "node:util"
import { reportOf, tableOf } from "./report.ts"
import { measureRing, workers } from "./ring/ring.ts"

const ids: Readonly<Record<string, string>> = { ring: "C14", C14: "C14" }

const main = async (): Promise<void> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: "string", default: "7" },
      burst: { type: "string", default: "20000" },
      json: { type: "boolean", default: false }
    }
  })
  const id = ids[positionals[0] ?? ""]
  const rounds = Number(values.rounds)
  const burst = Number(values.burst)
  if (id === undefined || !Number.isInteger(rounds) || rounds < 1 || !Number.isInteger(burst) || burst < 1) {
    console.error(`npm run bench -- <${Object.keys(ids).join("|")}> [--rounds n] [--burst n] [--json]`)
    process.exitCode = 2
    return
  }
  const model = cpus()[0]?.model ?? "unknown processor"
  console.log(`${cpus().length} × ${model}, Node ${process.versions.node}; ${workers} workers, ${rounds} rounds\n`)
  const onRound = (round: number) => process.stderr.write(`round ${round} of ${rounds}\n`)
  const measured = await measureRing({ rounds, burst, onRound })
  console.log(tableOf(measured))
  if (values.json) console.log(JSON.stringify(reportOf(id, measured)))
}

await main()
