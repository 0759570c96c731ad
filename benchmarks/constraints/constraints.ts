import type { Benchmark, Options, Outcome } from "../benchmark.ts"
import { stopWithin } from "../pools/pool.ts"
import { betweenTurns } from "../pools/turns.ts"
import type { Measured } from "../report.ts"
import { judge, type Target } from "../targets.ts"
import { type Keeper, keepers } from "./contenders.ts"
import { boundOf, type Ran, supply, type Task, traceOf } from "./trace.ts"
import { type Violations, Watch } from "./watch.ts"

const threads = 4
const stopping = 5_000

const makespanRow = "makespan / bound"
const violationRows: ReadonlyArray<readonly [string, keyof Violations]> = [
  ["memory violations", "memory"],
  ["accelerator violations", "accelerators"],
  ["key violations", "keys"]
]

const tookOf = (result: unknown, { number }: Task): number => {
  const told: unknown = typeof result === "object" && result !== null ? Reflect.get(result, "number") : undefined
  const took: unknown = typeof result === "object" && result !== null ? Reflect.get(result, "took") : undefined
  if (told !== number || typeof took !== "number") throw new Error(`task ${number} was not run`)
  return took
}

/** All tasks at once, under the eyes of a watch. */
const measure = async ({ start }: Keeper, trace: ReadonlyArray<Task>) => {
  const watch = new Watch()
  const kept = await start(threads)
  try {
    // Threads load what they run before the first is counted.
    const warm = { number: -1, ms: 1, memory: 0, accelerators: 0, key: -1, cells: watch.cells }
    await Promise.all(Array.from({ length: threads * supply.slots }, () => kept.run(warm)))
    const begun = performance.now()
    const ran = await Promise.all(
      trace.map(
        async (task): Promise<Ran> => ({
          task,
          took: tookOf(await kept.run({ ...task, cells: watch.cells }), task)
        })
      )
    )
    return { ratio: (performance.now() - begun) / boundOf(ran, threads), violations: watch.violations }
  } finally {
    await stopWithin(kept, stopping)
  }
}

const targetsOf = (measured: ReadonlyArray<Measured>): ReadonlyArray<Target> => {
  const { atMost, againstBest } = judge(measured)
  return [
    ...violationRows.map(([row]) => atMost(`no ${row}`, row, 0)),
    atMost("≤ 1.10 × the bound", makespanRow, 1.1),
    againstBest("below a balancer written by hand", makespanRow, ["piscina by hand"], 1)
  ]
}

/**
 * Timed waits that hold memory, accelerators and keys, on four threads, all submitted at once. Whether a limit is broken
 * is counted by the tasks themselves. Each run is a pool started anew; contenders in turn.
 */
const measureConstraints = async ({ rounds = 10, quick, only, onProgress }: Options): Promise<Outcome> => {
  const counted = quick ? Math.min(rounds, 1) : rounds
  const tasks = quick ? 200 : 1_500
  const entrants = keepers.filter(({ name }) => only?.includes(name) ?? true)
  const figuresOf = () => new Map(entrants.map(({ name }): [string, Array<number>] => [name, []]))
  const makespans = figuresOf()
  const broken = new Map(violationRows.map(([row]) => [row, figuresOf()]))
  for (let round = 1; round <= counted; round += 1) {
    const trace = traceOf(round, tasks)
    for (let turn = 0; turn < entrants.length; turn += 1) {
      const entrant = entrants[(round + turn) % entrants.length]
      if (entrant === undefined) continue
      await betweenTurns()
      const { ratio, violations } = await measure(entrant, trace)
      makespans.get(entrant.name)?.push(ratio)
      for (const [row, kind] of violationRows) broken.get(row)?.get(entrant.name)?.push(violations[kind])
    }
    onProgress(`run ${round} of ${counted}`)
  }
  const measured: ReadonlyArray<Measured> = [
    { row: makespanRow, unit: "", more: false, rounds: makespans },
    ...violationRows.map(([row]) => ({ row, unit: "", more: false, rounds: broken.get(row) ?? figuresOf() }))
  ]
  return {
    measured,
    targets: targetsOf(measured),
    notes: [
      `${counted} runs of ${tasks.toLocaleString("en")} tasks, the same in a run for everyone, on ${threads} threads with ${supply.memory} units of memory, ${supply.accelerators} accelerators and ${supply.slots} slots each`,
      "the bound counts every limit: slots, memory, accelerators, the tasks of one key one after the other, the longest task; durations are those measured in the run",
      "a contender that breaks limits does other work: its time is no comparison",
      ...entrants.map(({ name, note }) => `${name}: ${note}`)
    ]
  }
}

export const constraints: Benchmark = {
  id: "C20",
  name: "constraints",
  usage: "[--rounds n] [--only contender,contender] [--quick]",
  run: measureConstraints
}
