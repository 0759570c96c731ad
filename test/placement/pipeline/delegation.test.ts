import { describe, expect, it } from "vitest"
import {
  type DelegatingStrategy,
  explainInWords,
  leastConnections,
  Placement,
  Pool,
  roundRobin,
  type Strategy
} from "../../../src/placement/index.ts"
import { record, taskSpec, viewOf, workerSpec } from "../pool.ts"

const workers = ["w0", "w1", "w2"].map((id) => record(workerSpec(id)))
const view = { ...viewOf(workers), pool: new Pool(workers) }

const leaving = (id: string, to: Strategy, because?: string): DelegatingStrategy => ({
  id,
  delegates: [to],
  delegate: () => to,
  ...(because !== undefined && { because: () => because })
})

describe("a strategy that delegates", () => {
  it("is named before the one that decided, and says why it left it to that one", () => {
    const strategy = leaving("outer", leaving("inner", leastConnections(), "it is early"))
    const { explanation } = new Placement({ strategy }).propose(taskSpec("t"), view, 0)
    expect(explanation).toMatchObject({ strategy: "outer: inner: least_connections", workerId: "w0" })
    expect(explanation.via).toEqual([{ strategy: "outer" }, { strategy: "inner", because: "it is early" }])
    expect(explainInWords(explanation)).toContain("inner: it is early.")
  })

  it("is told of what was proposed along with all on the way, and of ended runs along with all it may leave them to", () => {
    const told: Array<string> = []
    const listening = <Kind extends Strategy>(strategy: Kind): Kind => ({
      ...strategy,
      proposed: () => told.push(`${strategy.id} proposed`),
      ended: () => told.push(`${strategy.id} ended`)
    })
    const used = listening(leastConnections())
    const strategy = listening({ ...leaving("outer", used), delegates: [used, listening(roundRobin())] })
    const placement = new Placement({ strategy })
    placement.propose(taskSpec("t"), view, 0)
    expect(told.splice(0)).toEqual(["outer proposed", "least_connections proposed"])
    placement.ended({ task: taskSpec("t"), workerId: "w0", ms: 1, ok: true }, view, 0)
    expect(told).toEqual(["outer ended", "least_connections ended", "round_robin ended"])
  })

  it("finds its worker on the quick way where the one it leaves the task to does, and the turn moves on", () => {
    const placement = new Placement({ strategy: leaving("outer", leastConnections()), explainUpTo: 0 })
    const chosen = [0, 1, 2, 3].map(() => {
      const worker = placement.quick(taskSpec("t"), view, 0)
      if (worker === undefined || worker === "ordinary") return undefined
      placement.tellProposed(taskSpec("t"), view, worker)
      return worker.spec.id
    })
    expect(chosen).toEqual(["w0", "w1", "w2", "w0"])
  })

  it("is at fault where it delegates in a circle, to nobody, or throws, and least connections decides", () => {
    const circle: DelegatingStrategy = { id: "circle", delegates: [], delegate: () => circle }
    const thrown: DelegatingStrategy = {
      id: "thrown",
      delegates: [],
      delegate: () => {
        throw new Error("no")
      }
    }
    for (const [strategy, message] of [
      [circle, "delegates through more than 8 strategies"],
      [thrown, "no"]
    ] as const) {
      const placement = new Placement({ strategy })
      expect(placement.quick(taskSpec("t"), view, 0)).toBe("ordinary")
      expect(placement.propose(taskSpec("t"), view, 0).explanation).toMatchObject({
        strategy: "least_connections",
        workerId: "w0",
        fault: { strategy: strategy.id, message }
      })
    }
  })
})
