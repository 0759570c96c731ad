import { describe, expect, it } from "vitest"
import { Ledger } from "../../../src/ledger/index.ts"
import type { TaskSpec } from "../../../src/model/index.ts"
import {
  affinityBased,
  boundedHash,
  composite,
  consistentHash,
  explainInWords,
  leastConnections,
  Placement,
  performanceBased,
  perType,
  preferring,
  rendezvous,
  roundRobin,
  type Strategy,
  sticky
} from "../../../src/placement/index.ts"
import { aTask, aWorker, done } from "../../ledger/given.ts"
import { viewOf } from "../pool.ts"

/** Four workers with room for plenty, and what is placed on them. */
const given = (strategy: Strategy, kept: { readonly expiresAfter: number } | false = { expiresAfter: 1_000 }) => {
  const ledger = new Ledger()
  for (const id of ["w1", "w2", "w3", "w4"]) {
    done(ledger.addWorker(aWorker(id, { slots: 50 }), 0))
    done(ledger.setPhase(id, "up", 0))
  }
  const placement = new Placement({ strategy, wishes: { sticky: kept } })
  let count = 0
  const put = (wish: Partial<TaskSpec> = {}, now = 0) => {
    const task = aTask(`t${count++}`, wish)
    done(ledger.accept(task, now))
    const commit = (workerId: string) => {
      const placed = ledger.place(task.id, workerId, now)
      return placed.ok ? undefined : placed.refusal
    }
    const { explanation } = placement.place(task, viewOf(ledger.workers.values()), commit, now)
    return { workerId: explanation.workerId, words: explainInWords(explanation), strategy: explanation.strategy }
  }
  return { ledger, placement, put }
}

const all: Readonly<Record<string, () => Strategy>> = {
  round_robin: () => roundRobin(),
  least_connections: () => leastConnections(),
  performance_based: () => performanceBased(),
  affinity_based: () => affinityBased(),
  consistent_hash: () => consistentHash(),
  bounded_hash: () => boundedHash({ factor: 100 }),
  rendezvous: () => rendezvous(),
  sticky: () => sticky(),
  preferring: () => preferring(leastConnections()),
  per_type: () => perType({ default: roundRobin(), byType: {} }),
  composite: () => composite({ algorithms: [{ strategy: leastConnections(), weight: 1 }] }),
  "a pick": () => ({ id: "pick", pick: (_task, candidates) => candidates.at(-1)?.spec.id ?? "" })
}

describe("what tasks wish for", () => {
  for (const [id, make] of Object.entries(all)) {
    it(`is heeded under ${id}: tasks of a sticky key stay together`, () => {
      const { put } = given(make())
      const homes = ["a", "b", "c"].map((stickyKey) => {
        const ids = Array.from({ length: 5 }, () => put({ stickyKey }).workerId)
        put()
        return new Set(ids)
      })
      expect(homes.map(({ size }) => size)).toEqual([1, 1, 1])
    })

    it(`is heeded under ${id}: a task that names workers goes to the first of them that has room`, () => {
      const { put, ledger } = given(make())
      expect(put({ preferredWorkers: ["w3", "w2"] }).workerId).toBe("w3")
      done(ledger.setPhase("w3", "draining", 0))
      expect(put({ preferredWorkers: ["w3", "w2"] }).workerId).toBe("w2")
      expect(put({ preferredWorkers: ["w3", "gone"] }).workerId).toBeDefined()
      // What is named goes before what is kept, and is where it is kept from then on.
      expect(put({ stickyKey: "x", preferredWorkers: ["w4"] }).workerId).toBe("w4")
    })
  }

  it("leaves all other tasks to the strategy alone, in its explanations, too", () => {
    const { put } = given(roundRobin())
    expect(put().strategy).toBe("round_robin")
    expect(put({ stickyKey: "a" })).toMatchObject({ strategy: "sticky: round_robin" })
    expect(put({ stickyKey: "a" }).words).toContain("sticky: a is bound to w2.")
    expect(put({ preferredWorkers: ["w1"] }).words).toContain("preferring: it names w1.")
    expect(put().workerId).toBe("w3")
  })

  it("is not heeded twice: the strategy does it itself", () => {
    const named = (strategy: Strategy, wish: Partial<TaskSpec>) => given(strategy).put(wish).strategy
    expect(named(consistentHash(), { stickyKey: "a" })).toBe("consistent_hash")
    expect(named(sticky(), { stickyKey: "a" })).toBe("sticky: least_connections")
    expect(named(preferring(sticky()), { stickyKey: "a", preferredWorkers: ["w1"] })).toBe("preferring: preferred")
    // By another key: then the sticky key is nobody's yet.
    expect(named(sticky({ keyOf: ({ model }) => model }), { stickyKey: "a" })).toBe("sticky: sticky: least_connections")
  })

  it("of a key holds until it was not used for so long, and not at all where that is switched off", () => {
    const kept = given(roundRobin())
    expect([0, 900, 1_800].map((now) => kept.put({ stickyKey: "a" }, now).workerId)).toEqual(["w1", "w1", "w1"])
    expect(kept.put({ stickyKey: "a" }, 2_800).workerId).toBe("w2")
    const off = given(roundRobin(), false)
    expect([0, 0].map(() => off.put({ stickyKey: "a" }).workerId)).toEqual(["w1", "w2"])
    expect(off.put({ preferredWorkers: ["w1"] }).workerId).toBe("w1")
  })

  it("moves with a task that moves", () => {
    const { put, ledger, placement } = given(leastConnections())
    const source = put({ stickyKey: "a" }).workerId ?? ""
    const [task] = ledger.tasks.values()
    const view = viewOf(ledger.workers.values())
    if (task === undefined) throw new Error("no task")
    const moved = placement.move(task.spec, source, view, () => undefined, 0)
    expect(moved.explanation.workerId).not.toBe(source)
    expect(put({ stickyKey: "a" }).workerId).toBe(moved.explanation.workerId)
  })

  it("is heeded in batches: they end before a task that wishes for something", () => {
    const { ledger, placement } = given(performanceBased())
    const tasks = [aTask("a"), aTask("b"), aTask("c", { preferredWorkers: ["w4"] }), aTask("d")]
    const view = viewOf(ledger.workers.values())
    expect(placement.proposeBatch(tasks, view, 0)).toHaveLength(2)
    const [first] = placement.proposeBatch(tasks.slice(2), view, 0)
    expect(first).toMatchObject({ _tag: "Worker", workerId: "w4" })
  })
})
