import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { RunTimes } from "../../../src/adaptation/index.ts"
import type { Ledger } from "../../../src/ledger/index.ts"
import type { Millis, TaskSpec, WorkerId } from "../../../src/model/index.ts"
import {
  explainInWords,
  leastConnections,
  Patience,
  Placement,
  type PlacementView,
  Pool,
  place,
  type RunTimesView
} from "../../../src/placement/index.ts"
import { allSound, ledgerOf, nothingKnown, taskSpec, workerSpec } from "../pool.ts"
import { chanceFrom } from "./uneven-world.ts"

/** Counts what is asked of it. */
class CountedTimes implements RunTimesView {
  looks = 0
  readonly #times: RunTimes

  constructor(times: RunTimes) {
    this.#times = times
  }

  get runs(): number {
    return this.#times.runs
  }

  get meanWorkMs(): Millis {
    return this.#times.meanWorkMs
  }

  workMs(type: string): Millis | undefined {
    return this.#times.workMs(type)
  }

  workQuantile(type: string, q: number): Millis | undefined {
    return this.#times.workQuantile(type, q)
  }

  remainingWorkMs(type: string, doneMs: Millis): Millis | undefined {
    this.looks += 1
    return this.#times.remainingWorkMs(type, doneMs)
  }

  speedOf(workerId: WorkerId, type?: string): number {
    this.looks += 1
    return this.#times.speedOf(workerId, type)
  }

  speedAtMost(workerId: WorkerId, type?: string): number {
    this.looks += 1
    return this.#times.speedAtMost(workerId, type)
  }
}

interface World {
  readonly ledger: Ledger
  readonly view: PlacementView
  readonly patience: Patience
  readonly times: CountedTimes
}

const poolOf = (ids: ReadonlyArray<WorkerId>, runTimes: RunTimes): World => {
  const ledger = ledgerOf(ids.map((id) => workerSpec(id, { slots: 1 })))
  const times = new CountedTimes(runTimes)
  const patience = new Patience({
    times,
    waiting: () => ledger.waitingWork,
    inflow: () => 0,
    task: (taskId) => ledger.task(taskId),
    busy: () => 1
  })
  const workers = [...ledger.workers.values()]
  const pool = new Pool(workers)
  return {
    ledger,
    times,
    patience,
    view: { workers, pool, performance: nothingKnown, health: allSound, patience }
  }
}

interface Mixed {
  readonly slow: number
  readonly middling?: number
  readonly fast: number
  readonly fresh?: number
}

const named = (name: string, count: number): ReadonlyArray<WorkerId> =>
  Array.from({ length: count }, (_, index) => `${name}${index}`)

/** In the order of joining: slow workers, and well known to be so; some that do in half the time, fast ones that do in a quarter, and some never seen. */
const mixed = ({ slow, middling = 0, fast, fresh = 0 }: Mixed): World => {
  const times = new RunTimes()
  const seen = { slow: named("slow", slow), middling: named("middling", middling), fast: named("fast", fast) }
  for (let run = 0; run < 30; run += 1) {
    for (const id of seen.slow) times.record(id, "work", { ms: 40, expectedMs: 10 }, run)
    for (const id of seen.middling) times.record(id, "work", { ms: 20, expectedMs: 10 }, run)
    for (const id of seen.fast) times.record(id, "work", { ms: 10, expectedMs: 10 }, run)
  }
  return poolOf([...seen.slow, ...seen.middling, ...seen.fast, ...named("fresh", fresh)], times)
}

/** Slow workers, which joined first, and as many fast ones, four times as fast; well known. */
const uneven = (pairs: number): World => mixed({ slow: pairs, fast: pairs })

/** As many equal workers, each with so many runs whose lengths vary as `draw` has it. */
const alike = (size: number, runsEach: number, draw: (chance: () => number) => Millis, seed = 1): World => {
  const chance = chanceFrom(seed)
  const ids = Array.from({ length: size }, (_, index) => `w${index}`)
  const times = new RunTimes()
  for (let run = 0; run < size * runsEach; run += 1) {
    const id = ids[Math.floor(chance() * size)]
    if (id !== undefined) times.record(id, "work", { ms: draw(chance) }, run)
  }
  return poolOf(ids, times)
}

const exponential = (chance: () => number): Millis => -100 * Math.log(1 - chance())

const lasting = (id: string, expectedDuration: Millis): TaskSpec => ({ ...taskSpec(id), expectedDuration })

const begin = ({ ledger, view }: World, task: TaskSpec, workerId: WorkerId, now: Millis): void => {
  ledger.accept(task, now)
  ledger.place(task.id, workerId, now)
  const worker = ledger.worker(workerId)
  if (worker !== undefined) view.pool?.changed(worker)
}

const beginOnAll = (pool: World, name: string, work: Millis): void => {
  for (const { spec } of pool.view.workers) {
    if (spec.id.startsWith(name)) begin(pool, lasting(`on ${spec.id}`, work), spec.id, 0)
  }
}

const placeNow = ({ ledger, view }: World, task: TaskSpec, now: Millis) => {
  ledger.accept(task, now)
  const commit = (workerId: string) => {
    const placed = ledger.place(task.id, workerId, now)
    return placed.ok ? undefined : placed.refusal
  }
  return place(task, view, leastConnections(), commit, now)
}

describe("patience in a large pool", () => {
  it.each([
    { runs: 2, draw: exponential, lengths: "exponential" },
    { runs: 10, draw: exponential, lengths: "exponential" },
    { runs: 100, draw: exponential, lengths: "exponential" },
    { runs: 20, draw: (chance: () => number) => 50 + 100 * chance(), lengths: "even" },
    { runs: 20, draw: (chance: () => number) => (1 - chance()) ** (-1 / 1.5), lengths: "heavy-tailed" }
  ])("declines none of a thousand equal workers after $runs runs each of $lengths lengths", ({ runs, draw }) => {
    const { patience, view } = alike(1_000, runs, draw)
    expect(view.workers.filter((worker) => patience.declines(taskSpec("t"), worker, view.workers, 0))).toEqual([])
  })

  it("declines the one of a thousand that certainly is slower, however much runs vary", () => {
    const chance = chanceFrom(2)
    const ids = Array.from({ length: 1_000 }, (_, index) => `w${index}`)
    const times = new RunTimes()
    for (let run = 0; run < 60_000; run += 1) {
      const id = ids[run % 1_000]
      if (id !== undefined) times.record(id, "work", { ms: exponential(chance) * (id === "w0" ? 10 : 1) }, run)
    }
    const { patience, view } = poolOf(ids, times)
    const declined = view.workers.filter((worker) => patience.declines(taskSpec("t"), worker, view.workers, 0))
    expect(declined.map(({ spec }) => spec.id)).toEqual(["w0"])
  })

  it("goes to a fast worker that is free, though slow ones joined first, and says how many it looked at", () => {
    const pool = uneven(200)
    const { explanation } = placeNow(pool, lasting("t", 100), 0)
    expect(explanation.workerId).toMatch(/^fast/)
    expect(explanation.refused).toMatchObject([{ workerId: "slow0", declined: true }])
    expect(explainInWords(explanation)).toMatch(/the best of \d\d looked at/)
  })

  it("finds the only fast worker that is free where it is one of the fastest", () => {
    const pool = uneven(200)
    for (let index = 1; index < 200; index += 1) begin(pool, lasting(`b${index}`, 100), `fast${index}`, 0)
    expect(placeNow(pool, lasting("t", 100), 1).explanation.workerId).toBe("fast0")
  })

  it("waits where all that are free are slow, as long as it would be done sooner on one of the others", () => {
    const pool = uneven(200)
    for (let index = 0; index < 200; index += 1) begin(pool, lasting(`b${index}`, 100), `fast${index}`, 0)
    const proposal = placeNow(pool, lasting("t", 100), 60)
    expect(proposal._tag).toBe("Wait")
    const { reconsiderAt = 0 } = proposal._tag === "Wait" ? proposal : {}
    expect(Math.abs(reconsiderAt - 100)).toBeLessThan(5)
  })

  it("gives the answer of a small pool, where every worker is looked at, wherever that is clear", () => {
    const scene = fc.record({
      busyFor: fc.integer({ min: 1, max: 1_000 }),
      queued: fc.integer({ min: 0, max: 40 }),
      work: fc.integer({ min: 10, max: 1_000 }),
      now: fc.integer({ min: 0, max: 5_000 })
    })
    const known = [20, 200].map((pairs) => ({ pairs, pool: () => uneven(pairs) }))
    fc.assert(
      fc.property(scene, ({ busyFor, queued, work, now }) => {
        // For each pair of workers as much waits and runs in both pools.
        const drained = (busyFor + 4 * queued) / 1.25
        const there = busyFor + work
        const clear = Math.abs(Math.log((4 * work) / Math.max(drained, there))) > 0.4
        fc.pre(clear)
        const answers = known.map(({ pairs, pool: make }) => {
          const pool = make()
          for (let index = 0; index < pairs; index += 1) begin(pool, lasting(`b${index}`, busyFor), `fast${index}`, now)
          for (let index = 0; index < pairs * queued; index += 1) {
            pool.ledger.accept({ ...lasting(`q${index}`, 4), priority: "low" }, now)
          }
          return placeNow(pool, lasting("t", work), now)._tag
        })
        expect(new Set(answers).size).toBe(1)
      }),
      { numRuns: 15 }
    )
  })

  it("goes to a worker whose speed nobody knows, wherever it is and whenever it is asked, rather than wait", () => {
    const pool = mixed({ slow: 60, fast: 10, fresh: 60 })
    beginOnAll(pool, "fast", 100)
    for (let n = 0; n < 60; n += 1) {
      expect(placeNow(pool, lasting(`t${n}`, 100), 1 + n / 10).explanation.workerId).toMatch(/^fresh/)
    }
    expect(placeNow(pool, lasting("last", 100), 8)._tag).toBe("Wait")
  })

  it("goes to the only worker free that is not slow, though hundreds like it are busy", () => {
    for (const free of ["fast3", "fast77", "fast150", "fast199"]) {
      const pool = uneven(200)
      for (let index = 0; index < 200; index += 1) {
        if (`fast${index}` !== free) begin(pool, lasting(`b${index}`, 100), `fast${index}`, 0)
      }
      expect(placeNow(pool, lasting("t", 100), 10).explanation.workerId).toBe(free)
    }
  })

  it("does not send a task to one of unknown speed that is kept free for another, or was refused it", () => {
    const pool = mixed({ slow: 60, fast: 10, fresh: 1 })
    beginOnAll(pool, "fast", 100)
    const refused = new Set(["fresh0"])
    const placement = new Placement({ strategy: "least_connections" })
    expect(placement.propose(lasting("t", 100), pool.view, 10, refused)._tag).toBe("Wait")
    pool.ledger.accept(lasting("large", 100), 0)
    pool.ledger.hold("fresh0", "large", 0)
    expect(placeNow(pool, lasting("t", 100), 10)._tag).toBe("Wait")
  })

  it("waits for the one fast worker at any moment, where of nearly all the others no speed is known", () => {
    const pool = mixed({ slow: 1, fast: 1, fresh: 998 })
    beginOnAll(pool, "fast", 10)
    beginOnAll(pool, "fresh", 1_000)
    const [slow] = pool.view.workers
    if (slow === undefined) throw new Error("there is no worker")
    for (let now = 0; now < 5; now += 0.01) {
      expect(pool.patience.declines(lasting("t", 100), slow, pool.view.workers, now)?.betterId).toBe("fast0")
    }
  })

  it("explains a task as it decides about it, with every worker named once", () => {
    const placement = new Placement({ strategy: "least_connections" })
    const outcomes = new Set<string>()
    for (let now = 1; now <= 40; now += 1) {
      const pool = mixed({ slow: 200, middling: 2, fast: 200, fresh: 20 })
      beginOnAll(pool, "fast", 150)
      beginOnAll(pool, "fresh", 150)
      pool.ledger.accept(lasting("large", 100), 0)
      pool.ledger.hold("slow7", "large", 0)
      const task = lasting("t", 100)
      const explanation = placement.explain(task, pool.view, now)
      const { explanation: then } = placement.propose(task, pool.view, now)
      expect(explanation).toMatchObject({ outcome: then.outcome, workerId: then.workerId })
      const ids = [...explanation.candidates, ...explanation.filtered, ...explanation.refused].map(
        (one) => one.workerId
      )
      expect(ids.toSorted()).toEqual(pool.view.workers.map(({ spec }) => spec.id).toSorted())
      outcomes.add(then.outcome)
    }
    // Which of the middling ones are looked at hangs on the moment.
    expect(outcomes).toEqual(new Set(["chosen", "waits"]))
  })

  it("names every worker once where the ledger turns some down, too", () => {
    const pool = mixed({ slow: 60, fast: 10, fresh: 5 })
    beginOnAll(pool, "fast", 100)
    for (const id of ["fresh0", "fresh1"]) {
      pool.ledger.accept(lasting(`for ${id}`, 100), 0)
      pool.ledger.hold(id, `for ${id}`, 0)
    }
    const task = lasting("t", 100)
    pool.ledger.accept(task, 1)
    let asked = 0
    const turnDownTwo = (workerId: WorkerId) => {
      asked += 1
      return asked > 2 ? undefined : ({ _tag: "HeldForAnother", workerId, taskId: "another" } as const)
    }
    const { explanation } = place(task, pool.view, leastConnections(), turnDownTwo, 2, { complete: true })
    expect(explanation).toMatchObject({ outcome: "chosen", workerId: "fresh4" })
    const ids = [...explanation.candidates, ...explanation.filtered, ...explanation.refused].map((one) => one.workerId)
    expect(ids.toSorted()).toEqual(pool.view.workers.map(({ spec }) => spec.id).toSorted())
    expect(explainInWords(explanation)).toContain("fresh0: is kept free for task for fresh0")
  })

  it("looks at no more workers a decision as the pool grows", () => {
    const looksIn = (pairs: number): number => {
      const pool = uneven(pairs)
      for (let index = 0; index < pairs; index += 1) begin(pool, taskSpec(`b${index}`), `fast${index}`, 0)
      placeNow(pool, taskSpec("first"), 1)
      pool.times.looks = 0
      for (let index = 0; index < 10; index += 1) placeNow(pool, taskSpec(`t${index}`), 1 + index)
      return pool.times.looks / 10
    }
    expect(looksIn(50)).toBeGreaterThan(0)
    for (const pairs of [100, 1_000]) expect(looksIn(pairs)).toBeLessThan(200)
  })
})
