import { describe, expect, it } from "vitest"
import { openbStrategies, pack } from "../../../../actors/simulation/scenarios/openb/index.ts"
import { listTraces, readOpenb, traceFolder } from "../../../../actors/simulation/traces/index.ts"
import { chanceOf } from "../../../../actors/simulation/workload/index.ts"
import { median } from "../../../../src/statistics/index.ts"
import { needsTraces } from "../traces/given.ts"
import { node, pod, trace } from "./given.ts"

describe("packing", () => {
  it("drops what does not fit, and looks at each share of the demand", () => {
    const given = trace([node("a", { gpus: 4 })], [pod({ gpus: 1 })])
    const { unallocated, placed, dropped, faults } = pack(given, openbStrategies.firstFit(), "1", {
      points: [0.5, 1, 1.5]
    })
    expect([...unallocated]).toEqual([
      [0.5, 0.5],
      [1, 0],
      [1.5, 0]
    ])
    expect({ placed, dropped, faults }).toEqual({ placed: 4, dropped: 2, faults: [] })
  })

  it("is the same for the same seed", () => {
    const pods = Array.from({ length: 30 }, (_, index) => pod({ name: `p${index}`, share: 1 + 30 * index }))
    const given = trace(
      Array.from({ length: 12 }, (_, index) => node(`n${index}`)),
      pods
    )
    const once = () => pack(given, openbStrategies.random(chanceOf("r")), "1").unallocated
    expect(once()).toEqual(once())
  })
})

const folder = traceFolder()
const hasDefault =
  folder !== undefined && listTraces(folder).some(({ family, name }) => family === "openb" && name === "default")

/** Unallocated GPUs in percent at 100 and 130 % arrived: medians of ten seeds in Weng et al., USENIX ATC '23. */
const published = [
  { rule: "random", at100: 13.75, at130: 12.62 },
  { rule: "bestFit", at100: 7.09, at130: 6.89 },
  { rule: "fgd", at100: 4.77, at130: 4.6 }
] as const

describe.skipIf(!hasDefault)(`the default mix of openb (${needsTraces})`, () => {
  it.each(published)("is packed by $rule as was published", ({ rule, at100, at130 }) => {
    const given = readOpenb(folder ?? "", "default")
    const packings = ["42", "43", "44"].map((seed) => {
      const { random, bestFit, fgd } = openbStrategies
      const rules = { random: () => random(chanceOf(`openb random/${seed}`)), bestFit, fgd: () => fgd(given.pods) }
      return pack(given, rules[rule](), seed)
    })
    const beyondPublished = (point: number, percent: number) =>
      100 * median(packings.map(({ unallocated }) => unallocated.get(point) ?? Number.NaN)) - percent
    for (const beyond of [beyondPublished(1, at100), beyondPublished(1.3, at130)]) {
      expect(Math.abs(beyond)).toBeLessThan(1)
    }
    expect(packings.flatMap(({ faults }) => faults)).toEqual([])
  })
})
