import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { RunTimes } from "../../../src/adaptation/index.ts"
import type { Ledger } from "../../../src/ledger/index.ts"
import type { TaskSpec } from "../../../src/model/index.ts"
import {
  crowding,
  explainInWords,
  leastConnections,
  Patience,
  type PlacementView,
  place
} from "../../../src/placement/index.ts"
import {
  allSound,
  ledgerOf,
  nothingKnown,
  type TaskOptions,
  taskSpec,
  type WorkerOptions,
  workerSpec
} from "../pool.ts"
import { type Arrival, pass } from "./uneven-world.ts"

/** Two workers of one slot: `slow` joined first, `fast` does the same in a quarter of the time. */
interface Given {
  readonly known?: boolean
  readonly fast?: WorkerOptions
  /** Work that keeps coming, in a millisecond. */
  readonly inflow?: () => number
}

const given = (options: Given = {}) => {
  const { known = true, fast = {}, inflow = () => 0 } = options
  const ledger = ledgerOf([workerSpec("slow", { slots: 1 }), workerSpec("fast", { slots: 1, ...fast })])
  const times = new RunTimes()
  for (let run = 0; known && run < 200; run += 1) {
    times.record("slow", "work", { ms: 40, expectedMs: 10 }, run)
    times.record("fast", "work", { ms: 10, expectedMs: 10 }, run)
  }
  const patience = new Patience({
    times,
    waiting: () => ledger.waitingWork,
    inflow,
    task: (taskId) => ledger.task(taskId),
    busy: () => 1
  })
  const workers = [...ledger.workers.values()]
  const view: PlacementView = { workers, performance: nothingKnown, health: allSound, patience }
  return { ledger, view, times }
}

const lasting = (id: string, expectedDuration: number, options: TaskOptions = {}): TaskSpec => ({
  ...taskSpec(id, options),
  expectedDuration
})

const placeNow = (ledger: Ledger, view: PlacementView, task: TaskSpec, now: number) => {
  ledger.accept(task, now)
  const commit = (workerId: string) => {
    const placed = ledger.place(task.id, workerId, now)
    return placed.ok ? undefined : placed.refusal
  }
  return place(task, view, leastConnections(), commit, now, { complete: true })
}

describe("patience", () => {
  it("of two free workers that differ takes the faster one, whoever joined first", () => {
    const { ledger, view } = given()
    const proposal = placeNow(ledger, view, lasting("t", 100), 0)
    expect(proposal).toMatchObject({ _tag: "Worker", workerId: "fast" })
    expect(proposal.explanation.refused).toMatchObject([{ workerId: "slow", declined: true }])
  })

  it("waits for a busy worker on which the task would still be done sooner, and says so with the times", () => {
    const { ledger, view } = given()
    placeNow(ledger, view, lasting("first", 100), 0)
    const proposal = placeNow(ledger, view, lasting("second", 100), 40)
    expect(proposal).toMatchObject({ _tag: "Wait", reconsiderAt: 100 })
    expect(explainInWords(proposal.explanation)).toContain(
      "slow: waits for a faster worker: about 400 ms here, done in about 160 ms on fast"
    )
  })

  it("goes to the slow worker where it would be done there first", () => {
    const { ledger, view } = given()
    placeNow(ledger, view, lasting("first", 1_000), 0)
    expect(placeNow(ledger, view, lasting("second", 100), 10)).toMatchObject({ _tag: "Worker", workerId: "slow" })
  })

  it("goes to the slow worker while more keeps coming than the others could do, and waits while less does", () => {
    // The fast one does 1.6 in a millisecond.
    const chosen = (later: number) => {
      let inflow = 0
      const { ledger, view } = given({ inflow: () => inflow })
      placeNow(ledger, view, lasting("first", 100), 0)
      inflow = later
      return placeNow(ledger, view, lasting("second", 100), 40)
    }
    expect(chosen(0.5)).toMatchObject({ _tag: "Wait" })
    expect(chosen(3)).toMatchObject({ _tag: "Worker", workerId: "slow" })
  })

  it("goes to the slow worker while there is more to do than the others get done meanwhile", () => {
    const { ledger, view } = given()
    placeNow(ledger, view, lasting("first", 100), 0)
    for (let n = 0; n < 5; n += 1) ledger.accept(lasting(`behind ${n}`, 100, { memory: 1 }), 0)
    expect(placeNow(ledger, view, lasting("second", 100), 1)).toMatchObject({ _tag: "Worker", workerId: "slow" })
  })

  it("declines nobody where no speeds are known, nor where no run time is", () => {
    const unknown = given({ known: false })
    placeNow(unknown.ledger, unknown.view, lasting("first", 100), 0)
    expect(placeNow(unknown.ledger, unknown.view, lasting("second", 100), 1)._tag).toBe("Worker")
    const { ledger, view } = given()
    placeNow(ledger, view, lasting("first", 100), 0)
    expect(placeNow(ledger, view, taskSpec("second", { type: "never seen" }), 1)._tag).toBe("Worker")
  })

  it("does not wait for a worker that could never run the task", () => {
    const { ledger, view } = given({ fast: { memory: 1 } })
    expect(placeNow(ledger, view, lasting("t", 100, { memory: 50 }), 0)).toMatchObject({ workerId: "slow" })
  })

  it.each(["draining", "maintenance", "failed"] as const)("does not wait for a worker that is %s", (phase) => {
    const { ledger, view } = given()
    ledger.setPhase("fast", phase, 0)
    expect(placeNow(ledger, view, lasting("t", 100), 0)).toMatchObject({ _tag: "Worker", workerId: "slow" })
  })

  it("does not wait for a worker that is kept free for another task", () => {
    const { ledger, view } = given()
    ledger.accept(lasting("large", 100, { cpu: 2 }), 0)
    ledger.hold("fast", "large", 0)
    expect(placeNow(ledger, view, lasting("t", 100), 1)).toMatchObject({ _tag: "Worker", workerId: "slow" })
  })

  it("loses patience with a run that takes ever longer than it declared", () => {
    const { ledger, view } = given()
    placeNow(ledger, view, lasting("hangs", 100), 0)
    const task = lasting("t", 100)
    ledger.accept(task, 0)
    const commit = () => undefined
    let now = 0
    for (;;) {
      const proposal = place(task, view, leastConnections(), commit, now)
      if (proposal._tag !== "Wait") break
      expect(proposal.reconsiderAt).toBeGreaterThan(now)
      now = proposal.reconsiderAt ?? Number.POSITIVE_INFINITY
    }
    expect(now).toBeLessThan(10_000)
  })

  it("a fast worker that hangs holds nobody up for long, even where nothing is declared", () => {
    const usual: ReadonlyArray<Arrival> = Array.from({ length: 200 }, (_, n) => ({ at: 20 * n, work: 10 + (n % 5) }))
    const hanging: Arrival = { at: 5_000, work: 1e6 }
    const { sojourns } = pass([...usual, hanging, { at: 5_001, work: 10 }], { speeds: [0.25, 1] })
    expect(sojourns.at(-2)).toBeLessThan(1_000)
    expect(sojourns.at(-1)).toBe(1e6)
  })

  it("lets nothing wait for ever, whatever the speeds and the tasks", () => {
    const arrival = fc.record({
      at: fc.integer({ min: 0, max: 300 }),
      work: fc.integer({ min: 1, max: 400 }),
      estimate: fc.option(fc.double({ min: 0.05, max: 20, noNaN: true }))
    })
    fc.assert(
      fc.property(
        fc.array(arrival, { minLength: 1, maxLength: 80 }),
        fc.array(fc.constantFrom(0.05, 0.25, 0.8, 1, 3), { minLength: 1, maxLength: 5 }),
        fc.constantFrom("least_connections" as const, "round_robin" as const, "performance_based" as const),
        (tasks, speeds, strategy) => {
          const arrivals = tasks
            .toSorted((a, b) => a.at - b.at)
            .map(({ at, work, estimate }) =>
              estimate === null ? { at, work } : { at, work, declared: work * estimate }
            )
          expect(pass(arrivals, { speeds, strategy }).sojourns).toHaveLength(arrivals.length)
        }
      ),
      { numRuns: 60 }
    )
  })
})

describe("crowding", () => {
  it("is by equal parts where tasks compute, and hardly any where they wait", () => {
    expect(crowding(4, 1)).toBe(4)
    expect(crowding(4, 0.1)).toBe(1)
    expect(crowding(1, 1)).toBe(1)
  })
})
