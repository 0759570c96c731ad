import { describe, expect, it } from "vitest"
import { type Arrivals, workloadProblems } from "../../../../actors/simulation/workload/index.ts"
import { allOf, timesOf, workloadOf } from "./given.ts"

const timesIn = (arrivals: Arrivals): ReadonlyArray<number> => timesOf(allOf(workloadOf(arrivals)))

describe("arrivals that begin later", () => {
  it.each<Extract<Arrivals, { readonly after?: number }>>([
    { type: "regular", perSecond: 8, tasks: 4 },
    { type: "poisson", perSecond: 8, tasks: 20 },
    { type: "ramp", from: 1, to: 5, over: 10_000 }
  ])("of type $type are the same, so much later", (arrivals) => {
    const times = timesIn(arrivals)
    expect(times.length).toBeGreaterThan(3)
    expect(timesIn({ ...arrivals, after: 2_500 })).toEqual(times.map((at) => 2_500 + at))
  })

  it("cannot begin before the beginning", () => {
    const workload = workloadOf({ type: "poisson", perSecond: 1, tasks: 1, after: -1 })
    expect(workloadProblems(workload).map(({ path }) => path)).toEqual(["workload.arrivals.after"])
  })
})
