import { noTraceFolder, type PlanetlabDay, planetlabDays, readPlanetlab, traceFolder } from "../../traces/index.ts"
import type { Contender, Part, Row, Scenario, ScenarioWorld } from "../scenario.ts"
import { never, reactive } from "./reactive.ts"
import { relieved } from "./relieved.ts"
import { type HostingPolicy, hostFor, type VirtualMachines, virtualMachinesOf } from "./virtual-machines.ts"

const size = { cores: 2, peak: 0.7 }

/** Each day is taken in so many orders that there are at least so many seeds. */
const fewestSeeds = 30

/** Nothing happens in it: the machines are no tasks that begin and end. */
const idleWorld: ScenarioWorld = { workers: 1, workload: { arrivals: { type: "replay", tasks: [] }, kinds: [] } }

/** A day, and the order of its machines: 0 as in the file. */
interface Case {
  readonly day: string
  readonly order: number
}

/** All days in the first order, then all in the next. */
const casesOf = (days: ReadonlyArray<string>): ReadonlyArray<Case> =>
  Array.from({ length: Math.ceil(fewestSeeds / Math.max(1, days.length)) }, (_, order) =>
    days.map((day) => ({ day, order }))
  ).flat()

const rowOf = (row: string): Row => ({
  row,
  unit: "",
  better: "less",
  summary: "mean",
  figure: ({ readings }) => readings[row] ?? Number.NaN
})

const partOf = (cases: ReadonlyArray<Case>, read: (day: string) => PlanetlabDay): Part => {
  let latest: { readonly seed: number; readonly machines: VirtualMachines } | undefined
  const machinesOf = (seed: number): VirtualMachines => {
    if (latest?.seed === seed) return latest.machines
    const { day, order } = cases[(seed - 1) % cases.length] ?? { day: "", order: 0 }
    const machines = virtualMachinesOf(read(day), size, order)
    latest = { seed, machines }
    return machines
  }
  const under = (make: () => HostingPolicy): Contender => ({
    readings: (seed) => {
      const { overloadedDemand, movesPerMachine } = hostFor(machinesOf(seed), make())
      return { "overloaded demand %": overloadedDemand, "moves per vm-day": movesPerMachine }
    }
  })
  return {
    world: idleWorld,
    contenders: {
      ballast: under(() => relieved()),
      "reactive 90": under(() => reactive(0.9)),
      "perfect forecast": under(() => reactive(0.9, 1)),
      never: under(() => never)
    },
    rows: [rowOf("overloaded demand %"), rowOf("moves per vm-day")],
    worlds: () => cases.length
  }
}

let known: { readonly cases: ReadonlyArray<Case>; readonly parts: ReadonlyArray<Part> } | undefined

/** The traces are looked for when they are first asked for. */
const found = () => {
  if (known !== undefined) return known
  const folder = traceFolder()
  const days = folder === undefined ? [] : planetlabDays(folder)
  const cases = days.length === 0 ? [] : casesOf(days)
  const parts = folder === undefined || days.length === 0 ? [] : [partOf(cases, (day) => readPlanetlab(folder, day))]
  known = { cases, parts }
  return known
}

/** Tasks without an end whose use varies, on workers that cannot hold the peaks of all: which are moved, and how often. */
export const c18 = {
  id: "C18",
  title: "migration on real load",
  scene:
    "900 to 1,500 virtual machines of PlanetLab share hosts of two cores for a day, just as many that at the peak of their sum 70 % of all is used. At first the largest of the first sample goes to the host with the least on it, and so on. Every five minutes a policy that knows all samples so far moves machines, then the next sample comes. Each seed is another day, or the same with its machines in another order, by which equals are told apart.",
  metric: "demand above what its host has ÷ all demand, in percent; moves ÷ machines; means over the seeds",
  gamed:
    "by more moves, which is why both rows stand: moves cost nothing here. By hosts of 16 cores, where nothing is left to gain.",
  get seeds(): number {
    return Math.max(1, found().cases.length)
  },
  get parts(): ReadonlyArray<Part> {
    return found().parts
  },
  get missing(): ReadonlyArray<string> {
    if (found().parts.length > 0) return []
    const folder = traceFolder()
    const where = folder === undefined ? noTraceFolder() : `they are not in ${folder}`
    return [`All rows are left out, for want of the days of PlanetLab (as shipped with CloudSim): ${where}.`]
  },
  targets: {
    "overloaded demand %": "at most half of reactive 90",
    "moves per vm-day": "no more than reactive 90"
  },
  notes: [
    "`reactive 90`: hosts above 90 % of the latest sample are emptied to 90 %, the fullest first, by the smallest machine that is enough, to the host with the least on it. `perfect forecast`: the same with the sample that is to come. `never`: nothing is moved. In the order of the file all three give, to the last digit, the figures that stand beside the traces.",
    "Ballast is what its runtime decides for tasks without a known end, with each machine as a task and each host as a worker, without a bound on moves at a time: they take none here.",
    "Defaults were chosen on four of the seven public days: 3, 9 and 25 March and 9 April 2011."
  ]
} satisfies Scenario
