import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { planSteals, type StealWorker } from "../../../src/adaptation/index.ts"

const anywhere = () => true

/** Each number is a task of a second that takes so many seconds to carry elsewhere; the first of each worker runs. */
const workersOf = (table: ReadonlyArray<ReadonlyArray<number>>): ReadonlyArray<StealWorker> =>
  table.map((tasks, place) => {
    const [first, ...rest] = tasks.toSorted((a, b) => b - a)
    return {
      workerId: `w${place}`,
      slots: 1,
      speed: 1,
      running: first === undefined ? 0 : 1,
      runningSeconds: first === undefined ? 0 : 1,
      waiting: rest.map((moveSeconds, index) => ({ taskId: `${place}-${index}`, seconds: 1, moveSeconds }))
    }
  })

const stolen = (workers: ReadonlyArray<StealWorker>): ReadonlyArray<StealWorker> => {
  const steals = planSteals(workers, anywhere)
  const tasks = new Map(workers.flatMap(({ waiting }) => waiting.map((task) => [task.taskId, task] as const)))
  return workers.map((worker) => {
    const kept = worker.waiting.filter(({ taskId }) => !steals.some((steal) => steal.taskId === taskId))
    const came = steals.flatMap(({ taskId, thief }) => (thief === worker.workerId ? (tasks.get(taskId) ?? []) : []))
    // What came begins where a slot is free, and what was carried is there.
    const begins = came.slice(0, Math.max(0, worker.slots - worker.running))
    const seconds = begins.reduce((sum, task) => sum + task.seconds + task.moveSeconds * worker.speed, 0)
    return {
      ...worker,
      running: worker.running + begins.length,
      runningSeconds: worker.runningSeconds + seconds,
      waiting: [...kept, ...came.slice(begins.length)]
    }
  })
}

/** The carrying costs of all that each worker has after a pass, the dearest first. */
const tableAfter = (table: ReadonlyArray<ReadonlyArray<number>>) => {
  const workers = workersOf(table)
  const steals = planSteals(workers, anywhere)
  const costs = new Map(
    workers.flatMap(({ waiting }) => waiting.map((task) => [task.taskId, task.moveSeconds] as const))
  )
  return table.map((tasks, place) => {
    const left = tasks.toSorted((a, b) => b - a)
    for (const { taskId, victim } of steals) {
      if (victim === `w${place}`) left.splice(left.lastIndexOf(costs.get(taskId) ?? Number.NaN), 1)
    }
    const came = steals.flatMap(({ taskId, thief }) => (thief === `w${place}` ? [costs.get(taskId) ?? Number.NaN] : []))
    return [...left, ...came].sort((a, b) => b - a)
  })
}
const sorted = (table: ReadonlyArray<ReadonlyArray<number>>) => table.map((row) => row.join(" ")).sort()

describe("planSteals on the tables of Dask's test_balance", () => {
  it.each<[string, ReadonlyArray<ReadonlyArray<number>>, ReadonlyArray<ReadonlyArray<number>>]>([
    ["moves nothing without need", [[1], []], [[1], []]],
    ["balances", [[0, 0], []], [[0], [0]]],
    ["balances even where that makes it even", [[0.1, 0.1], []], [[0.1], [0.1]]],
    ["does not balance too much", [[0, 0, 0], []], [[0, 0], [0]]],
    ["takes from the larger", [[0, 0], [0, 0, 0], []], [[0, 0], [0, 0], [0]]],
    ["gives to the smaller", [[0, 0, 0], [0], []], [[0, 0], [0], [0]]],
    ["takes what is easier first", [[0, 1], []], [[1], [0]]],
    ["spreads evenly", [[0, 0, 0, 0], [], []], [[0, 0], [0], [0]]],
    ["leaves what is harder", [[1, 0, 2, 0], [], []], [[2, 1], [0], [0]]],
    ["moves what is costly too", [[1, 1, 1], []], [[1, 1], [1]]],
    ["but not too much of it", [[1, 1, 1, 1], []], [[1, 1, 1], [1]]],
    ["steals though nobody has clearly too much", [[0, 0], [0, 0], [0, 0], []], [[0, 0], [0, 0], [0], [0]]],
    [
      "balances several that have too much",
      [[4, 2, 2, 2, 2, 1, 1], [4, 2, 1, 1], [], [], []],
      [[4, 2, 2, 2], [4, 2, 1, 1], [2], [1], [1]]
    ]
  ])("%s", (_, before, after) => {
    expect(sorted(tableAfter(before))).toEqual(sorted(after))
  })
})

const drawn = fc.array(
  fc.record({
    slots: fc.integer({ min: 1, max: 4 }),
    speed: fc.integer({ min: 5, max: 40 }).map((n) => n / 10),
    running: fc.integer({ min: 0, max: 4 }),
    takes: fc.boolean(),
    // Half of them are idle.
    waiting: fc.oneof(
      fc.constant<Array<{ seconds: number; moveSeconds: number }>>([]),
      fc.array(
        fc.record({
          seconds: fc.integer({ min: 1, max: 300 }).map((n) => n / 10),
          moveSeconds: fc.integer({ min: 0, max: 50 }).map((n) => n / 10)
        }),
        { maxLength: 12 }
      )
    )
  }),
  { minLength: 2, maxLength: 6 }
)

const built = (shape: typeof drawn extends fc.Arbitrary<infer Drawn> ? Drawn : never): ReadonlyArray<StealWorker> =>
  shape.map(({ running, slots, waiting, ...more }, place) => ({
    ...more,
    workerId: `w${place}`,
    slots,
    // Nothing waits where a slot is free.
    running: waiting.length > 0 ? slots : Math.min(running, slots),
    runningSeconds: 3 * (waiting.length > 0 ? slots : Math.min(running, slots)),
    waiting: waiting.map((task, index) => ({ taskId: `${place}-${index}`, ...task }))
  }))

describe("planSteals on any pool (X6, property 22)", () => {
  it("takes several from one victim and gives several to one thief, each task once, to whoever may take it", () => {
    const reached = { victims: 0, thieves: 0 }
    fc.assert(
      fc.property(drawn, fc.integer({ min: 2, max: 4 }), (shape, odd) => {
        const workers = built(shape)
        const fits = (taskId: string, workerId: string) => (taskId.length + Number(workerId.slice(1))) % odd !== 0
        const steals = planSteals(workers, fits)
        expect(new Set(steals.map(({ taskId }) => taskId)).size).toBe(steals.length)
        const victims = Map.groupBy(steals, ({ victim }) => victim)
        const thieves = Map.groupBy(steals, ({ thief }) => thief)
        if ([...victims.values()].some(({ length }) => length >= 2)) reached.victims += 1
        if ([...thieves.values()].some(({ length }) => length >= 2)) reached.thieves += 1
        for (const { taskId, victim, thief } of steals) {
          const [from, to] = [victim, thief].map((id) => workers.find(({ workerId }) => workerId === id))
          expect(from?.waiting.some((task) => task.taskId === taskId)).toBe(true)
          expect(to?.takes).toBe(true)
          expect(fits(taskId, thief)).toBe(true)
          expect(victims.has(thief)).toBe(false)
        }
      }),
      { numRuns: 1_000 }
    )
    expect(reached.victims).toBeGreaterThan(150)
    expect(reached.thieves).toBeGreaterThan(100)
  })

  it("keeps all the work, and comes to rest: the second pass moves less, and soon one moves nothing", () => {
    let several = 0
    fc.assert(
      fc.property(drawn, (shape) => {
        let workers = built(shape.map((worker) => ({ ...worker, takes: true })))
        const all = workers.reduce((sum, { running, waiting }) => sum + running + waiting.length, 0)
        const moves: Array<number> = []
        for (let pass = 0; pass < 12; pass += 1) {
          moves.push(planSteals(workers, anywhere).length)
          workers = stolen(workers)
          expect(workers.reduce((sum, { running, waiting }) => sum + running + waiting.length, 0)).toBe(all)
        }
        const [first = 0, second = 0] = moves
        if (first >= 2) several += 1
        expect(second).toBeLessThanOrEqual(first)
        expect(moves.at(-1)).toBe(0)
        expect(moves.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(2 * all)
      }),
      { numRuns: 500 }
    )
    expect(several).toBeGreaterThan(150)
  })
})
