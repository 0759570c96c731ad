import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  expectedOverload,
  MigrationMemory,
  type OpenTask,
  type ReliefMove,
  type ReliefState,
  reliefDefaults,
  relieve
} from "../../../src/adaptation/index.ts"
import { Epoch } from "../../../src/model/index.ts"

const task = (
  taskId: string,
  workerId: string,
  mean: number,
  variance = 0.01,
  more: Partial<OpenTask> = {}
): OpenTask => ({
  taskId,
  epoch: Epoch(1),
  workerId,
  type: "service",
  demand: { mean, variance },
  checkpointed: true,
  stateBytes: 0,
  ...more
})

const stateOf = (tasks: ReadonlyArray<OpenTask>, more: Partial<ReliefState> = {}): ReliefState => ({
  tasks,
  workers: [
    { workerId: "a", capacity: 2 },
    { workerId: "b", capacity: 2 }
  ],
  fits: () => true,
  memory: new MigrationMemory(),
  ...more
})

const movesOf = (state: ReliefState, settings: Partial<typeof reliefDefaults> = {}) =>
  relieve(state, { ...reliefDefaults, ...settings }, 0)

const crowded = [task("big", "a", 1.2), task("small", "a", 0.9), task("other", "b", 0.2)]

/** The tasks as they stand once the moves are done. */
const moved = (tasks: ReadonlyArray<OpenTask>, moves: ReadonlyArray<ReliefMove>) => {
  const target = new Map(moves.map((move) => [move.taskId, move.target]))
  return tasks.map((each) => ({ ...each, workerId: target.get(each.taskId) ?? each.workerId }))
}

const riskOf = ({ workers }: ReliefState, tasks: ReadonlyArray<OpenTask>): number =>
  workers.reduce((sum, { workerId, capacity }) => {
    const own = tasks.filter((each) => each.workerId === workerId)
    const [mean, variance] = own.reduce(([m, v], { demand }) => [m + demand.mean, v + demand.variance], [0, 0])
    return sum + expectedOverload(mean ?? 0, variance ?? 0, capacity)
  }, 0)

describe("relieve", () => {
  it("moves the task that lowers the overload most, and says why", () => {
    const [move, ...others] = movesOf(stateOf(crowded))
    expect(others).toEqual([])
    expect(move).toMatchObject({ source: "a", target: "b" })
    expect(move?.net).toBeCloseTo((move?.avoided ?? 0) - (move?.cost ?? 0))
    expect(move?.explanation).toMatch(/a is to need 2\.10 ± 0\.14 of 2\.00, b is to need 0\.20/)
  })

  it("leaves all where it is where there is room", () => {
    expect(movesOf(stateOf([task("x", "a", 0.5), task("y", "b", 0.5)]))).toEqual([])
  })

  it("keeps room for jumps: of two workers with the same load it relieves the one whose tasks jump", () => {
    const tasks = [
      task("calm 1", "a", 0.7, 0.0001),
      task("calm 2", "a", 0.7, 0.0001),
      task("wild 1", "b", 0.7, 0.3),
      task("wild 2", "b", 0.7, 0.3)
    ]
    const state = stateOf(tasks, { workers: ["a", "b", "c"].map((workerId) => ({ workerId, capacity: 2 })) })
    const moves = movesOf(state)
    expect(moves[0]).toMatchObject({ source: "b", target: "c" })
    expect(moves.every(({ source }) => source === "b")).toBe(true)
  })

  it("exchanges tasks where no single move helps, so that steady ones fill a worker and room is kept for the others", () => {
    const tasks = ["a", "b"].flatMap((workerId) => [
      task(`calm ${workerId}`, workerId, 0.9, 0.0001),
      task(`wild ${workerId}`, workerId, 0.6, 0.25)
    ])
    const state = stateOf(tasks)
    expect(movesOf(state, { maxMoves: 1 })).toEqual([])
    const moves = movesOf(state)
    expect(moves).toHaveLength(2)
    expect(moves[0]?.exchangedFor).toBe(moves[1]?.taskId)
    const settled = moved(tasks, moves)
    const calm = settled.filter(({ taskId }) => taskId.startsWith("calm")).map(({ workerId }) => workerId)
    expect(new Set(calm).size).toBe(1)
    expect(riskOf(state, settled)).toBeLessThan(riskOf(state, tasks))
  })

  it.each([
    ["has not checkpointed", { tasks: crowded.map((each) => ({ ...each, checkpointed: false })) }],
    ["fits nowhere", { fits: () => false }],
    [
      "has no worker that takes it",
      {
        workers: [
          { workerId: "a", capacity: 2 },
          { workerId: "b", capacity: 2, closed: "is paused" }
        ]
      }
    ]
  ])("never moves what %s", (_, more: Partial<ReliefState>) => {
    expect(movesOf(stateOf(crowded, more))).toEqual([])
  })

  it("lets a moved task rest, and counts the moves under way and those of each worker", () => {
    const memory = new MigrationMemory()
    for (const taskId of ["big", "small"]) {
      memory.started({ taskId, type: "service", source: "b", target: "a", startedAt: 0 })
      memory.ended(taskId, true, 0)
    }
    expect(movesOf(stateOf(crowded, { memory }))).toEqual([])
    const spent = new MigrationMemory()
    for (let count = 0; count < reliefDefaults.movesPerWorker; count += 1) {
      spent.started({ taskId: `t${count}`, type: "service", source: "a", target: "c", startedAt: 0 })
      spent.ended(`t${count}`, true, 0)
    }
    expect(movesOf(stateOf(crowded, { memory: spent }))).toEqual([])
    const busy = new MigrationMemory()
    for (const taskId of ["x", "y"]) busy.started({ taskId, type: "t", source: "c", target: "d", startedAt: 0 })
    expect(movesOf(stateOf(crowded, { memory: busy }))).toEqual([])
  })

  it("counts what else a worker does, and what a move of much state costs", () => {
    const tasks = [task("x", "a", 1, 0.0001), task("y", "b", 0.5)]
    const workers = [
      { workerId: "a", capacity: 2, base: 1.5 },
      { workerId: "b", capacity: 2 }
    ]
    expect(movesOf(stateOf(tasks, { workers }))).toHaveLength(1)
    const heavy = tasks.map((each) => ({ ...each, stateBytes: 1e13 }))
    expect(movesOf(stateOf(heavy, { workers }))).toEqual([])
  })

  it("lowers the expected overload with every move and comes to rest, whatever the tasks; figures that are none count for nothing", () => {
    const counts = { moves: 0, exchanges: 0, odd: 0 }
    const use = fc.record({
      mean: fc.oneof(
        { weight: 9, arbitrary: fc.integer({ min: 0, max: 150 }).map((percent) => percent / 100) },
        fc.constant(Number.NaN)
      ),
      variance: fc.integer({ min: 0, max: 40 }).map((percent) => percent / 100)
    })
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), use), { maxLength: 12 }), (given) => {
        const workers = ["a", "b", "c"].map((workerId) => ({ workerId, capacity: 2 }))
        const all = given.map(([workerId, { mean, variance }], index) => task(`t${index}`, workerId, mean, variance))
        counts.odd += all.filter(({ demand }) => Number.isNaN(demand.mean)).length
        let tasks = all
        for (let look = 0; ; look += 1) {
          const state = stateOf(tasks, { workers })
          const moves = movesOf(state, { movesPerWorker: Number.POSITIVE_INFINITY })
          expect(moves.length).toBeLessThanOrEqual(reliefDefaults.maxMoves)
          if (moves.length === 0) break
          expect(look).toBeLessThan(200)
          counts.moves += moves.length
          counts.exchanges += moves.filter(({ exchangedFor }) => exchangedFor !== undefined).length
          const known = (each: ReadonlyArray<OpenTask>) => each.filter(({ demand }) => !Number.isNaN(demand.mean))
          const next = moved(tasks, moves)
          expect(riskOf(state, known(next))).toBeLessThan(riskOf(state, known(tasks)))
          tasks = next
        }
      })
    )
    expect(counts.moves).toBeGreaterThan(50)
    expect(counts.exchanges).toBeGreaterThan(20)
    expect(counts.odd).toBeGreaterThan(20)
  })
})
