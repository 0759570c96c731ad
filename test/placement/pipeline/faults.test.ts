import { describe, expect, it } from "vitest"
import {
  explainInWords,
  Placement,
  type Strategy,
  type StrategyFault,
  weightedCapacity
} from "../../../src/placement/index.ts"
import { record, taskSpec, viewOf, workerSpec } from "../pool.ts"

const busy = record(workerSpec("busy"), { slots: 2 })
const idle = record(workerSpec("idle"), { slots: 1 })
const full = record(workerSpec("full", { slots: 1 }), { slots: 1 })
const view = viewOf([full, busy, idle])

const breaks = (): never => {
  throw new Error("out of order")
}

/** What a strategy written without types may do. */
const untyped = (strategy: unknown): Strategy => {
  const isStrategy = (value: unknown): value is Strategy => typeof value === "object"
  if (!isStrategy(strategy)) throw new Error("no object")
  return strategy
}

const faulty: Readonly<Record<string, Strategy>> = {
  "score throws": { id: "own", score: breaks },
  "score is NaN": { id: "own", score: () => Number.NaN },
  "score is infinite": { id: "own", score: () => Number.POSITIVE_INFINITY },
  "score is a promise": untyped({ id: "own", score: async () => 5 }),
  "score is text": untyped({ id: "own", score: () => "5" }),
  "a part is NaN": { id: "own", score: () => ({ near: 1, quick: Number.NaN }) },
  "pick throws": { id: "own", pick: breaks },
  "pick is no worker": { id: "own", pick: () => "nobody" },
  "pick does not fit": { id: "own", pick: () => "full" },
  "pick is nothing": untyped({ id: "own", pick: () => undefined }),
  "seek throws": { id: "own", seek: breaks },
  "seek does not fit": { id: "own", seek: () => full },
  "a factor throws": { id: "own", factors: [{ name: "f", weight: 1, kind: "column", fill: breaks }] },
  "no method at all": untyped({ id: "own" })
}

describe("a strategy at fault", () => {
  for (const [name, strategy] of Object.entries(faulty)) {
    it(`is reported and least connections decides where ${name}`, () => {
      for (const explainUpTo of [0, 100]) {
        const faults: Array<StrategyFault> = []
        const placement = new Placement({ strategy, explainUpTo, onFault: (fault) => faults.push(fault) })
        const proposal = placement.propose(taskSpec("t"), view, 0)
        expect(proposal).toMatchObject({ _tag: "Worker", workerId: "idle" })
        expect(faults).toHaveLength(1)
        expect(faults[0]).toMatchObject({ strategy: "own", taskId: "t" })
        expect(proposal.explanation.fault).toEqual(faults[0])
        expect(explainInWords(proposal.explanation)).toContain("own was at fault")
      }
    })
  }

  it("loses no task of a batch either", () => {
    const faults: Array<StrategyFault> = []
    const strategy: Strategy = {
      ...weightedCapacity(),
      id: "own",
      classOf: breaks
    }
    const placement = new Placement({ strategy, onFault: (fault) => faults.push(fault) })
    const proposals = placement.proposeBatch([taskSpec("t0"), taskSpec("t1"), taskSpec("t2")], view, 0)
    expect(proposals.map(({ explanation }) => explanation.workerId)).toEqual(["idle", "busy", "idle"])
    expect(faults).toHaveLength(1)
  })

  it("is reported where it fails after the choice, and the choice stands", () => {
    const faults: Array<StrategyFault> = []
    const strategy: Strategy = { id: "own", pick: () => "busy", proposed: breaks }
    const placement = new Placement({ strategy, onFault: (fault) => faults.push(fault) })
    expect(placement.propose(taskSpec("t"), view, 0)).toMatchObject({ workerId: "busy" })
    expect(faults).toMatchObject([{ message: "out of order" }])
  })

  it("cannot tamper with the candidates it is given", () => {
    const strategy: Strategy = untyped({
      id: "own",
      pick: (_task: unknown, candidates: Array<unknown>) => {
        candidates.length = 0
        return "busy"
      }
    })
    const proposal = new Placement({ strategy }).propose(taskSpec("t"), view, 0)
    expect(proposal).toMatchObject({ workerId: "busy", explanation: { candidates: [{}, {}], fault: undefined } })
  })
})

describe("a strategy of one's own", () => {
  it("scores with a number or with named parts, multiplied for urgent tasks", () => {
    const apt = record(workerSpec("apt", { priorityMultiplier: 2 }))
    const plain = record(workerSpec("plain"))
    const strategy: Strategy = {
      id: "own",
      score: (_task, worker) => ({ near: worker === plain ? 4 : 1, quick: 2 })
    }
    const placement = new Placement({ strategy })
    expect(placement.propose(taskSpec("t"), viewOf([apt, plain]), 0)).toMatchObject({ workerId: "plain" })
    const { explanation } = placement.propose(taskSpec("u", { priority: "high" }), viewOf([apt, plain]), 0)
    expect(explanation.candidates).toEqual([
      { workerId: "apt", score: 6, parts: { near: 1, quick: 2 }, multiplier: 2 },
      { workerId: "plain", score: 6, parts: { near: 4, quick: 2 } }
    ])
    expect(explanation.workerId).toBe("apt")
  })

  it("makes a better worker of a negative score too, where the multiplier is above 1", () => {
    const apt = record(workerSpec("apt", { priorityMultiplier: 2 }))
    const placement = new Placement({ strategy: { id: "cost", score: () => -10 } })
    const { explanation } = placement.propose(
      taskSpec("t", { priority: "critical" }),
      viewOf([record(workerSpec("plain")), apt]),
      0
    )
    expect(explanation.workerId).toBe("apt")
  })

  it("is told of each proposal and of no explanation", () => {
    const told: Array<string> = []
    const placement = new Placement({
      strategy: { id: "own", pick: () => "busy", proposed: (task, worker) => told.push(`${task.id} ${worker.spec.id}`) }
    })
    placement.explain(taskSpec("asked"), view, 0)
    placement.propose(taskSpec("t"), view, 0)
    expect(told).toEqual(["t busy"])
  })
})
