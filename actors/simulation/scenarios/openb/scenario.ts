import { fragmentationAware, type Strategy } from "../../../../src/placement/index.ts"
import type { StrategyMaker } from "../../definition.ts"
import {
  noTraceFolder,
  type OpenbResult,
  type OpenbTrace,
  openbMixes,
  readOpenb,
  readOpenbResults,
  traceFolder
} from "../../traces/index.ts"
import type { RecordedTask } from "../../workload/index.ts"
import type { Contender, Gauge, Part, Row, Scenario, ScenarioWorld } from "../scenario.ts"
import { openbTasks } from "./arrivals.ts"
import { bestFit } from "./best-fit.ts"
import { openbWorkers } from "./cluster.ts"
import { fgd } from "./fgd.ts"
import { firstFit } from "./first-fit.ts"
import { plainFgd } from "./plain-fgd.ts"
import { random } from "./random.ts"
import { decisionsPerSecond } from "./speed.ts"

/** Shares of the GPUs that the pods which have arrived ask for: when it is looked. */
const points = [1, 1.3] as const

const percent = (point: number): number => Math.round(100 * point)

/** Shares of demand are quotients. */
const rounding = 1e-9

/** Milliseconds: when the first pod arrives, how long until the next, and how long one waits for room. */
const start = 1_000
const spacing = 1
const queueTimeout = 0.5

/** No pod ever leaves. */
const work = 1e12

const worldOf = (trace: OpenbTrace, seed: number): ScenarioWorld => {
  const tasks = Array.from(
    openbTasks(trace, String(seed), Math.max(...points)),
    ({ options }, index): RecordedTask => ({ at: start + index * spacing, work, options: { ...options, queueTimeout } })
  )
  return {
    workers: openbWorkers(trace.nodes),
    workload: { arrivals: { type: "replay", tasks }, kinds: [] },
    options: { heartbeatInterval: "1 hour", adaptation: { features: { taskMigration: false } } },
    until: start + tasks.length * spacing
  }
}

/** The share of all GPUs that no pod holds, in percent, once those that ask for so much have arrived; by that percentage. */
const unallocatedGauge = (trace: OpenbTrace, seed: number): Gauge => {
  const gpus = trace.nodes.reduce((sum, node) => sum + node.gpus, 0)
  const arrived = Array.from(openbTasks(trace, String(seed), Math.max(...points)), (task) => task.arrived)
  const marks = points.map((point) => ({
    percent: percent(point),
    until: start + spacing * (1 + arrived.findIndex((share) => share >= point - rounding)),
    held: 0
  }))
  // While the runtime stops it places once more what ran on the workers that went first.
  const placed = new Set<string>()
  return {
    onEvent: (event) => {
      if (event._tag !== "TaskPlaced" || placed.has(event.taskId)) return
      placed.add(event.taskId)
      for (const { share } of event.reservation.devices) {
        for (const mark of marks) if (event.at < mark.until) mark.held += share
      }
    },
    read: () => Object.fromEntries(marks.map((mark) => [mark.percent, 100 * (1 - mark.held / (1_000 * gpus))]))
  }
}

const by = (strategy: StrategyMaker): Contender => ({ runtime: { strategy } })

const rowName = (mix: string, point: number): string => `${mix} ${percent(point)}`

const rowOf = (mix: string, point: number): Row => ({
  row: rowName(mix, point),
  unit: "%",
  better: "less",
  figure: ({ readings }) => readings[percent(point)] ?? Number.NaN
})

/** What the rules are called in the published results, and here. */
const publishedRules = new Map([
  ["FGD", "fgd published"],
  ["BestFit", "best fit published"],
  ["Random", "random published"]
])

const publishedFor = (results: ReadonlyArray<OpenbResult>, mix: string, point: number) =>
  Object.fromEntries(
    results.flatMap((result) => {
      const name = publishedRules.get(result.rule)
      const isMeant = name !== undefined && result.mix === mix && result.arrived === percent(point)
      return isMeant ? [[name, result.unallocated]] : []
    })
  )

/** One mix of pods. It is read when the first seed asks for it. */
export const openbPart = (mix: string, read: () => OpenbTrace, results: ReadonlyArray<OpenbResult> = []): Part => {
  let known: OpenbTrace | undefined
  const trace = (): OpenbTrace => {
    known ??= read()
    return known
  }
  return {
    world: (seed) => worldOf(trace(), seed),
    contenders: {
      ballast: by(() => fragmentationAware()),
      "first fit": by(firstFit),
      "best fit": by(bestFit),
      fgd: by(() => fgd(trace().pods)),
      random: by(random)
    },
    rows: points.map((point) => rowOf(mix, point)),
    published: Object.fromEntries(points.map((point) => [rowName(mix, point), publishedFor(results, mix, point)])),
    gauge: (seed) => unallocatedGauge(trace(), seed)
  }
}

/** The mix that speed is measured with. */
const mixForSpeed = "default"

const speedRow = "decisions per second"

/** Nothing happens in it: who decides is measured by the clock. */
const idleWorld: ScenarioWorld = { workers: 1, workload: { arrivals: { type: "replay", tasks: [] }, kinds: [] } }

/** How many decisions a second, with one mix of pods: filter, score, reserve, commit, and nothing of the runtime around them. */
export const speedPart = (read: () => OpenbTrace): Part => {
  let known: OpenbTrace | undefined
  const measured = (make: (trace: OpenbTrace) => Strategy): Contender => ({
    readings: (seed) => {
      known ??= read()
      const trace = known
      return { [speedRow]: decisionsPerSecond(trace, () => make(trace), String(seed)) }
    }
  })
  return {
    world: idleWorld,
    contenders: {
      ballast: measured(() => fragmentationAware()),
      "first fit": measured(firstFit),
      "best fit": measured(bestFit),
      fgd: measured(({ pods }) => fgd(pods)),
      "plain fgd": measured(({ pods }) => plainFgd(pods))
    },
    rows: [
      {
        row: speedRow,
        unit: "",
        better: "more",
        figure: ({ readings }) => readings[speedRow] ?? Number.NaN
      }
    ]
  }
}

let parts: ReadonlyArray<Part> | undefined

const partsIn = (folder: string | undefined): ReadonlyArray<Part> => {
  if (folder === undefined) return []
  const results = readOpenbResults(folder)
  const mixes = openbMixes(folder)
  const [first] = mixes
  if (first === undefined) return []
  const forSpeed = mixes.includes(mixForSpeed) ? mixForSpeed : first
  return [
    // First, while there is little else in memory.
    speedPart(() => readOpenb(folder, forSpeed)),
    ...mixes.map((mix) => openbPart(mix, () => readOpenb(folder, mix), results))
  ]
}

/** What is not here, where it was looked for, and what to do. */
const missingFrom = (folder: string | undefined): string =>
  `All rows are left out, for want of the trace openb (Alibaba's cluster-trace-gpu-v2023): ${folder === undefined ? noTraceFolder() : `it is not in ${folder}`}.`

/** How full a cluster of GPUs can be made when nothing that was placed is ever moved. */
export const c11 = {
  id: "C11",
  title: "packing",
  targets: {
    "default 100": "below FGD as published, on most of the mixes",
    [speedRow]: "50 times plain fgd, and 25,000"
  },
  scene:
    "Alibaba's cluster of 1,213 nodes with 6,212 GPUs, empty. Pods of its trace arrive one by one, in an order of the seed's, until they ask for 130 % of the GPUs; one that fits nowhere when it arrives is dropped, and none ever leaves. They ask for cores, memory, and several GPUs or a share of one, some of certain models. There are several mixes of pods.",
  metric:
    "share of all GPUs that no pod holds, once the pods that have arrived ask for 100 and for 130 % of them; decisions a second, each with filter, score, reservation and commit on the devices named",
  gamed:
    "by moving or ending pods: none is. By a rule that was tuned to one mix: there are several, each with its rows.",
  seeds: 10,
  /** The trace is looked for when the parts are first asked for. */
  get parts(): ReadonlyArray<Part> {
    parts ??= partsIn(traceFolder())
    return parts
  },
  get missing(): ReadonlyArray<string> {
    return this.parts.length === 0 ? [missingFrom(traceFolder())] : []
  },
  notes: [
    "Published figures (Weng et al., USENIX ATC '23) are medians of ten seeds of another generator: medians can be compared, seeds cannot.",
    "Of equals best fit, first fit and FGD take the node whose name is the lowest, as was published; with random ties FGD is 5 points worse on the default mix. First fit was not published. Ballast is fragmentation_aware, with its usual options: of equals it takes the one that joined first, which is the lowest name here, and it learns what is popular from the pods it has placed.",
    "Decisions a second are by the clock of this machine, with the default mix, outside of the simulated runtime: every contender does the same work on the same pods. Plain fgd judges every node at every decision and remembers how fragmented a node is in a given state; fgd remembers its verdicts, too, by state and shape of pod.",
    "Nothing is moved here: unallocated GPUs against moves are not measured.",
    "Random takes any GPU of the node it takes, FGD the one on which fragmentation grows least; the others leave it to the ledger, which takes the one with just enough left."
  ]
} satisfies Scenario
