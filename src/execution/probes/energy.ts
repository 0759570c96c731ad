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

/** The microjoules between two readings of a counter, which may have come round once meanwhile. */
export const microjoulesBetween = (before: EnergyCounter, after: EnergyCounter): number => {
  const passed = after.microjoules - before.microjoules
  return passed >= 0 ? passed : passed + after.range
}

/** Watts between two readings `ms` apart, of the packages: the domains within them are part of these. */
export const wattsBetween = (
  before: ReadonlyArray<EnergyCounter>,
  after: ReadonlyArray<EnergyCounter>,
  ms: number
): number | undefined => {
  if (!(ms > 0)) return undefined
  let microjoules: number | undefined
  for (const counter of after) {
    if (counter.id.split(":").length !== 2 || counter.name === "psys") continue
    const earlier = before.find(({ id }) => id === counter.id)
    if (earlier === undefined) continue
    microjoules = (microjoules ?? 0) + microjoulesBetween(earlier, counter)
  }
  return microjoules === undefined ? undefined : microjoules / 1_000 / ms
}

const root = "/sys/class/powercap"

/** The counters as they stand. Many systems let only root read them: then that is the reason. */
export const energy = async (machine: Machine): Promise<ReadonlyArray<EnergyCounter>> => {
  const domains = (await namesIn(machine, root)).filter((name) => /^intel-rapl(:\d+)+$/.test(name))
  if (domains.length === 0) throw new Unavailable("the machine counts no energy")
  return Promise.all(
    domains.map(async (id) => ({
      id,
      name: (await textOf(machine, `${root}/${id}/name`))?.trim() || id,
      microjoules: Number(await machine.read(`${root}/${id}/energy_uj`)),
      range: Number((await textOf(machine, `${root}/${id}/max_energy_range_uj`)) ?? 0)
    }))
  )
}
