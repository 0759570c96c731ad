import type { Benchmark, Options, Outcome } from "../benchmark.ts"
import { ballast } from "../pools/ballast.ts"
import { centralQueue } from "../pools/bare.ts"
import { forLongTasks } from "../pools/libraries.ts"
import { type Contender, type Pool, stopWithin } from "../pools/pool.ts"
import { betweenTurns } from "../pools/turns.ts"
import type { Measured } from "../report.ts"
import { judge, type Target } from "../targets.ts"
import { makespanOverBound, openP99, type Threads, threadsOf } from "./runs.ts"
import { type Task, traceOf } from "./trace.ts"

const count = 4
const slowdown = 4
/** In threads: what all of them do in the time of an ordinary one. */
const capacity = count - 1 + 1 / slowdown
const load = 0.7

type Measure = (pool: Pool, trace: ReadonlyArray<Task>, threads: Threads, declared: boolean) => Promise<number>

interface Row {
  readonly row: string
  readonly unit: string
  readonly declared: boolean
  readonly measure: Measure
}

const declaredRow = "makespan / bound"
const unknownRow = "makespan / bound, unknown"
const openRow = "open p99 ms"

const allRows: ReadonlyArray<Row> = [
  { row: declaredRow, unit: "", declared: true, measure: makespanOverBound },
  { row: unknownRow, unit: "", declared: false, measure: makespanOverBound },
  { row: openRow, unit: "ms", declared: false, measure: openP99 }
]

interface Entrant extends Contender {
  /** Whether it declares what it knows also where the row does not ask for it; stands in that row alone. */
  readonly declaresIn?: string
}

const entrantsOf = (strategy: string | undefined): ReadonlyArray<Entrant> => [
  ballast({ name: "ballast", strategy }),
  { ...ballast({ name: "ballast, durations declared", strategy }), declaresIn: openRow },
  ...forLongTasks,
  centralQueue
]

const peers = forLongTasks.map(({ name }) => name)

const targetsOf = (measured: ReadonlyArray<Measured>): ReadonlyArray<Target> => {
  const { atMost, againstBest } = judge(measured)
  return [
    atMost("≤ 1.05 × the bound, durations declared", declaredRow, 1.05),
    atMost("≤ 1.10 × the bound, unknown", unknownRow, 1.1),
    againstBest("below every peer, unknown", unknownRow, peers, 1),
    againstBest("open p99 below every peer", openRow, peers, 1)
  ]
}

const stopping = 5_000

/**
 * Waits of very unequal length on four threads, one of them four times slower; one task a thread. Each run is a pool
 * started anew, so that nobody knows the threads from before, and every contender has the same tasks in it; contenders
 * in turn, who begins changing from run to run. A thread is slow because the task says so: it carries the slow thread's
 * number, which is found by asking the started pool for its threads.
 */
const measureUneven = async ({ rounds = 10, quick, strategy, only, rows, onProgress }: Options): Promise<Outcome> => {
  const counted = quick ? Math.min(rounds, 1) : rounds
  const tasks = quick ? 60 : 1_000
  const wanted = allRows.filter(({ row }) => rows?.includes(row) ?? true)
  const entrants = entrantsOf(strategy).filter(({ name }) => only?.includes(name) ?? true)
  const measured = wanted.map(({ row, unit }) => ({
    row,
    unit,
    more: false,
    rounds: new Map<string, Array<number>>(
      entrants
        .filter(({ declaresIn = row }) => declaresIn === row)
        .map(({ name }): [string, Array<number>] => [name, []])
    )
  }))
  for (let round = 1; round <= counted; round += 1) {
    const trace = traceOf(round, tasks, capacity, load)
    for (const [index, { row, declared, measure }] of wanted.entries()) {
      for (let turn = 0; turn < entrants.length; turn += 1) {
        const entrant = entrants[(round + turn) % entrants.length]
        const figures = measured[index]?.rounds.get(entrant?.name ?? "")
        if (entrant === undefined || figures === undefined) continue
        await betweenTurns()
        const pool = await entrant.start({ handler: "wait", threads: count, queue: 2 * tasks })
        try {
          // Which one is slow differs from run to run: it is not always the first to be started.
          const slow = (await threadsOf(pool, count)).toSorted((a, b) => a - b)[round % count] ?? 0
          const says = declared || entrant.declaresIn === row
          figures.push(await measure(pool, trace, { count, slowdown, slow }, says))
        } finally {
          await stopWithin(pool, stopping)
        }
      }
    }
    onProgress(`run ${round} of ${counted}`)
  }
  return {
    measured,
    targets: targetsOf(measured),
    notes: [
      `${counted} runs of ${tasks.toLocaleString("en")} tasks, the same in a run for everyone; ${count} threads, one ${slowdown} times slower; arrivals at ${load} of ${capacity} threads`,
      "durations are declared give or take 30 %, to Ballast alone: the others take none; no contender is told which thread is slow",
      ...entrants.map(({ name, note }) => `${name}: ${note}`)
    ]
  }
}

export const uneven: Benchmark = {
  id: "C15",
  name: "uneven",
  usage: "[--rounds n] [--rows row,row] [--only contender,contender] [--strategy id] [--quick]",
  run: measureUneven
}
