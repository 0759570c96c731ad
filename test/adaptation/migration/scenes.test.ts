import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  chooseMigrations,
  MigrationMemory,
  migrationDefaults,
  PerformanceBook,
  type RunningTask,
  WorkLeft
} from "../../../src/adaptation/index.ts"
import { Epoch } from "../../../src/model/index.ts"

/** Tasks of 60 s that compute all the time, so many on each worker. */
const tasksOn = (counts: ReadonlyArray<number>, seconds = (_: number) => 60): ReadonlyArray<RunningTask> =>
  counts.flatMap((count, place) =>
    Array.from({ length: count }, (_, index) => ({
      ...{ taskId: `t${place}-${index}`, epoch: Epoch(1), workerId: `w${place}`, type: "render", priority: "normal" },
      ...{ runningMs: 0, leftMs: 1_000 * seconds(index), spreadMs: 0, checkpointed: true, stateBytes: 0 }
    }))
  )

const workersOf = (tasks: ReadonlyArray<RunningTask>, names: ReadonlyArray<string>) =>
  names.map((workerId) => {
    const own = tasks.filter((task) => task.workerId === workerId)
    const left = new WorkLeft(own.map(({ leftMs = 0 }) => leftMs / 1_000))
    return {
      ...({ workerId, phase: "up", utilisation: own.length > 0 ? 1 : 0, slots: 1_000, running: own.length } as const),
      ...{ speed: 1, health: 1, backlogSeconds: left.seconds, taskShare: 1, left }
    }
  })

const choose = (tasks: ReadonlyArray<RunningTask>, names: ReadonlyArray<string>, atOnce: number) =>
  chooseMigrations(
    {
      ...{ tasks, workers: workersOf(tasks, names), over: names, under: names, evacuate: new Set<string>() },
      ...{ recovering: false, fits: () => true },
      ...{ performance: new PerformanceBook(), memory: new MigrationMemory({ rest: 0, restFactor: 0 }) }
    },
    { ...migrationDefaults, maxSimultaneousMigrations: atOnce, movesPerWorker: 1_000 },
    0
  ).chosen

describe("scenes that others had trouble with", () => {
  it("300, 30, 180 and 100 tasks become even, and each is moved at most once", () => {
    const names = ["w0", "w1", "w2", "w3"]
    let tasks = tasksOn([300, 30, 180, 100])
    const moved = new Map<string, number>()
    let passes = 0
    for (let chosen = choose(tasks, names, 10); chosen.length > 0 && passes < 100; passes += 1) {
      const target = new Map(chosen.map((decision) => [decision.taskId, decision.target]))
      for (const taskId of target.keys()) moved.set(taskId, (moved.get(taskId) ?? 0) + 1)
      tasks = tasks.map((task) => ({ ...task, workerId: target.get(task.taskId) ?? task.workerId }))
      chosen = choose(tasks, names, 10)
    }
    const counts = names.map((name) => tasks.filter(({ workerId }) => workerId === name).length)
    // What staying takes, less a twentieth, is what nobody moves for.
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(0.06 * 152)
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(610)
    expect(Math.max(...moved.values())).toBe(1)
  })

  it("workers by other names get the same moves, by their names (property 39)", () => {
    let moves = 0
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 2, maxLength: 5 }),
        fc.array(fc.integer({ min: 5, max: 90 }), { minLength: 12, maxLength: 12 }),
        (counts, seconds) => {
          const names = counts.map((_, place) => `w${place}`)
          const other = (name: string) => `x${9 - Number(name.slice(1))}`
          const tasks = tasksOn(counts, (index) => seconds[index] ?? 60)
          const renamed = tasks.map((task) => ({ ...task, workerId: other(task.workerId) }))
          const chosen = choose(tasks, names, 3)
          moves += chosen.length
          const pairs = chosen.map(({ taskId, target }) => [taskId, other(target)])
          expect(choose(renamed, names.map(other), 3).map(({ taskId, target }) => [taskId, target])).toEqual(pairs)
        }
      )
    )
    expect(moves).toBeGreaterThan(50)
  })
})
