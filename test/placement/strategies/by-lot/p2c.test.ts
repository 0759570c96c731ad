import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { fitsNow, type WorkerRecord } from "../../../../src/ledger/index.ts"
import { Filter, Placement, type PlacementView } from "../../../../src/placement/index.ts"
import { FittingDraws } from "../../../../src/placement/strategies/by-lot/fitting-draws.ts"
import { p2c } from "../../../../src/placement/strategies/by-lot/p2c.ts"
import { random } from "../../../../src/placement/strategies/by-lot/random.ts"
import { anyPool, anyTask, record, taskSpec, viewOf, workerSpec } from "../../pool.ts"

const workersOf = (count: number, slots = 10): ReadonlyArray<WorkerRecord> =>
  Array.from({ length: count }, (_, index) => record(workerSpec(`w${index}`, { slots })))

/** Σ (seen − expected)² ÷ expected. */
const chiSquare = (seen: ReadonlyArray<number>, expected: number): number =>
  seen.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)

/** What is exceeded once in 10,000 by chance, of so many degrees of freedom (Wilson and Hilferty). */
const unlikely = (degrees: number): number =>
  degrees * (1 - 2 / (9 * degrees) + 3.719 * Math.sqrt(2 / (9 * degrees))) ** 3

const pairsOf = (
  view: PlacementView,
  turns: number,
  seed: number,
  task = taskSpec("t")
): ReadonlyMap<string, number> => {
  const draws = new FittingDraws(seed)
  const counts = new Map<string, number>()
  for (let turn = 0; turn < turns; turn += 1) {
    const pair = draws.draw(view, 2, new Filter(task), turn).map(({ spec }) => spec.id)
    const key = pair.join(" ")
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return counts
}

describe("drawing workers that fit", () => {
  it("draws each ordered pair of different workers equally often", () => {
    for (const [size, seed] of [
      [2, 1],
      [3, 2],
      [7, 3],
      [12, 4]
    ] as const) {
      const turns = 200 * size * (size - 1)
      const counts = pairsOf(viewOf(workersOf(size)), turns, seed)
      expect([...counts.keys()].every((key) => new Set(key.split(" ")).size === 2)).toBe(true)
      expect(counts.size).toBe(size * (size - 1))
      expect(chiSquare([...counts.values()], 200)).toBeLessThan(unlikely(size * (size - 1) - 1))
    }
  })

  it("draws those that fit equally often, however many others there are and wherever they stand", () => {
    // Of 200 four fit, two of them side by side: fewer than are drawn before it looks at all.
    const fits = new Set([0, 77, 78, 199])
    const workers = Array.from({ length: 200 }, (_, at) => record(workerSpec(`w${at}`, { cuda: fits.has(at) ? 1 : 0 })))
    const counts = pairsOf(viewOf(workers), 12 * 400, 5, taskSpec("t", { cuda: 1 }))
    expect(counts.size).toBe(12)
    expect(chiSquare([...counts.values()], 400)).toBeLessThan(unlikely(11))
  })

  it("finds all that fit where fewer do than are asked for, and nobody twice", () => {
    fc.assert(
      fc.property(anyPool(), anyTask("t"), fc.integer({ min: 1, max: 9 }), fc.nat(), (workers, task, count, turn) => {
        const drawn = new FittingDraws(7).draw(viewOf(workers), count, new Filter(task), turn)
        const fitting = workers.filter((worker) => fitsNow(task.requirements, worker))
        expect(new Set(drawn).size).toBe(drawn.length)
        expect(drawn.length).toBe(Math.min(count, fitting.length))
        expect(drawn.every((worker) => fitting.includes(worker))).toBe(true)
      })
    )
  })
})

describe("the power of two choices", () => {
  it("takes the better of the workers drawn, as a naive comparison of the same draw does", () => {
    fc.assert(
      fc.property(
        anyPool(),
        anyTask("t"),
        fc.nat({ max: 1_000 }),
        fc.integer({ min: 1, max: 4 }),
        (workers, task, seed, d) => {
          const health = { of: (id: string) => (Number(id.slice(1)) % 3 === 0 ? 0.2 : 0.9) }
          const view = viewOf(workers, { health })
          const drawn = new FittingDraws(seed).draw(view, d, new Filter(task), 0)
          const badness = ({ slots, limit, spec }: WorkerRecord): number =>
            (health.of(spec.id) < 0.5 ? 1e6 : 0) + (slots + 1) / (spec.weight * limit)
          const least = Math.min(...drawn.map(badness))
          const expected = drawn.find((worker) => badness(worker) === least)?.spec.id
          for (const explainUpTo of [0, 100]) {
            const strategy = p2c({ choices: d, seed })
            const proposal = new Placement({ strategy, explainUpTo }).propose(task, view, 0)
            expect(proposal._tag === "Worker" ? proposal.workerId : undefined).toBe(expected)
          }
        }
      ),
      { numRuns: 500 }
    )
  })

  it("never takes the busiest of a pool of equals", () => {
    const workers = [0, 3, 3, 9, 1].map((slots, at) => record(workerSpec(`w${at}`, { slots: 10 }), { slots }))
    const placement = new Placement({ strategy: p2c() })
    for (let turn = 0; turn < 500; turn += 1) {
      expect(placement.propose(taskSpec("t"), viewOf(workers), 0)).not.toMatchObject({ workerId: "w3" })
    }
  })

  it("answers the same until its answer was used, and moves on then", () => {
    const placement = new Placement({ strategy: p2c({ seed: 3 }) })
    const view = viewOf(workersOf(40))
    const explained = () => placement.explain(taskSpec("t"), view, 0).workerId
    const first = explained()
    expect([explained(), explained()]).toEqual([first, first])
    const seen = new Set<string | undefined>()
    for (let turn = 0; turn < 40; turn += 1) {
      const proposal = placement.propose(taskSpec("t"), view, 0)
      if (proposal._tag === "Worker") seen.add(proposal.workerId)
    }
    expect(seen.size).toBeGreaterThan(15)
  })

  it("counts the picks in which load told nothing", () => {
    const alike = p2c()
    const unlike = p2c()
    const same = viewOf(workersOf(6))
    const different = viewOf(workersOf(6).map((worker, slots) => ({ ...worker, slots })))
    for (let turn = 0; turn < 20; turn += 1) {
      new Placement({ strategy: alike }).propose(taskSpec("t"), same, 0)
      new Placement({ strategy: unlike }).propose(taskSpec("t"), different, 0)
    }
    expect(alike.picks).toEqual({ total: 20, uninformed: 20 })
    expect(unlike.picks).toEqual({ total: 20, uninformed: 0 })
  })

  it("fills unequal workers evenly for what they can do, and far more evenly than chance", () => {
    const spread = (strategy: ReturnType<typeof p2c> | ReturnType<typeof random>): number => {
      const workers = Array.from({ length: 100 }, (_, at) => ({
        ...record(workerSpec(`w${at}`, { slots: at < 50 ? 40 : 20 })),
        slots: 0
      }))
      const placement = new Placement({ strategy, explainUpTo: 0 })
      const view = viewOf(workers)
      for (let turn = 0; turn < 1_500; turn += 1) {
        const proposal = placement.propose(taskSpec(`t${turn}`), view, 0)
        const chosen = workers.find(({ spec }) => proposal._tag === "Worker" && spec.id === proposal.workerId)
        if (chosen !== undefined) chosen.slots += 1
      }
      return Math.max(...workers.map(({ slots, spec }) => slots / spec.limits.slots))
    }
    // On average half of all slots are taken.
    expect(spread(p2c({ seed: 1 }))).toBeLessThan(0.7)
    expect(spread(p2c({ seed: 1 }))).toBeLessThan(spread(random({ seed: 1 })))
  })
})

describe("random", () => {
  it("chooses each worker that fits equally often", () => {
    const workers = Array.from({ length: 15 }, (_, at) =>
      record(workerSpec(`w${at}`, { slots: 3 }), { slots: at % 3 === 0 ? 3 : 0 })
    )
    const placement = new Placement({ strategy: random({ seed: 9 }), explainUpTo: 0 })
    const counts = new Map<string, number>()
    for (let turn = 0; turn < 5_000; turn += 1) {
      const proposal = placement.propose(taskSpec("t"), viewOf(workers), 0)
      if (proposal._tag === "Worker") counts.set(proposal.workerId, (counts.get(proposal.workerId) ?? 0) + 1)
    }
    expect(counts.size).toBe(10)
    expect(chiSquare([...counts.values()], 500)).toBeLessThan(unlikely(9))
  })

  it("finds somebody exactly where somebody fits", () => {
    fc.assert(
      fc.property(anyPool(), anyTask("t"), fc.nat(), (workers, task, seed) => {
        const proposal = new Placement({ strategy: random({ seed }) }).propose(task, viewOf(workers), 0)
        const fitting = workers.filter((worker) => fitsNow(task.requirements, worker)).map(({ spec }) => spec.id)
        if (proposal._tag === "Worker") expect(fitting).toContain(proposal.workerId)
        else expect(fitting).toEqual([])
        expect(proposal.explanation.fault).toBeUndefined()
      })
    )
  })
})
