import type { Benchmark, Options, Outcome } from "../benchmark.ts"
import { measureActors } from "./actors.ts"
import { isRow } from "./rows.ts"
import { targetsOf } from "./targets.ts"

const run = async ({ rounds, quick, rows, only, peers, onProgress }: Options): Promise<Outcome> => {
  const counted = rounds ?? (quick ? 5 : 6)
  const ms = quick ? 40 : 100
  const roundsPerProcess = quick ? counted : 2
  const { measured, notes, without } = await measureActors({
    rounds: counted,
    steadyRounds: Math.min(counted, quick ? 2 : 3),
    ms,
    roundsPerProcess,
    peers,
    ...(rows === undefined ? {} : { rows: rows.filter(isRow) }),
    ...(only === undefined ? {} : { names: only }),
    onRow: onProgress
  })
  const missing = Map.groupBy(without, (one) => `${one.name}: ${one.why}`)
  return {
    measured,
    targets: targetsOf(measured),
    notes: [
      `${counted} rounds of ${ms} ms; a process for each contender, row and ${roundsPerProcess} rounds`,
      ...[...notes].map(([name, note]) => `${name}: ${note}`),
      ...[...missing].map(([why, group]) => `without ${why} (${group.map(({ row }) => row).join(", ")})`)
    ]
  }
}

export const actors: Benchmark = {
  id: "C17",
  name: "actors",
  usage: "[--rounds n] [--rows row,row] [--only contender,contender] [--peers folder] [--quick]",
  run
}
