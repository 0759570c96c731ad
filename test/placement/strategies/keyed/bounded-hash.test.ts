import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { hash32 } from "../../../../src/hashing/index.ts"
import type { WorkerRecord } from "../../../../src/ledger/index.ts"
import type { TaskSpec } from "../../../../src/model/index.ts"
import { boundedHash } from "../../../../src/placement/strategies/keyed/bounded-hash.ts"
import { routingKeyOf } from "../../../../src/placement/strategies/keyed/routing-key.ts"
import { record, taskSpec, viewOf, workerSpec } from "../../pool.ts"
import { anyKeyedTask, anyPools, choiceOf, Desk, fitting, keyed, naiveOrder, open, pooled } from "./keyed.ts"

const sumOf = (workers: ReadonlyArray<WorkerRecord>, of: (worker: WorkerRecord) => number): number =>
  workers.reduce((sum, worker) => sum + of(worker), 0)

/** ⌈f · w ÷ W · (total + 1)⌉ */
const most = ({ spec }: WorkerRecord, workers: ReadonlyArray<WorkerRecord>, factor: number): number => {
  const weight = sumOf(open(workers), (each) => each.spec.weight)
  const total = sumOf(open(workers), ({ slots }) => slots)
  return Math.ceil((factor * spec.weight * (total + 1)) / weight)
}

/** The rule in the plainest way: shares of ⌊f · (total + 1)⌋ by cumulative weight, in the order of the ring. */
const naive = (task: TaskSpec, workers: ReadonlyArray<WorkerRecord>, factor: number): string | undefined => {
  const total = sumOf(open(workers), ({ slots }) => slots)
  const weight = sumOf(open(workers), ({ spec }) => spec.weight)
  const each = (factor * (total + 1)) / weight
  const able = fitting(task, workers)
  const inOrder = naiveOrder(workers, hash32(routingKeyOf(task))).flatMap((id) =>
    able.filter(({ spec }) => spec.id === id)
  )
  const shareOf = (worker: WorkerRecord): number => {
    const before = sumOf(workers.slice(0, workers.indexOf(worker)), ({ spec }) => spec.weight)
    const share = Math.floor((before + worker.spec.weight) * each) - Math.floor(before * each)
    return Math.max(1, Math.min(share, most(worker, workers, factor)))
  }
  const first =
    inOrder.find((worker) => worker.slots < shareOf(worker)) ??
    inOrder.find((worker) => worker.slots < most(worker, workers, factor)) ??
    inOrder.toSorted((a, b) => (a.slots + 1) / a.spec.weight - (b.slots + 1) / b.spec.weight)[0]
  return first?.spec.id
}

describe("bounded hash", () => {
  it("chooses as the rule written out plainly does, while members come and go", () => {
    fc.assert(
      fc.property(
        anyPools,
        fc.array(anyKeyedTask("t"), { minLength: 1, maxLength: 4 }),
        fc.constantFrom(1, 1.25, 1.7, 2),
        (pools, tasks, factor) => {
          const strategy = boundedHash({ factor })
          for (const workers of pools) {
            for (const task of tasks) {
              const expected = naive(task, workers, factor)
              expect(choiceOf(strategy, task, viewOf(workers))).toBe(expected)
              expect(choiceOf(strategy, task, pooled(viewOf(workers)))).toBe(expected)
            }
          }
        }
      ),
      { numRuns: 300 }
    )
  })

  it("never gives a worker more than its bound, whatever the keys, weights and ends", () => {
    const act = fc.record({
      key: fc.constantFrom("hot", "hot", "hot", "a", "b", "c"),
      ends: fc.constantFrom(0, 0, 0, 0, 1, 2),
      at: fc.nat(50)
    })
    const reached = { bound: 0 }
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(0.5, 1, 1, 2, 3.3), { minLength: 1, maxLength: 10 }),
        fc.array(act, { minLength: 10, maxLength: 60 }),
        fc.constantFrom(1, 1.25, 2),
        (weights, acts, factor) => {
          const specs = weights.map((weight, index) => workerSpec(`w${index}`, { weight, slots: 100 }))
          const desk = new Desk(boundedHash({ factor }), specs)
          const running: Array<string> = []
          acts.forEach(({ key, ends, at }, index) => {
            const bounds = new Map(
              desk.view.workers.map((each) => [each.spec.id, most(each, desk.view.workers, factor)])
            )
            const task = keyed(`t${index}`, { stickyKey: key })
            const home = naiveOrder(desk.view.workers, hash32(key))[0]
            const chosen = desk.submit(task)
            running.push(task.id)
            if (chosen !== home) reached.bound += 1
            expect(desk.ledger.worker(chosen ?? "")?.slots).toBeLessThanOrEqual(bounds.get(chosen ?? "") ?? 0)
            for (let end = 0; end < ends && running.length > 0; end += 1) {
              for (const id of running.splice(at % running.length, 1)) desk.end(id)
            }
          })
        }
      ),
      { numRuns: 200 }
    )
    expect(reached.bound).toBeGreaterThan(500)
  })

  it("spills a hot key over to the next on the ring, and takes it home as load drops", () => {
    const specs = Array.from({ length: 10 }, (_, index) => workerSpec(`w${index}`, { slots: 50 }))
    const desk = new Desk(boundedHash(), specs)
    const order = naiveOrder(desk.view.workers, hash32("hot"))
    const hot = Array.from({ length: 40 }, (_, index) => keyed(`t${index}`, { stickyKey: "hot" }))
    const homes = hot.map((task) => desk.submit(task))
    expect(homes[0]).toBe(order[0])
    expect(homes[1]).toBe(order[1])
    expect(Math.max(...desk.view.workers.map(({ slots }) => slots))).toBeLessThanOrEqual(Math.ceil(1.25 * 4))
    for (const { id } of hot) desk.end(id)
    expect(desk.submit(keyed("again", { stickyKey: "hot" }))).toBe(order[0])
  })

  it("has nobody idle beside a waiting task: where those that fit are at their bound, the least loaded takes more", () => {
    const specs = Array.from({ length: 10 }, (_, index) =>
      workerSpec(`w${index}`, { cuda: index < 2 ? 8 : 0, slots: 8 })
    )
    const desk = new Desk(boundedHash(), specs)
    for (let index = 0; index < 10; index += 1) {
      expect(desk.submit({ ...taskSpec(`t${index}`, { cuda: 1 }), stickyKey: "hot" })).toBeDefined()
    }
    expect(desk.view.workers.map(({ slots }) => slots)).toEqual([5, 5, 0, 0, 0, 0, 0, 0, 0, 0])
    expect(desk.submit(taskSpec("never", { cuda: 9 }))).toBeUndefined()
  })

  it("goes on round the ring by the bound rounded up, where shares rounded down have gone to workers that take no work", () => {
    const workers = [
      record(workerSpec("a", { weight: 1 }), { slots: 1 }),
      record(workerSpec("shut", { weight: 0.5 }), { phase: "draining" }),
      record(workerSpec("c", { weight: 2 }), { slots: 2 })
    ]
    // Shares of 4 are 1 for a and 2 for c, and both have them; the bounds are 2 and 3. For its weight c has less.
    const homes = Array.from({ length: 40 }, (_, number) => {
      const chosen = choiceOf(boundedHash({ factor: 1 }), keyed("t", { stickyKey: `k${number}` }), viewOf(workers))
      expect(chosen).toBe(naiveOrder(workers, hash32(`k${number}`)).find((id) => id !== "shut"))
      return chosen
    })
    expect(new Set(homes)).toEqual(new Set(["a", "c"]))
  })

  it("looks no further than it must where nearly everybody is full", () => {
    const specs = Array.from({ length: 300 }, (_, index) => workerSpec(`w${index}`, { slots: 1 }))
    const desk = new Desk(boundedHash(), specs)
    for (let index = 0; index < 299; index += 1) expect(desk.submit(keyed(`t${index}`))).toBeDefined()
    const last = desk.view.workers.find(({ slots }) => slots === 0)?.spec.id
    expect(desk.submit(keyed("last"))).toBe(last)
    expect(desk.submit(keyed("one too many"))).toBeUndefined()
  })
})
