import { describe, expect, it } from "vitest"
import { AheadTargets } from "../../actors/ahead-targets.ts"
import { Aheads } from "../../actors/aheads.ts"
import type { Ledger } from "../../src/ledger/index.ts"
import type { Performance, PerformanceView } from "../../src/model/index.ts"
import type { PlacementView } from "../../src/placement/index.ts"
import { allSound, ledgerOf, taskSpec, workerSpec } from "../placement/pool.ts"

/** A pool of busy workers of one slot each, at which runs of a type take so long. */
const given = (size: number, meanMs: number) => {
  const ledger: Ledger = ledgerOf(Array.from({ length: size }, (_, index) => workerSpec(`w${index}`, { slots: 1 })))
  for (let index = 0; index < size; index += 1) {
    ledger.accept(taskSpec(`b${index}`), 0)
    ledger.place(`b${index}`, `w${index}`, 0)
  }
  let looks = 0
  const known: Performance = { runs: 100, successRate: 1, meanMs }
  const performance: PerformanceView = {
    of: () => {
      looks += 1
      return known
    },
    worker: () => known
  }
  const workers = [...ledger.workers.values()]
  const view: PlacementView = { workers, performance, health: allSound }
  const targets = new AheadTargets(new Aheads())
  let next = 0
  const choose = () => {
    next += 1
    const accepted = ledger.accept(taskSpec(`t${next}`), 0)
    return accepted.ok ? targets.choose(accepted.value, view, { plenty: true, before: () => [] }, 0) : undefined
  }
  /** Chooses, and sends as many as there is room for. */
  const send = () => {
    const target = choose()
    for (let sent = 0; sent < (target?.room ?? 0); sent += 1) {
      const [first] = ledger.upcoming(taskSpec("any").requirements.shape, 1)
      if (first !== undefined && target !== undefined) ledger.placeAhead(first.spec.id, target.worker.spec.id, 0)
    }
    return target?.worker.spec.id
  }
  return { ledger, targets, choose, send, workers, looks: () => looks }
}

describe("where runs are sent ahead", () => {
  it("in a small pool to the shortest line of all", () => {
    const { send, choose, workers } = given(5, 0.5)
    expect(send()).toBe("w0")
    expect(choose()?.worker).toBe(workers[1])
  })

  it("in a large pool each gets its share in time, with a bounded look at each", () => {
    const { send, workers, looks, ledger } = given(1_000, 2)
    let rounds = 0
    while (workers.some(({ ahead }) => ahead.length === 0)) {
      const before = looks()
      send()
      rounds += 1
      expect(looks() - before).toBeLessThanOrEqual(64)
      expect(rounds).toBeLessThan(40_000)
    }
    expect(ledger.state.sentAhead).toBe(1_000)
  })

  it("in a large pool goes at once to where a run has ended", () => {
    const { send, targets, ledger, choose } = given(1_000, 2)
    while (ledger.state.sentAhead < 1_000) send()
    expect(choose()).toBeUndefined()
    const worker = ledger.worker("w777")
    const [run] = worker?.running.values() ?? []
    if (worker === undefined || run === undefined) throw new Error("it is busy")
    ledger.complete(run.taskId, run.epoch, undefined, 1)
    targets.ended(worker)
    expect(choose()?.worker).toBe(worker)
  })

  it("of a type that takes long nobody is asked again until runs have ended", () => {
    const { choose, targets, workers, looks } = given(1_000, 100)
    expect(choose()).toBeUndefined()
    const asked = looks()
    expect(asked).toBeLessThanOrEqual(64)
    for (let round = 0; round < 100; round += 1) choose()
    expect(looks()).toBe(asked)
    for (const worker of workers.slice(0, 32)) targets.ended(worker)
    choose()
    expect(looks()).toBeGreaterThan(asked)
  })
})
