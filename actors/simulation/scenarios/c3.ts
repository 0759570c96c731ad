import { eligibleBound } from "../baselines/index.ts"
import type { TaskKind } from "../workload/index.ts"
import type { SimulatedWorker } from "../world/worker-traits.ts"
import { commonBaselines } from "./common-baselines.ts"
import { ofAll } from "./completion-rows.ts"
import type { MaterialWorld, Part, Row, Scenario } from "./scenario.ts"

/** What can run where differs, and what only slow ones can run is as much as they can do. */
const workers: ReadonlyArray<SimulatedWorker> = [
  { id: "plain", speed: 1, capacity: { memory: 4 } },
  { id: "near", speed: 1, capacity: { memory: 4 }, capabilities: { labels: { zone: "data" } } },
  { id: "near-2", speed: 2, capacity: { memory: 8 }, capabilities: { labels: { zone: "data" } } },
  { id: "accelerated-4", speed: 4, capacity: { memory: 16, accelerators: { cuda: 1 } } },
  { id: "accelerated-10", speed: 10, capacity: { memory: 64, accelerators: { cuda: 1 } } }
]

const work = { type: "lognormal", mean: 1_000, sigma: 1 } as const

const kinds: ReadonlyArray<TaskKind> = [
  { type: "anywhere", share: 48, work },
  { type: "large", share: 20, work, options: { requires: { memory: 6 } } },
  { type: "near-data", share: 17, work, options: { requires: { labels: { zone: "data" } } } },
  { type: "accelerated", share: 15, work, options: { requires: { accelerators: { cuda: 1 } } } }
]

const speedOf = ({ servers }: MaterialWorld): number =>
  servers.reduce((sum, { speed, slots }) => sum + (typeof speed === "number" ? speed * slots : 0), 0)

const usefulShare = (row: string): Row => ({
  row,
  unit: "%",
  better: "more",
  figure: (measurement, _world, material) =>
    (100 * measurement.usefulMs) / (speedOf(material()) * ofAll(measurement, measurement.makespan))
})

/** Were the work cut at will, each task still only where it can run. */
const boundShare = (material: MaterialWorld): number => {
  const work = material.tasks.reduce((sum, task) => sum + task.work, 0)
  return (100 * work) / (speedOf(material) * eligibleBound(material.tasks, material.servers))
}

const part = (row: string, kindsOfTasks: ReadonlyArray<TaskKind>, contenders: Part["contenders"]): Part => ({
  world: { workers, workload: { arrivals: { type: "batch", tasks: 2_000 }, kinds: kindsOfTasks } },
  contenders,
  rows: [usefulShare(row)],
  bounds: { [row]: { "lower bound": boundShare } }
})

/** How much of unequal workers is put to use when not everything can run everywhere. */
export const c3 = {
  id: "C3",
  title: "mixed workers",
  scene:
    "2,000 tasks are there at once, lognormal (mean 1 s, σ 1), for five workers of speed 1, 1, 2, 4 and 10 with one slot each. 48 % of the tasks run anywhere, 20 % need 6 GiB (speeds 2, 4, 10), 17 % a label (one of speed 1, and speed 2, which is as much as the two can do), 15 % an accelerator (4, 10).",
  metric: "useful work ÷ (the workers' speed in sum × the time to the last end)",
  gamed:
    "by counting work that was done twice or thrown away: only what completed tasks took counts. By an open stream, in which utilisation is the offered load: here all is there at 0.",
  seeds: 30,
  parts: [
    part("useful share of capacity", kinds, { ballast: { runtime: {} }, ...commonBaselines }),
    part(
      "useful share of capacity, durations declared",
      kinds.map((kind) => ({ ...kind, declared: { error: 0.3 } })),
      { ballast: { runtime: {} } }
    )
  ],
  targets: { "useful share of capacity": "at least 95 % of the lower bound's share" },
  notes: [
    "Ballast is told neither how fast the workers are nor how long the tasks take, which is what a user has; in the second row tasks declare their duration ± 30 %. Weighted round robin is given the true speeds.",
    "The lower bound's share is that of a schedule that may cut tasks at will, each still only where it can run."
  ]
} satisfies Scenario
