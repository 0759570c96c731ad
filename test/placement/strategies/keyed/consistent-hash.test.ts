import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { hash32, maglevSizes, populate, preferenceOf } from "../../../../src/hashing/index.ts"
import type { WorkerRecord } from "../../../../src/ledger/index.ts"
import { consistentHash } from "../../../../src/placement/strategies/keyed/consistent-hash.ts"
import { hintsOf, routingKeyOf } from "../../../../src/placement/strategies/keyed/routing-key.ts"
import { record, taskSpec, viewOf, workerSpec } from "../../pool.ts"
import { anyKeyedTask, anyPools, choiceOf, fitting, keyed, naiveOrder, pooled } from "./keyed.ts"

const poolOf = (count: number, options: Parameters<typeof record>[1] = {}): ReadonlyArray<WorkerRecord> =>
  Array.from({ length: count }, (_, index) => record(workerSpec(`w${index}`), options))

const keys = Array.from({ length: 4_000 }, (_, index) => keyed(`t${index}`, { stickyKey: `user ${index}` }))

/** The order of ids in a Maglev table from a key's place on. */
const tableOrder = (workers: ReadonlyArray<WorkerRecord>, hash: number): ReadonlyArray<string> => {
  const size = maglevSizes[0]
  const sorted = [...workers].sort((a, b) => (a.spec.id < b.spec.id ? -1 : 1))
  const table = populate(
    sorted.map(({ spec }) => preferenceOf(spec.id, spec.weight, size)),
    size
  )
  const ids = [...table.slice(hash % size), ...table.slice(0, hash % size)].map((index) => sorted[index]?.spec.id ?? "")
  return [...new Set(ids)]
}

describe("consistent hash", () => {
  it("chooses as the ring written out plainly does, while members come and go", () => {
    fc.assert(
      fc.property(
        anyPools,
        fc.array(anyKeyedTask("t"), { minLength: 1, maxLength: 4 }),
        fc.subarray(["w0", "w1", "w2", "w3", "w4"]),
        (pools, tasks, refused) => {
          const strategy = consistentHash()
          for (const workers of pools) {
            for (const task of tasks) {
              const able = new Set(fitting(task, workers).map(({ spec }) => spec.id))
              for (const id of refused) able.delete(id)
              const expected = naiveOrder(workers, hash32(routingKeyOf(task))).find((id) => able.has(id))
              expect(choiceOf(strategy, task, viewOf(workers), 0, new Set(refused))).toBe(expected)
              expect(choiceOf(strategy, task, pooled(viewOf(workers)), 0, new Set(refused))).toBe(expected)
            }
          }
        }
      )
    )
  })

  it("chooses as a Maglev table written out plainly does, where it is to use one", () => {
    fc.assert(
      fc.property(anyPools, anyKeyedTask("t"), (pools, task) => {
        const strategy = consistentHash({ lookup: "maglev" })
        for (const workers of pools.slice(0, 2)) {
          const able = new Set(fitting(task, workers).map(({ spec }) => spec.id))
          const expected = tableOrder(workers, hash32(routingKeyOf(task))).find((id) => able.has(id))
          expect(choiceOf(strategy, task, viewOf(workers))).toBe(expected)
        }
      }),
      { numRuns: 20 }
    )
  })

  it("moves only the keys of a worker that leaves, and only to one that joins", () => {
    const workers = poolOf(20)
    const strategy = consistentHash()
    const home = (pool: ReadonlyArray<WorkerRecord>) => keys.map((task) => choiceOf(strategy, task, viewOf(pool)))
    const whole = home(workers)
    const less = home(workers.filter(({ spec }) => spec.id !== "w7"))
    const more = home([...workers, record(workerSpec("new"))])
    whole.forEach((id, index) => {
      if (id === "w7") expect(less[index]).not.toBe("w7")
      else expect(less[index]).toBe(id)
      expect([id, "new"]).toContain(more[index])
    })
    expect(more.filter((id) => id === "new").length / keys.length).toBeGreaterThan(0.5 / 21)
    expect(more.filter((id) => id === "new").length / keys.length).toBeLessThan(2 / 21)
    expect(home(workers)).toEqual(whole)
  })

  it("takes the weight a worker comes back with", () => {
    const strategy = consistentHash()
    const share = (weight: number) => {
      const workers = [...poolOf(10), record(workerSpec("w", { weight }))]
      return keys.filter((task) => choiceOf(strategy, task, viewOf(workers)) === "w").length / keys.length
    }
    expect(share(1)).toBeLessThan(0.15)
    expect(share(10)).toBeGreaterThan(0.4)
    expect(share(1)).toBeLessThan(0.15)
  })

  it("keeps its ring of many while it is asked of the few that an explanation looks back at", () => {
    const strategy = consistentHash()
    const workers = poolOf(20)
    const before = keys.map((task) => choiceOf(strategy, task, viewOf(workers)))
    const asItWas = workers.slice(0, 1).map((worker) => ({ ...worker, slots: 2 }))
    expect(choiceOf(strategy, keyed("t"), viewOf(asItWas))).toBe("w0")
    expect(keys.map((task) => choiceOf(strategy, task, viewOf(workers)))).toEqual(before)
  })

  it("sends a key on while its home is full, and back home as soon as it is not", () => {
    const task = keyed("t", { stickyKey: "k" })
    const ids = naiveOrder(poolOf(10), hash32("k"))
    const full = (ids: ReadonlyArray<string | undefined>) =>
      poolOf(10).map((worker) => (ids.includes(worker.spec.id) ? { ...worker, slots: 4 } : worker))
    const strategy = consistentHash()
    expect(choiceOf(strategy, task, viewOf(poolOf(10)))).toBe(ids[0])
    expect(choiceOf(strategy, task, viewOf(full([ids[0]])))).toBe(ids[1])
    expect(choiceOf(strategy, task, viewOf(full([ids[0], ids[1]])))).toBe(ids[2])
    expect(choiceOf(strategy, task, viewOf(poolOf(10)))).toBe(ids[0])
  })

  it("takes the least loaded where all near a key's home are full, and asks nobody more where everybody is", () => {
    const strategy = consistentHash()
    const full = poolOf(400, { slots: 4 })
    const ids = naiveOrder(full, hash32("k"))
    const far = new Map([
      [ids[200], 3],
      [ids[300], 1],
      [ids[390], 2]
    ])
    const nearlyFull = full.map((worker) => ({ ...worker, slots: far.get(worker.spec.id) ?? 4 }))
    const task = keyed("t", { stickyKey: "k" })
    for (const view of [viewOf(nearlyFull), pooled(viewOf(nearlyFull))]) {
      expect(choiceOf(strategy, task, view)).toBe(ids[300])
    }
    for (const view of [viewOf(full), pooled(viewOf(full))]) expect(choiceOf(strategy, task, view)).toBeUndefined()
  })

  it("keeps to the ring for tasks that only few workers can run, however far apart they are", () => {
    const strategy = consistentHash()
    const able = ["w17", "w180", "w395"]
    const workers = poolOf(400).map(({ spec }) => record(workerSpec(spec.id, { cuda: able.includes(spec.id) ? 4 : 0 })))
    for (let number = 0; number < 30; number += 1) {
      const task = { ...taskSpec("t", { cuda: 1 }), stickyKey: `k${number}` }
      const expected = naiveOrder(workers, hash32(`k${number}`)).find((id) => able.includes(id))
      expect(choiceOf(strategy, task, pooled(viewOf(workers)))).toBe(expected)
    }
  })

  it("prefers its home, then the next on the ring, and is asked for the rest in vain", () => {
    const workers = poolOf(12)
    const ids = naiveOrder(workers, hash32("k"))
    const into = new Float64Array(12).fill(Number.NaN)
    consistentHash().prefer(keyed("t", { stickyKey: "k" }), workers, viewOf(workers), 0, into)
    const preferred = workers
      .map(({ spec }, index) => ({ id: spec.id, value: into[index] ?? 0 }))
      .sort((a, b) => b.value - a.value)
    expect(preferred.slice(0, 8).map(({ id }) => id)).toEqual(ids.slice(0, 8))
    expect(preferred.slice(8).map(({ value }) => value)).toEqual([0, 0, 0, 0])
  })

  it("waits for its home no longer than it may, and only where its home could take the task", () => {
    const ids = naiveOrder(poolOf(10), hash32("k"))
    const view = (phase: WorkerRecord["phase"], slots: number) =>
      viewOf(poolOf(10).map((worker) => (worker.spec.id === ids[0] ? { ...worker, phase, slots } : worker)))
    const task = keyed("t", { stickyKey: "k" })
    const strategy = consistentHash({ waitMs: 100 })
    expect(strategy.waitFor(task, view("up", 4), 50, 0)).toEqual({ workerId: ids[0], until: 100 })
    expect(strategy.waitFor(task, view("up", 4), 100, 0)).toBeUndefined()
    expect(strategy.waitFor(task, view("up", 3), 50, 0)).toBeUndefined()
    expect(strategy.waitFor(task, view("failed", 4), 50, 0)).toBeUndefined()
    expect(consistentHash().waitFor(task, view("up", 4), 0, 0)).toBeUndefined()
  })
})

describe("the key by which a task is routed", () => {
  it("is what its submitter said most clearly", () => {
    const all = { stickyKey: "s", concurrencyKey: "c", model: "m", affinity: { a: "b" } }
    const { stickyKey: _s, ...second } = all
    const { concurrencyKey: _c, ...third } = second
    expect(routingKeyOf(keyed("t", all))).toBe("s")
    expect(routingKeyOf(keyed("t", second))).toBe("c")
    expect(routingKeyOf(keyed("t", third))).toContain("m")
    expect(routingKeyOf(keyed("t", third))).toBe(routingKeyOf(keyed("other", third)))
    expect(routingKeyOf(keyed("t"))).toBe("t")
  })

  it("does not hang on the order of hints", () => {
    expect(hintsOf(keyed("t", { affinity: { a: "1", b: "2" } }))).toBe(
      hintsOf(keyed("t", { affinity: { b: "2", a: "1" } }))
    )
    expect(hintsOf(keyed("t", { affinity: { a: "1", b: "2" } }))).not.toBe(
      hintsOf(keyed("t", { affinity: { a: "2", b: "1" } }))
    )
  })
})
