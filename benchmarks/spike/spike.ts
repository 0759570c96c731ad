import type { Benchmark, Options, Outcome } from "../benchmark.ts"
import { betweenTurns } from "../pools/turns.ts"
import type { Measured } from "../report.ts"
import { judge, type Target } from "../targets.ts"
import { balanced, checkInterval, type Ran, runSpike } from "./run.ts"
import { meanWork, struck, type Timeline, times, traceOf } from "./trace.ts"

const second = 1_000

/** The spike lasts 20 s; the slow worker is slow, and the killed one dies, within it. */
const whole: Timeline = {
  spike: { from: 5 * second, until: 25 * second },
  throttle: { from: 12 * second, until: 18 * second, times: 3 },
  kill: 15 * second,
  end: 45 * second
}

/** A tenth of all times. */
const small: Timeline = {
  spike: { from: 0.5 * second, until: 2.5 * second },
  throttle: { from: 1.2 * second, until: 1.8 * second, times: 3 },
  kill: 1.5 * second,
  end: 4.5 * second
}

interface Row {
  readonly row: string
  readonly unit: string
  readonly figure: (ran: Ran, longest: number) => number
}

const rebalanceRow = "seconds to rebalance"
const p99Row = "p99 sojourn"

const rows: ReadonlyArray<Row> = [
  { row: rebalanceRow, unit: "s", figure: ({ rebalanced }, longest) => rebalanced ?? longest },
  { row: p99Row, unit: "s", figure: ({ p99 }) => p99 },
  { row: "seconds until the spike is done", unit: "s", figure: ({ drained }) => drained },
  { row: "moves", unit: "", figure: ({ moves }) => moves },
  { row: "work done twice", unit: "s", figure: ({ again }) => again },
  { row: "lost", unit: "", figure: ({ lost }) => lost },
  { row: "finished twice", unit: "", figure: ({ twice }) => twice }
]

/** Who adapts, and who does not. */
const entrants = [
  { name: "ballast", adapts: true },
  { name: "adaptation off", adapts: false }
] as const

const targetsOf = (measured: ReadonlyArray<Measured>): ReadonlyArray<Target> => {
  const { atMost, againstBest } = judge(measured)
  return [
    atMost("nothing lost", "lost", 0),
    atMost("nothing finished twice", "finished twice", 0),
    againstBest("balanced sooner than without adaptation", rebalanceRow, ["adaptation off"], 1),
    againstBest("p99 no worse than without adaptation", p99Row, ["adaptation off"], 1)
  ]
}

const patience = 60 * second

/**
 * Real threads, each task bound to its own until it is moved: three of four get five times the work for 20 s, one is
 * slowed down meanwhile and one is killed. With adaptation and without in turn, the same tasks for both in a round.
 */
const measureSpike = async ({ rounds = 3, quick, only, onProgress }: Options): Promise<Outcome> => {
  const counted = quick ? Math.min(rounds, 1) : rounds
  const timeline = quick ? small : whole
  const longest = (timeline.end - timeline.spike.until + patience) / second
  const racing = entrants.filter(({ name }) => only?.includes(name) ?? true)
  const figures = rows.map(() => new Map<string, Array<number>>(racing.map(({ name }) => [name, []])))
  let harmed = 0
  let tasksRun = 0
  for (let round = 1; round <= counted; round += 1) {
    const tasks = traceOf(round, timeline)
    for (let turn = 0; turn < racing.length; turn += 1) {
      const entrant = racing[(round + turn) % racing.length]
      if (entrant === undefined) continue
      await betweenTurns()
      const ran = await runSpike({ tasks, timeline, adapts: entrant.adapts, patience })
      tasksRun += tasks.length
      harmed += ran.lost + ran.twice
      for (const [index, { figure }] of rows.entries()) figures[index]?.get(entrant.name)?.push(figure(ran, longest))
      const { rebalanced = longest, p99, moves } = ran
      onProgress(
        `round ${round} of ${counted}, ${entrant.name}: balanced after ${rebalanced.toFixed(1)} s, p99 ${p99.toFixed(1)} s, ${moves} moves, ${ran.lost} lost`
      )
    }
  }
  const measured = rows.map(({ row, unit }, index) => ({
    row,
    unit,
    more: false,
    rounds: figures[index] ?? new Map<string, ReadonlyArray<number>>()
  }))
  const seconds = (ms: number): string => `${ms / second} s`
  const { spike, throttle, kill } = timeline
  return {
    measured,
    targets: targetsOf(measured),
    notes: [
      `${counted} rounds, ${tasksRun} tasks in all, of ${meanWork / 2}–${1.5 * meanWork} ms, the same for both in a round; ${struck} of 4 threads get ${times} × the arrivals from ${seconds(spike.from)} to ${seconds(spike.until)}; c takes ${throttle.times} times as long from ${seconds(throttle.from)} to ${seconds(throttle.until)}; b is killed at ${seconds(kill)}`,
      `balanced: the largest backlog is at most ${balanced.within} s, the work of a mean task, above the mean of all four, and stays so for ${seconds(balanced.lasting)} (5 check intervals of ${seconds(checkInterval)}), counted from the end of the spike. A coefficient of variation of 10 % would ask for backlogs even to a fifth of a task`,
      "backlogs, work done twice and finishes are counted by the tasks themselves, in memory that all threads share",
      "every task begins at the thread it belongs to, shares it with whatever runs there, and saves its state every 20 ms; a slice of work is a timed wait that takes up its thread, and no core",
      "both have the same strategy, intervals and moves at a time; `adaptation off`: every feature switched off"
    ],
    ...(harmed > 0 && { failure: `${harmed} tasks were lost or finished twice` })
  }
}

export const spike: Benchmark = {
  id: "spike",
  name: "threads",
  usage: "[--rounds n] [--only contender,contender] [--quick]",
  run: measureSpike
}
