import { simulate, type Workload } from "../../actors/simulation/index.ts"
import type { Benchmark, Options, Outcome } from "../benchmark.ts"
import type { Measured } from "../report.ts"
import { judge } from "../targets.ts"

const workers = 1_000
const service = 100

/** Four fifths of what the workers can do. */
const open = (tasks: number): Workload => ({
  arrivals: { type: "poisson", perSecond: (0.8 * workers * 1_000) / service, tasks },
  kinds: [{ work: { type: "exponential", mean: service } }]
})

/** Two clients for each worker: all of them are busy all the time, and as many tasks wait. */
const closed = (tasks: number): Workload => ({
  arrivals: { type: "closed", clients: 2 * workers, tasks },
  kinds: [{ work: { type: "exponential", mean: service } }]
})

interface Cost {
  readonly seconds: number
  readonly eventsPerSecond: number
  readonly microsPerEvent: number
}

/** What a simulation costs of this process's time, all its threads together: so that one core must do. */
const costOf = async (workload: Workload, tasks: number, seed: number): Promise<Cost> => {
  const before = process.cpuUsage()
  const started = performance.now()
  const { ends, events } = await simulate({ seed, workers, workload, options: { maxQueue: 10_000 } })
  const wall = (performance.now() - started) / 1_000
  const { user, system } = process.cpuUsage(before)
  if (ends.completed !== tasks) throw new Error(`${ends.completed} of ${tasks} tasks were completed`)
  const seconds = Math.max(wall, (user + system) / 1e6)
  return { seconds, eventsPerSecond: events / seconds, microsPerEvent: (seconds * 1e6) / events }
}

const measureSimulator = async ({ rounds = 3, quick, onProgress }: Options): Promise<Outcome> => {
  const counted = quick ? 1 : rounds
  const tasks = quick ? 10_000 : 1_000_000
  const costs: Readonly<Record<"open" | "closed", Array<Cost>>> = { open: [], closed: [] }
  for (let round = 1; round <= counted; round += 1) {
    onProgress(`round ${round} of ${counted}`)
    costs.open.push(await costOf(open(tasks), tasks, round))
    costs.closed.push(await costOf(closed(tasks), tasks, round))
  }
  const rows = (name: "open" | "closed"): ReadonlyArray<Measured> => {
    const row = (what: string, unit: string, more: boolean, figure: (cost: Cost) => number): Measured => ({
      row: `${what}, ${name}`,
      unit,
      more,
      rounds: new Map([["ballast", costs[name].map(figure)]])
    })
    return [
      row("a million tasks", "s", false, ({ seconds }) => (seconds * 1_000_000) / tasks),
      row("events a second", "", true, ({ eventsPerSecond }) => eventsPerSecond),
      row("an event", "µs", false, ({ microsPerEvent }) => microsPerEvent)
    ]
  }
  const measured = [...rows("open"), ...rows("closed")]
  const { atMost } = judge(measured)
  return {
    measured,
    targets: [
      atMost("a million tasks on 1,000 workers in under a minute of one core, open", "a million tasks, open", 60),
      atMost("the same with every worker busy and as many tasks waiting", "a million tasks, closed", 60)
    ],
    notes: [
      "seconds are the greater of wall time and processor time of all threads: what one core would take",
      "open: Poisson at 80 % load; closed: two clients a worker; exponential tasks of 100 ms; the default strategy and options"
    ]
  }
}

export const simulator: Benchmark = {
  id: "T3",
  name: "simulator",
  usage: "[--rounds n] [--quick]",
  run: measureSimulator
}
