import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { WorkerRecord } from "../../../../src/ledger/index.ts"
import { Placement, type PlacementView } from "../../../../src/placement/index.ts"
import { weightedRoundRobin } from "../../../../src/placement/strategies/in-turn/weighted-round-robin.ts"
import { WeightedTurns } from "../../../../src/placement/strategies/in-turn/weighted-turns.ts"
import { record, taskSpec, viewOf, workerSpec } from "../../pool.ts"
import { playAgainst, stories } from "../scored-world.ts"

const weights = fc.oneof(fc.constantFrom(0.5, 1, 1, 2, 3), fc.double({ min: 0.05, max: 5, noNaN: true }))

const member = (id: string, weight: number): WorkerRecord => record(workerSpec(id, { weight }))
const pool = (all: ReadonlyArray<number>): ReadonlyArray<WorkerRecord> =>
  all.map((weight, at) => member(`w${at}`, weight))
const total = (workers: ReadonlyArray<WorkerRecord>): number => workers.reduce((sum, { spec }) => sum + spec.weight, 0)

const picker = () => {
  const placement = new Placement({ strategy: weightedRoundRobin(), explainUpTo: 0 })
  return (view: PlacementView, task = taskSpec("t")): string | undefined => {
    const proposal = placement.propose(task, view, 0)
    return proposal._tag === "Worker" ? proposal.workerId : undefined
  }
}

/** How far the counts are from the workers' shares of them, at worst. */
const farthest = (counts: ReadonlyMap<string, number>, workers: ReadonlyArray<WorkerRecord>): number => {
  const picks = [...counts.values()].reduce((sum, count) => sum + count, 0)
  const whole = total(workers)
  return Math.max(...workers.map(({ spec }) => Math.abs((counts.get(spec.id) ?? 0) - (spec.weight * picks) / whole)))
}

/** Tijdeman's rule word for word, every worker looked at in every turn. */
const tijdeman = (workers: ReadonlyArray<WorkerRecord>, turns: number): ReadonlyArray<string> => {
  const margin = workers.length > 1 ? 1 / (2 * workers.length - 2) : 0
  const whole = total(workers)
  const counts = workers.map(() => 0)
  return Array.from({ length: turns }, (_, turn) => {
    let best = -1
    let soonest = Number.POSITIVE_INFINITY
    workers.forEach(({ spec }, at) => {
      const from = ((counts[at] ?? 0) + margin) / spec.weight
      const due = ((counts[at] ?? 0) + 1 - margin) / spec.weight
      if (from > (turn + 1) / whole || due >= soonest) return
      best = at
      soonest = due
    })
    counts[best] = (counts[best] ?? 0) + 1
    return workers[best]?.spec.id ?? ""
  })
}

describe("weighted round robin", () => {
  it("is within one pick of each worker's share after every pick", () => {
    fc.assert(
      fc.property(fc.array(weights, { minLength: 1, maxLength: 12 }), (all) => {
        const workers = pool(all)
        const pick = picker()
        const counts = new Map<string, number>()
        for (let turn = 0; turn < 150; turn += 1) {
          const id = pick(viewOf(workers)) ?? ""
          counts.set(id, (counts.get(id) ?? 0) + 1)
          expect(farthest(counts, workers)).toBeLessThanOrEqual(1)
        }
      }),
      { numRuns: 100 }
    )
  })

  it("gives the turns that looking at everybody in every turn gives", () => {
    fc.assert(
      fc.property(fc.array(weights, { minLength: 1, maxLength: 12 }), (all) => {
        const workers = pool(all)
        const pick = picker()
        const expected = tijdeman(workers, 120)
        expect(expected.map(() => pick(viewOf(workers)))).toEqual(expected)
      }),
      { numRuns: 200 }
    )
  })

  it("mixes turns evenly, and is round robin where all weights are alike", () => {
    const pick = picker()
    const order = Array.from({ length: 14 }, () => pick(viewOf(pool([5, 1, 1]))))
    expect(order.join(" ")).toBe("w0 w0 w1 w0 w0 w2 w0 w0 w0 w1 w0 w0 w2 w0")
    const plain = picker()
    expect(Array.from({ length: 6 }, () => plain(viewOf(pool([1, 1, 1]))))).toEqual([
      "w0",
      "w1",
      "w2",
      "w0",
      "w1",
      "w2"
    ])
  })

  const change = fc.oneof(
    { weight: 8, arbitrary: fc.constant({ _tag: "pick" } as const) },
    { weight: 1, arbitrary: weights.map((weight) => ({ _tag: "join", weight }) as const) },
    { weight: 1, arbitrary: fc.nat().map((at) => ({ _tag: "leave", at }) as const) },
    { weight: 1, arbitrary: fc.constant({ _tag: "leave first served" } as const) }
  )

  it("never owes anybody more than a turn, nor is owed one, however members come and go", () => {
    let changes = 0
    fc.assert(
      fc.property(
        fc.array(weights, { minLength: 2, maxLength: 10 }),
        fc.array(change, { minLength: 20, maxLength: 120 }),
        (all, steps) => {
          let workers = pool(all)
          let joined = workers.length
          const turns = new WeightedTurns()
          turns.settle(workers)
          let counts = new Map<string, number>()
          for (const step of steps) {
            if (step._tag === "pick") {
              const id = turns.at(0)?.spec.id ?? ""
              turns.pass(1)
              counts.set(id, (counts.get(id) ?? 0) + 1)
            } else {
              changes += 1
              if (step._tag === "join") workers = [...workers, member(`w${joined++}`, step.weight)]
              else if (workers.length > 1) {
                const served = workers.findIndex(({ spec }) => counts.has(spec.id))
                const leaver = step._tag === "leave" ? step.at % workers.length : Math.max(0, served)
                workers = workers.filter((_, at) => at !== leaver)
              }
              turns.settle(workers)
              counts = new Map()
            }
            const margin = workers.length > 1 ? 1 / (2 * workers.length - 2) : 0
            for (const { spec } of workers) {
              const owed = 1 - margin - turns.dueIn(spec.id) * spec.weight
              expect(Math.abs(owed)).toBeLessThanOrEqual(1 + 1e-9)
            }
            // What was owed before and what is owed now make two at most.
            expect(farthest(counts, workers)).toBeLessThanOrEqual(2)
          }
        }
      ),
      { numRuns: 500 }
    )
    expect(changes).toBeGreaterThan(2_000)
  })

  it("does not let those who stay starve where others join and leave all the time", () => {
    const pick = picker()
    const staying = pool([0.2, 1, 4])
    const counts = new Map<string, number>()
    for (let turn = 0; turn < 600; turn += 1) {
      const id = pick(viewOf([...staying, member(`guest${turn >> 1}`, 1)])) ?? ""
      counts.set(id, (counts.get(id) ?? 0) + 1)
    }
    expect(counts.get("w0") ?? 0).toBeGreaterThan(10)
    expect(Math.abs((counts.get("w2") ?? 0) / (counts.get("w1") ?? 1) - 4)).toBeLessThan(0.5)
  })

  it("takes a worker's turn where it is full, and keeps the shares of the others", () => {
    const pick = picker()
    const workers = [
      record(workerSpec("full", { weight: 3, slots: 1 }), { slots: 1 }),
      record(workerSpec("away", { weight: 2 }), { phase: "draining" }),
      member("one", 1),
      member("two", 2)
    ]
    const counts = new Map<string, number>()
    for (let turn = 0; turn < 300; turn += 1) {
      const id = pick(viewOf(workers)) ?? ""
      counts.set(id, (counts.get(id) ?? 0) + 1)
    }
    expect([...counts.keys()].toSorted()).toEqual(["one", "two"])
    expect(Math.abs((counts.get("two") ?? 0) - 200)).toBeLessThanOrEqual(2)
  })

  it("sends tasks that suit few round among these by weight, and costs the others no turn", () => {
    const workers = [
      ...["a", "b"].map((id) => record(workerSpec(id))),
      record(workerSpec("c", { cuda: 1, weight: 1 })),
      record(workerSpec("d", { cuda: 1, weight: 3 }))
    ]
    const pick = picker()
    const plain = new Map<string, number>()
    const special = new Map<string, number>()
    for (let turn = 0; turn < 240; turn += 1) {
      const id = pick(viewOf(workers)) ?? ""
      plain.set(id, (plain.get(id) ?? 0) + 1)
      const suited = pick(viewOf(workers), taskSpec("gpu", { cuda: 1 })) ?? ""
      special.set(suited, (special.get(suited) ?? 0) + 1)
    }
    const both = (id: string): number => (plain.get(id) ?? 0) + (special.get(id) ?? 0)
    expect([...special.keys()].toSorted()).toEqual(["c", "d"])
    expect(Math.abs((plain.get("a") ?? 0) - (plain.get("b") ?? 0))).toBeLessThanOrEqual(1)
    expect(both("d") / both("c")).toBeCloseTo(3, 0)
  })

  it("keeps within one pick of the shares among those that suit a shape, too", () => {
    const all = fc.array(fc.record({ weight: weights, suits: fc.boolean() }), { minLength: 2, maxLength: 10 })
    let alone = 0
    fc.assert(
      fc.property(all, (members) => {
        const workers = members.map(({ weight, suits }, at) =>
          record(workerSpec(`w${at}`, { weight, cuda: suits ? 1 : 0 }))
        )
        const suited = workers.filter((_, at) => members[at]?.suits === true)
        const pick = picker()
        const gpu = taskSpec("gpu", { cuda: 1 })
        // As long as the turn is that of a worker they do not suit, they have turns of their own.
        if (tijdeman(workers, 1)[0] === suited[0]?.spec.id || suited.length < 2) return
        const first = workers.find(({ spec }) => spec.id === tijdeman(workers, 1)[0])
        if (first === undefined || suited.includes(first)) return
        alone += 1
        pick(viewOf(workers), gpu)
        const counts = new Map<string, number>()
        for (let turn = 0; turn < 60; turn += 1) {
          const id = pick(viewOf(workers), gpu) ?? ""
          counts.set(id, (counts.get(id) ?? 0) + 1)
          expect(farthest(counts, suited)).toBeLessThanOrEqual(2)
        }
        expect(pick(viewOf(workers))).toBe(first.spec.id)
      }),
      { numRuns: 300 }
    )
    expect(alone).toBeGreaterThan(50)
  })

  it("finds the only worker with room in a large full pool", () => {
    const pick = picker()
    const workers = Array.from({ length: 500 }, (_, at) =>
      record(workerSpec(`w${at}`, { slots: 1, weight: 1 + (at % 3) }), { slots: at === 321 ? 0 : 1 })
    )
    expect([1, 2, 3].map(() => pick(viewOf(workers)))).toEqual(["w321", "w321", "w321"])
  })

  it("does not hold it against a worker that it was for long the only one with room", () => {
    const pick = picker()
    const specs = Array.from({ length: 200 }, (_, at) => workerSpec(`w${at}`, { slots: 1 }))
    const onlyOne = specs.map((spec, at) => record(spec, { slots: at === 150 ? 0 : 1 }))
    const alone = Array.from({ length: 100 }, () => pick(viewOf(onlyOne)))
    expect(new Set(alone)).toEqual(new Set(["w150"]))
    const open = specs.map((spec) => record(spec))
    const picks = Array.from({ length: 600 }, () => pick(viewOf(open)))
    // A turn ahead at most: of three rounds it has two.
    expect(picks.filter((id) => id === "w150").length).toBeGreaterThanOrEqual(2)
  })

  it("answers the same until its answer was used", () => {
    const placement = new Placement({ strategy: weightedRoundRobin() })
    const view = viewOf(pool([3, 2, 1]))
    const explained = () => placement.explain(taskSpec("t"), view, 0).workerId
    expect([explained(), explained(), explained()]).toEqual(["w0", "w0", "w0"])
  })

  it("finds somebody exactly where somebody fits, whatever has happened in the pool", () => {
    fc.assert(
      fc.property(stories, fc.boolean(), (story, withPool) => {
        const played = playAgainst(weightedRoundRobin(), story, { best: () => 0 }, { pool: withPool })
        expect(played.faults).toEqual([])
        expect(played.wrong).toEqual([])
      }),
      { numRuns: 300 }
    )
  })
})
