/**
 * Measures Ballast against what would be used instead, in one run, alternating.
 *
 *   npm run bench -- ring [--rounds 7] [--burst 20000] [--json]
 *   npm run bench -- actors [--rounds 6] [--quick] [--rows "ask one,ping-pong"] [--only ballast,plain] [--peers .] [--json]
 *
 * Prints medians and ratios; with `--json` the last line is one JSON object.
 */
import { cpus, loadavg } from "node:os"
import { parseArgs } from "node:util"
import { measureActors } from "./actors/actors.ts"
import { isRow } from "./actors/rows.ts"
import { formatTargets, targetsOf } from "./actors/targets.ts"
import { contendersTableOf, type Measured, reportOf, tableOf } from "./report.ts"
import { measureRing, workers } from "./ring/ring.ts"

const ids: Readonly<Record<string, "C14" | "C17">> = { ring: "C14", C14: "C14", actors: "C17", C17: "C17" }

const usage = `npm run bench -- <id> [options] [--json]
  ring, C14     [--rounds n] [--burst n]
  actors, C17   [--rounds n] [--quick] [--rows a,b] [--only contender,contender] [--peers folder]`

const isCount = (value: number): boolean => Number.isInteger(value) && value >= 1

const ring = async (rounds: number, burst: number): Promise<ReadonlyArray<Measured>> => {
  console.log(`${workers} workers, ${rounds} rounds\n`)
  const onRound = (round: number) => process.stderr.write(`round ${round} of ${rounds}\n`)
  const measured = await measureRing({ rounds, burst, onRound })
  console.log(tableOf(measured))
  return measured
}

interface ActorsOptions {
  readonly rounds: number
  readonly quick: boolean
  readonly rows: string | undefined
  readonly only: string | undefined
  readonly peers: string
}

const actors = async ({ rounds, quick, rows, only, peers }: ActorsOptions): Promise<ReadonlyArray<Measured>> => {
  const ms = quick ? 40 : 100
  const roundsPerProcess = quick ? rounds : 2
  console.log(`${rounds} rounds of ${ms} ms; a process for each contender, row and ${roundsPerProcess} rounds\n`)
  const { measured, notes, without } = await measureActors({
    rounds,
    steadyRounds: Math.min(rounds, quick ? 2 : 3),
    ms,
    roundsPerProcess,
    peers,
    ...(rows === undefined ? {} : { rows: rows.split(",").filter(isRow) }),
    ...(only === undefined ? {} : { names: only.split(",") }),
    onRow: (row) => process.stderr.write(`${row}\n`)
  })
  console.log(contendersTableOf(measured))
  console.log(`\n${formatTargets(targetsOf(measured))}\n`)
  for (const [name, note] of notes) console.log(`- ${name}: ${note}`)
  for (const [why, group] of Map.groupBy(without, (one) => `${one.name}: ${one.why}`)) {
    console.log(`- without ${why} (${group.map(({ row }) => row).join(", ")})`)
  }
  return measured
}

const main = async (): Promise<void> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: "string" },
      burst: { type: "string", default: "20000" },
      quick: { type: "boolean", default: false },
      rows: { type: "string" },
      only: { type: "string" },
      peers: { type: "string", default: "." },
      json: { type: "boolean", default: false }
    }
  })
  const { quick, rows, only, peers } = values
  const id = ids[positionals[0] ?? ""]
  const rounds = Number(values.rounds ?? (id === "C14" ? 7 : quick ? 5 : 6))
  const burst = Number(values.burst)
  if (id === undefined || !isCount(rounds) || !isCount(burst)) {
    console.error(usage)
    process.exitCode = 2
    return
  }
  const model = cpus()[0]?.model ?? "unknown processor"
  console.log(`${cpus().length} × ${model}, Node ${process.versions.node}, load ${(loadavg()[0] ?? 0).toFixed(1)}`)
  const measured = id === "C14" ? await ring(rounds, burst) : await actors({ rounds, quick, rows, only, peers })
  if (values.json) console.log(JSON.stringify(reportOf(id, measured)))
}

await main()
