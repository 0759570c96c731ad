import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { measureSeed } from "../../../../actors/simulation/scenarios/index.ts"
import { c18 } from "../../../../actors/simulation/scenarios/planetlab/index.ts"
import { never, reactive } from "../../../../actors/simulation/scenarios/planetlab/reactive.ts"
import { hostFor, virtualMachinesOf } from "../../../../actors/simulation/scenarios/planetlab/virtual-machines.ts"
import { readCsv } from "../../../../actors/simulation/traces/csv.ts"
import { planetlabDays, readPlanetlab, traceFolder } from "../../../../actors/simulation/traces/index.ts"
import { needsTraces } from "../traces/given.ts"

const folder = traceFolder() ?? ""

describe("C18", () => {
  it("says what is missing where there are no days, and has rows otherwise", () => {
    expect(c18.missing.length > 0).toBe(c18.parts.length === 0)
  })
})

describe.skipIf(c18.parts.length === 0)(`C18 on the public days (${needsTraces})`, () => {
  it("gives for never, reactive 90 and perfect forecast the figures of the trace's folder, day by day", () => {
    const { rows } = readCsv(join(folder, "planetlab", "dev", "rebalance_baselines_recomputed.csv"))
    const policies = new Map([
      ["static", never],
      ["reactive_90", reactive(0.9)],
      ["oracle_90", reactive(0.9, 1)]
    ])
    let compared = 0
    for (const row of rows) {
      const policy = policies.get(row.name("policy"))
      const [cores = 0, peak = 0] = row.numbers(["cores_per_host", "peak_utilisation_target"])
      if (policy === undefined || cores !== 2 || peak !== 0.7) continue
      const machines = virtualMachinesOf(readPlanetlab(folder, row.name("day")), { cores, peak })
      const { overloadedDemand, overloadedHosts, moves, movesPerMachine } = hostFor(machines, policy)
      expect([
        machines.hosts,
        Number(overloadedDemand.toFixed(4)),
        Number(overloadedHosts.toFixed(3)),
        moves,
        Number(movesPerMachine.toFixed(3))
      ]).toEqual([
        ...row.numbers([
          "hosts",
          "overloaded_demand_pct",
          "overloaded_host_steps_pct",
          "migrations",
          "migrations_per_vm_day"
        ])
      ])
      compared += 1
    }
    expect(compared).toBe(3 * planetlabDays(folder).length)
  })

  it("has at least thirty seeds, as many of each day", () => {
    expect(c18.seeds).toBeGreaterThanOrEqual(30)
    expect(c18.seeds % planetlabDays(folder).length).toBe(0)
  })

  it("leaves at most half the overload of reactive 90, with no more moves, on average over the days", async () => {
    const days = planetlabDays(folder).length
    const sums = { overload: [0, 0], moves: [0, 0] }
    for (let seed = 1; seed <= days; seed += 1) {
      const figures = await measureSeed(c18, seed)
      for (const [index, name] of ["ballast", "reactive 90"].entries()) {
        sums.overload[index] = (sums.overload[index] ?? 0) + (figures["overloaded demand %"]?.[name] ?? Number.NaN)
        sums.moves[index] = (sums.moves[index] ?? 0) + (figures["moves per vm-day"]?.[name] ?? Number.NaN)
      }
    }
    expect(sums.overload[0]).toBeLessThan((sums.overload[1] ?? Number.NaN) / 2)
    expect(sums.moves[0]).toBeLessThan(sums.moves[1] ?? Number.NaN)
  }, 60_000)
})
