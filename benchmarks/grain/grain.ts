import { availableParallelism } from "node:os"
import type { Benchmark, Options, Outcome } from "../benchmark.ts"
import { ballast } from "../pools/ballast.ts"
import { bare, bareBatched } from "../pools/bare.ts"
import { manyAtOnce } from "../pools/libraries.ts"
import { type Contender, concurrent, type Pool, stopWithin } from "../pools/pool.ts"
import { betweenTurns } from "../pools/turns.ts"
import type { Measured } from "../report.ts"
import { judge } from "../targets.ts"
import { type Bisection, bisection } from "./bisection.ts"
import { calibrate, efficiencyAt, type Load } from "./efficiency.ts"

/** One core is the caller's. */
const threads = Math.max(1, availableParallelism() - 1)

const contenders = (strategy: string | undefined): ReadonlyArray<Contender> => [
  ballast({ name: "ballast", concurrent, strategy }),
  ballast({ name: "ballast 1 a worker", strategy }),
  ...manyAtOnce,
  bare,
  bareBatched
]

/** The efficiency looked for. */
const half = 0.5

/** Task sizes looked at, in µs. */
const smallest = 0.5
const largest = 1_000

const stopping = 5_000

interface Standing {
  readonly name: string
  readonly pool: Pool
}

/** The better of two measurements: what else goes on in the machine can only take away. */
const bestEfficiency = async (pool: Pool, size: number, load: Load): Promise<number> =>
  Math.max(await efficiencyAt(pool, size, load), await efficiencyAt(pool, size, load))

/**
 * The task size at which half of the threads' time goes into the tasks, found by bisection for each contender; the
 * contenders take their steps in turn, in one process. Before each round a step of the loop is timed anew on bare
 * threads, all of them computing. A first round warms up and is not counted.
 */
const measureGrain = async ({ rounds = 5, quick, strategy, only, onProgress }: Options): Promise<Outcome> => {
  const counted = quick ? Math.min(rounds, 1) : rounds
  const ms = quick ? 4 : 40
  const ratio = quick ? 4 : 1.1
  const window = quick ? 64 : 1_024
  const entrants = contenders(strategy).filter(({ name }) => only?.includes(name) ?? true)
  const pools: Array<Standing> = []
  const figures = new Map<string, Array<number>>()
  const steps: Array<number> = []
  const calibrator = await bare.start({ handler: "timeOfStep", threads, queue: threads })
  try {
    for (const { name, start } of entrants) {
      pools.push({ name, pool: await start({ handler: "spin", threads, queue: 10_000 }) })
      figures.set(name, [])
    }
    for (let round = 0; round <= counted; round += 1) {
      steps.push(await calibrate(calibrator, threads))
      const step = Math.min(...steps)
      const searches = new Map<string, Bisection>()
      for (const { name } of pools) searches.set(name, bisection(smallest, largest, ratio))
      for (let looking = true; looking; ) {
        looking = false
        for (let turn = 0; turn < pools.length; turn += 1) {
          const standing = pools[(round + turn) % pools.length]
          const search = standing === undefined ? undefined : searches.get(standing.name)
          const size = search?.next()
          if (standing === undefined || search === undefined || size === undefined) continue
          looking = true
          await betweenTurns()
          search.tell(size, (await bestEfficiency(standing.pool, size, { threads, window, step, ms })) >= half)
        }
      }
      if (round > 0) for (const [name, search] of searches) figures.get(name)?.push(search.found())
      onProgress(`round ${round} of ${counted}`)
    }
  } finally {
    await Promise.all([calibrator, ...pools.map(({ pool }) => pool)].map((pool) => stopWithin(pool, stopping)))
  }
  const measured: ReadonlyArray<Measured> = [{ row: "smallest task µs", unit: "µs", more: false, rounds: figures }]
  const nowhere = [...figures].map(([name, found]) => ({
    name,
    times: found.filter((size) => size === largest).length
  }))
  const { atMost } = judge(measured)
  return {
    measured,
    targets: [atMost("≤ 50 µs", "smallest task µs", 50)],
    notes: [
      `${threads} threads a contender, ${counted} rounds after a warm-up; window ${window.toLocaleString("en")}; a step of the loop: ${steps.map((step) => step.toFixed(2)).join(", ")} ns`,
      ...entrants.map(({ name, note }) => `${name}: ${note}`),
      ...nowhere
        .filter(({ times }) => times > 0)
        .map(
          ({ name, times }) =>
            `${name}: in ${times} rounds no size up to ${largest} µs was enough; is the machine free?`
        )
    ]
  }
}

export const grain: Benchmark = {
  id: "C8",
  name: "grain",
  usage: "[--rounds n] [--only contender,contender] [--strategy id] [--quick]",
  run: measureGrain
}
