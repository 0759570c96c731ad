import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { HardwareProfile, Millis } from "../../../../src/model/index.ts"
import { Placement, type PlacementView } from "../../../../src/placement/index.ts"
import { energyAware } from "../../../../src/placement/strategies/by-speed/energy-aware.ts"
import { wattsAt } from "../../../../src/power/index.ts"
import { record, taskSpec, viewOf, workerSpec } from "../../pool.ts"
import { playAgainst, stories } from "../scored-world.ts"

const exponent = { critical: 3, high: 2, normal: 1, low: 1, minimal: 1 } as const

const between = (curve: ReadonlyArray<number>, utilisation: number): number => {
  const steps = curve.length - 1
  const step = Math.min(steps - 1, Math.floor(utilisation * steps))
  const [low = 0, high = 0] = curve.slice(step, step + 2)
  return low + (utilisation * steps - step) * (high - low)
}

const profile = (idle: number, peak: number, thermalEfficiency = 1): HardwareProfile => ({
  kind: "cpu",
  performance: 1,
  energyEfficiency: 1,
  thermalEfficiency,
  power: { idleWatts: idle, peakWatts: peak, curve: [idle, peak] }
})

const viewWith = (
  workers: PlacementView["workers"],
  profiles: Readonly<Record<string, HardwareProfile>>
): PlacementView => ({ ...viewOf(workers), profiles: { of: (id) => profiles[id] ?? profile(30, 100) } })

describe("energy-aware", () => {
  it("chooses the fewest joules by the power model, heat and priority, as the plainest reckoning does", () => {
    let decisions = 0
    fc.assert(
      fc.property(stories, (story) => {
        const ends: Array<{
          readonly workerId: string
          readonly ms: Millis
          readonly at: Millis
          readonly level: number
        }> = []
        const seen = new Map<string, { readonly power: HardwareProfile; readonly slots: number }>()
        const played = playAgainst(energyAware(), story, {
          best: (task, { spec, slots }, { profiles, times }, now) => {
            const of = profiles?.of(spec.id) ?? profile(0, 0)
            seen.set(spec.id, { power: of, slots: spec.limits.slots })
            const heat = ends
              .filter(({ workerId }) => workerId === spec.id)
              .reduce((sum, { at, level }) => sum + level * Math.exp((at - now) / 60_000), 0)
            const taken = task.requirements.demand.whole === true ? spec.limits.slots : 1
            const { curve, idleWatts } = of.power
            const added =
              between(curve, (slots + taken) / spec.limits.slots) - between(curve, slots / spec.limits.slots)
            const watts = Math.max(0.01, added) + (slots === 0 ? idleWatts : 0)
            const seconds = (times?.workMs(task.type) ?? 1_000) / 1_000 / (times?.speedOf(spec.id, task.type) ?? 1)
            const urgent = task.priority === "critical" || task.priority === "high"
            const cost = watts * seconds ** exponent[task.priority] * (1 + heat)
            return -cost / (urgent ? spec.priorityMultiplier : 1)
          },
          ended: ({ workerId, ms }, at) => {
            const known = seen.get(workerId)
            if (known === undefined) return
            const { power, thermalEfficiency } = known.power
            const share = (power.peakWatts - power.idleWatts) / power.peakWatts / known.slots
            ends.push({ workerId, ms, at, level: share * (1 - thermalEfficiency) * (1 - Math.exp(-ms / 60_000)) })
          }
        })
        decisions += played.decisions
        expect(played.faults).toEqual([])
        expect(played.wrong).toEqual([])
      }),
      { numRuns: 300 }
    )
    expect(decisions).toBeGreaterThan(3_000)
  })

  it("reads watts off the curve, linear between its points", () => {
    const power = { idleWatts: 10, peakWatts: 100, curve: [10, 40, 100] }
    expect([-1, 0, 0.25, 0.5, 0.75, 1, 2].map((at) => wattsAt(power, at))).toEqual([10, 10, 25, 40, 70, 100, 100])
  })

  it("gathers work where something runs already, and wakes an idle worker only when it has to", () => {
    const workers = [record(workerSpec("idle")), record(workerSpec("at work"), { slots: 1 })]
    const view = viewWith(workers, {})
    const chosen = (strategy = energyAware()) => new Placement({ strategy }).explain(taskSpec("t"), view, 0).workerId
    expect(chosen()).toBe("at work")
    expect(chosen(energyAware({ waking: 0 }))).toBe("idle")
  })

  it("sends urgent tasks to fast hardware and the others to frugal one", () => {
    const workers = [record(workerSpec("frugal", { weight: 1 })), record(workerSpec("fast", { weight: 4 }))]
    const view = viewWith(workers, { frugal: profile(1, 10), fast: profile(20, 120) })
    const chosen = (priority: "critical" | "high" | "normal" | "low") =>
      new Placement({ strategy: energyAware() }).explain(taskSpec("t", { priority }), view, 0).workerId
    expect([chosen("critical"), chosen("high"), chosen("normal"), chosen("low")]).toEqual([
      "fast",
      "fast",
      "frugal",
      "frugal"
    ])
  })

  it("spares a worker that has run hot, until it has cooled", () => {
    const strategy = energyAware()
    const workers = [record(workerSpec("hot", { slots: 1 })), record(workerSpec("cool", { slots: 1 }))]
    const view = viewWith(workers, { hot: profile(30, 99, 0.2), cool: profile(30, 100, 0.2) })
    const placement = new Placement({ strategy })
    const chosen = (now: Millis) => placement.explain(taskSpec("t"), view, now).workerId
    expect(chosen(0)).toBe("hot")
    placement.ended({ task: taskSpec("t"), workerId: "hot", ms: 60_000, ok: true }, view, 60_000)
    expect(chosen(60_001)).toBe("cool")
    expect(chosen(60_000 + 20 * 60_000)).toBe("hot")
  })

  it("survives power models that make no sense", () => {
    const odd = fc.constantFrom(Number.NaN, -5, Number.POSITIVE_INFINITY, 0, 50)
    fc.assert(
      fc.property(odd, odd, fc.array(odd, { maxLength: 3 }), odd, (idleWatts, peakWatts, curve, thermalEfficiency) => {
        const strange = { ...profile(1, 2), thermalEfficiency, power: { idleWatts, peakWatts, curve } }
        const view = viewWith([record(workerSpec("a")), record(workerSpec("b"))], { a: strange })
        const placement = new Placement({ strategy: energyAware() })
        placement.ended({ task: taskSpec("t"), workerId: "a", ms: 5_000, ok: true }, view, 10)
        expect(placement.explain(taskSpec("t"), view, 20).fault).toBeUndefined()
      })
    )
  })
})
