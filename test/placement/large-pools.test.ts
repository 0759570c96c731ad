import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { RunTimes } from "../../src/adaptation/index.ts"
import type { Ledger } from "../../src/ledger/index.ts"
import type { Millis, TaskSpec, WorkerId } from "../../src/model/index.ts"
import {
  explainInWords,
  LoadIndex,
  leastConnections,
  Patience,
  type PlacementView,
  place,
  type RunTimesView
} from "../../src/placement/index.ts"
import { allSound, ledgerOf, nothingKnown, taskSpec, workerSpec } from "./pool.ts"
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

interface Pool {
  readonly ledger: Ledger
  readonly view: PlacementView
  readonly patience: Patience
  readonly times: CountedTimes
}

const poolOf = (ids: ReadonlyArray<WorkerId>, runTimes: RunTimes): Pool => {
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
  const byLoad = new LoadIndex(workers)
  return {
    ledger,
    times,
    patience,
    view: { workers, byLoad, performance: nothingKnown, health: allSound, patience }
  }
}

/** Slow workers, which joined first, and as many fast ones, four times as fast; well known. */
const uneven = (pairs: number): Pool => {
  const slow = Array.from({ length: pairs }, (_, index) => `slow${index}`)
  const fast = Array.from({ length: pairs }, (_, index) => `fast${index}`)
  const times = new RunTimes()
  for (let run = 0; run < 30; run += 1) {
    for (const id of slow) times.record(id, "work", { ms: 40, expectedMs: 10 }, run)
    for (const id of fast) times.record(id, "work", { ms: 10, expectedMs: 10 }, run)
  }
  return poolOf([...slow, ...fast], times)
}

/** As many equal workers, each with so many runs whose lengths vary as `draw` has it. */
const alike = (size: number, runsEach: number, draw: (chance: () => number) => Millis, seed = 1): Pool => {
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

const begin = ({ ledger, view }: Pool, task: TaskSpec, workerId: WorkerId, now: Millis): void => {
  ledger.accept(task, now)
  ledger.place(task.id, workerId, now)
  const worker = ledger.worker(workerId)
  if (worker !== undefined) view.byLoad?.changed(worker)
}

const placeNow = ({ ledger, view }: Pool, task: TaskSpec, now: Millis) => {
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
