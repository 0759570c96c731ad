import { type Machine, namesIn, textOf } from "./machine.ts"
import { Unavailable } from "./probe.ts"

/** A running average power limit domain, of Intel's and AMD's processors: a counter of energy. */
export interface EnergyCounter {
  /** The folder under `/sys/class/powercap`, such as `intel-rapl:0`. */
  readonly id: string
  /** Such as `package-0`, `dram`. */
  readonly name: string
  /** Microjoules; it starts again at 0 beyond `range`. */
  readonly microjoules: number
  readonly range: number
}

/** The microjoules between two readings of a counter, which may have come round once meanwhile; never below 0. */
export const microjoulesBetween = (before: EnergyCounter, after: EnergyCounter): number => {
  const passed = after.microjoules - before.microjoules
  return Math.max(0, passed >= 0 ? passed : passed + after.range)
}

/** Packages, and the memory beside them: whatever else there is lies within a package, or has all of them within it. */
const isWhole = ({ id, name }: EnergyCounter): boolean =>
  name === "dram" || (id.split(":").length === 2 && name !== "psys")

/** Joules between two readings, of packages and memory; `undefined` where no counter stands in both. */
export const joulesBetween = (
  before: ReadonlyArray<EnergyCounter>,
  after: ReadonlyArray<EnergyCounter>
): number | undefined => {
  let microjoules: number | undefined
  for (const counter of after) {
    const earlier = isWhole(counter) ? before.find(({ id }) => id === counter.id) : undefined
    if (earlier !== undefined) microjoules = (microjoules ?? 0) + microjoulesBetween(earlier, counter)
  }
  return microjoules === undefined ? undefined : microjoules / 1e6
}

/** Watts between two readings `ms` apart. */
export const wattsBetween = (
  before: ReadonlyArray<EnergyCounter>,
  after: ReadonlyArray<EnergyCounter>,
  ms: number
): number | undefined => {
  const joules = ms > 0 ? joulesBetween(before, after) : undefined
  return joules === undefined ? undefined : (joules * 1_000) / ms
}

const root = "/sys/class/powercap"

const readCounter = async (machine: Machine, id: string): Promise<EnergyCounter> => {
  const microjoules = Number(await machine.read(`${root}/${id}/energy_uj`))
  const range = Number((await textOf(machine, `${root}/${id}/max_energy_range_uj`)) ?? 0)
  if (!Number.isFinite(microjoules)) throw new Unavailable(`${root}/${id}/energy_uj holds no number`)
  const name = (await textOf(machine, `${root}/${id}/name`))?.trim() || id
  return { id, name, microjoules, range: Number.isFinite(range) ? range : 0 }
}

/** The counters that can be read, as they stand. Many systems let only root read them: then that is the reason. */
export const energy = async (machine: Machine): Promise<ReadonlyArray<EnergyCounter>> => {
  const domains = (await namesIn(machine, root)).filter((name) => /^intel-rapl(:\d+)+$/.test(name))
  if (domains.length === 0) throw new Unavailable("the machine counts no energy")
  const read = await Promise.allSettled(domains.map((id) => readCounter(machine, id)))
  const counters = read.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []))
  if (counters.length === 0) for (const each of read) if (each.status === "rejected") throw each.reason
  return counters
}
