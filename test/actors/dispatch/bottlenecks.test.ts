import { describe, expect, it } from "vitest"
import { RunTimes } from "../../../src/adaptation/index.ts"
import type { Millis, TaskSpec } from "../../../src/model/index.ts"
import { asking, aTask, aWorker } from "../../ledger/given.ts"
import { desk } from "./desk.ts"

const special = asking({}, [], { labels: { of: "x" } })
const anywhere = (id: string, given: Partial<TaskSpec> = {}): TaskSpec => aTask(id, given)
const only = (id: string, given: Partial<TaskSpec> = {}): TaskSpec => aTask(id, { requirements: special, ...given })
const several = (name: string, count: number, make: (id: string) => TaskSpec): ReadonlyArray<TaskSpec> =>
  Array.from({ length: count }, (_, index) => make(`${name}${index}`))

/** What each run took, on workers that are equally fast. */
const known = (ms: Millis = 10): RunTimes => {
  const times = new RunTimes()
  for (let run = 0; run < 50; run += 1) for (const id of ["plain", "rare"]) times.record(id, "work", { ms }, run)
  return times
}

/** Two workers of one slot, of which `rare` alone has a label; both busy. */
const busy = (times = known()) => {
  const at = desk({ times })
  at.join(aWorker("plain", { slots: 1 }), aWorker("rare", { slots: 1, capabilities: { labels: { of: "x" } } }))
  at.submit(only("begun on rare"), anywhere("begun on plain"))
  expect(at.workerOf("begun on rare")).toBe("rare")
  expect(at.workerOf("begun on plain")).toBe("plain")
  return at
}

describe("what only some workers can run", () => {
  it("goes first there while it would take them longer than the pool takes for all that waits", () => {
    const { submit, complete, workerOf } = busy()
    submit(...several("any", 2, anywhere), ...several("only", 4, only))
    complete("begun on rare")
    expect(workerOf("only0")).toBe("rare")
    complete("begun on plain")
    expect(workerOf("any0")).toBe("plain")
  })

  it("takes its turn where it is no bottleneck", () => {
    const { submit, complete, workerOf } = busy()
    submit(...several("any", 6, anywhere), ...several("only", 2, only))
    complete("begun on rare")
    expect(workerOf("any0")).toBe("rare")
  })

  it("takes its turn while nobody knows how long anything takes", () => {
    const { submit, complete, workerOf } = busy(new RunTimes())
    submit(...several("any", 2, anywhere), ...several("only", 4, only))
    complete("begun on rare")
    expect(workerOf("any0")).toBe("rare")
  })

  it("goes before nothing that has waited half a minute longer, and before nothing more urgent", () => {
    const late = busy()
    late.submit(...several("any", 2, anywhere))
    late.at(30_001)
    late.submit(...several("only", 4, only))
    late.complete("begun on rare")
    expect(late.workerOf("any0")).toBe("rare")

    const urgent = busy()
    urgent.submit(...several("any", 2, (id) => anywhere(id, { priority: "high" })), ...several("only", 4, only))
    urgent.complete("begun on rare")
    expect(urgent.workerOf("any0")).toBe("rare")
  })

  it("keeps its own order", () => {
    const { submit, complete, of } = busy()
    submit(...several("only", 5, only), ...several("any", 1, anywhere))
    complete("begun on rare")
    for (const id of ["only0", "only1", "only2", "only3"]) complete(id)
    const placed = of("TaskPlaced").map(({ taskId }) => taskId)
    expect(placed.filter((id) => /^only/.test(id))).toEqual(["only0", "only1", "only2", "only3", "only4"])
  })

  it("is no bottleneck any more once enough have joined that can run it", () => {
    const { submit, join, workerOf } = busy()
    submit(...several("any", 3, anywhere), ...several("only", 4, only))
    join(
      aWorker("rare 2", { slots: 1, capabilities: { labels: { of: "x" } } }),
      aWorker("rare 3", { slots: 1, capabilities: { labels: { of: "x" } } })
    )
    expect(["any0", "any1", "any2", "only0"].map(workerOf)).toEqual(["rare 2", "rare 3", undefined, undefined])
  })
})
