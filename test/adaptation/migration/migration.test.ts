import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  chooseMigrations,
  costScore,
  economicsDefaults,
  economicsOf,
  type MigrationInput,
  MigrationMemory,
  migrationDefaults,
  PerformanceBook,
  type RunningTask,
  remainingSeconds,
  type WorkerLoad
} from "../../../src/adaptation/index.ts"
import { Epoch } from "../../../src/model/index.ts"

const task = (taskId: string, workerId: string, more: Partial<RunningTask> = {}): RunningTask => ({
  ...{ taskId, epoch: Epoch(1), workerId, type: "render", priority: "normal", runningMs: 10_000, expectedMs: 60_000 },
  ...{ checkpointed: true, stateBytes: 1_000, ...more }
})
const worker = (
  workerId: string,
  utilisation: number,
  running: number,
  more: Partial<WorkerLoad> = {}
): WorkerLoad => ({
  ...{ workerId, phase: "up", utilisation, slots: 4, running, speed: 1, health: 1, backlogSeconds: 60 * running },
  ...more
})
const input = (
  tasks: ReadonlyArray<RunningTask>,
  workers: ReadonlyArray<WorkerLoad>,
  more: Partial<MigrationInput> = {}
): MigrationInput => ({
  ...{ tasks, workers, over: ["hot"], under: ["cold"], evacuate: new Set<string>(), recovering: false },
  ...{ fits: () => true, performance: new PerformanceBook(), memory: new MigrationMemory(), ...more }
})
const crowded = worker("hot", 1, 4)
const idle = worker("cold", 0, 0)
const choose = (given: MigrationInput, now = 0) => chooseMigrations(given, migrationDefaults, now)

describe("migration economics, in seconds (X5)", () => {
  const of = (from: WorkerLoad, to: WorkerLoad, given = task("t", "hot")) =>
    economicsOf(given, from, to, new PerformanceBook(), undefined, economicsDefaults)

  it("is gain = [wait + remaining/v] at the source − [move + wait + remaining/v] at the target", () => {
    const found = of(worker("hot", 1, 2, { waitSeconds: 4 }), worker("cold", 0, 0, { speed: 2, waitSeconds: 1 }))
    // 50 s remain; the other task leaves half of the source; the target is idle and twice as fast.
    expect(found).toMatchObject({ staySeconds: 104, goSeconds: 26, moveSeconds: expect.closeTo(0.1, 3) })
    expect(found?.netSeconds).toBeCloseTo(104 - 26 - 0.1, 3)
  })

  it("sees no gain in moving a lone task between equals, however busy its worker is", () => {
    expect(of(worker("hot", 1, 1), idle)?.netSeconds).toBeLessThan(0)
  })

  it("charges for carrying the state, and for moves that failed before", () => {
    const large = task("t", "hot", { stateBytes: 2e9 })
    expect(of(crowded, idle, large)?.moveSeconds).toBeCloseTo(10.1)
    const known = { moves: 9, meanMs: 3_000, successRate: 0.5 }
    const found = economicsOf(large, crowded, idle, new PerformanceBook(), known, economicsDefaults)
    expect(found?.moveSeconds).toBeCloseTo(6)
  })

  it("goes by what both workers' history says of the type, and by how often it failed there", () => {
    const performance = new PerformanceBook()
    for (let run = 0; run < 10; run += 1) {
      performance.record("hot", "render", { ms: 60_000, ok: true }, 0)
      performance.record("cold", "render", { ms: 20_000, ok: true }, 0)
    }
    const lone = worker("hot", 0.5, 1)
    expect(
      economicsOf(task("t", "hot"), lone, idle, performance, undefined, economicsDefaults)?.targetSpeed
    ).toBeCloseTo(3)
    for (let run = 0; run < 100; run += 1) performance.record("cold", "render", { ms: 1, ok: false }, 0)
    expect(
      economicsOf(task("t", "hot"), lone, idle, performance, undefined, economicsDefaults)?.netSeconds
    ).toBeLessThan(0)
  })

  it("takes the handler's own progress over the expectation, and expects little of a task past its time", () => {
    expect(remainingSeconds(task("t", "a", { runningMs: 10_000, progress: 0.25 }), 1)).toBeCloseTo(30)
    expect(remainingSeconds(task("t", "a", { runningMs: 90_000 }), 1)).toBe(0)
    const { expectedMs: _, ...unknown } = task("t", "a")
    expect(remainingSeconds(unknown, 1)).toBeUndefined()
  })

  it("shows the cost on the scale 0–10 as well, rising with run time, state, priority and past moves", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        fc.double({ min: 0, max: 1e12, noNaN: true }),
        (ms, bytes) => {
          const base = task("t", "a", { runningMs: ms, stateBytes: bytes, priority: "minimal" })
          const score = costScore(base, 1)
          expect(score).toBeGreaterThanOrEqual(0)
          expect(score).toBeLessThanOrEqual(10)
          expect(costScore({ ...base, runningMs: ms * 2 }, 1)).toBeGreaterThanOrEqual(score)
          expect(costScore({ ...base, stateBytes: bytes * 2 }, 1)).toBeGreaterThanOrEqual(score)
          expect(costScore({ ...base, priority: "critical" }, 1)).toBeGreaterThan(score)
          expect(costScore(base, 100)).toBeGreaterThan(score)
        }
      )
    )
  })
})

describe("chooseMigrations (G5)", () => {
  it("moves the task that gains most first, and explains it with figures", () => {
    const { chosen } = choose(
      input([task("short", "hot", { expectedMs: 20_000 }), task("long", "hot")], [crowded, idle])
    )
    expect(chosen.map(({ taskId, target }) => [taskId, target])).toEqual([
      ["long", "cold"],
      ["short", "cold"]
    ])
    expect(chosen[0]?.explanation).toMatch(
      /^render long: hot → cold: hot at 100 %, cold at 0 %; stay 200\.0 s − go 50\.0 s/
    )
  })

  it("counts the first move before it chooses the second, so that both do not follow the same gap", () => {
    const workers = [worker("hot", 1, 2), worker("cold", 0, 0)]
    expect(choose(input([task("a", "hot"), task("b", "hot")], workers)).chosen).toHaveLength(1)
  })

  it("never has more on their way than `maxSimultaneousMigrations`", () => {
    const tasks = ["a", "b", "c", "d"].map((id) => task(id, "hot"))
    const memory = new MigrationMemory()
    expect(choose(input(tasks, [crowded, idle], { memory })).chosen).toHaveLength(2)
    memory.started({ taskId: "x", type: "render", source: "y", target: "z", startedAt: 0 })
    const { chosen, refused } = choose(input(tasks, [crowded, idle], { memory }))
    expect(chosen).toHaveLength(1)
    expect(refused).toHaveLength(3)
    expect(refused[0]?.explanation).toContain("2 migrations are on their way")
  })

  it.each<[string, Partial<RunningTask>, RegExp]>([
    ["has not checkpointed", { checkpointed: false }, /has not checkpointed/],
    ["is nearly done", { runningMs: 59_900 }, /would gain/],
    ["carries too large a state", { stateBytes: 1e12 }, /would gain -/]
  ])("leaves a task that %s, and says why", (_, more, why) => {
    const { chosen, refused } = choose(input([task("t", "hot", more)], [crowded, idle]))
    expect(chosen).toEqual([])
    expect(refused).toMatchObject([{ taskId: "t", source: "hot", explanation: expect.stringMatching(why) }])
  })

  it("leaves a task of unknown length where it is, unless its worker is cleared", () => {
    const { expectedMs: _, ...unknown } = task("t", "hot")
    expect(choose(input([unknown], [crowded, idle])).refused[0]?.explanation).toContain("unknown")
    const cleared = choose(input([unknown], [crowded, idle], { evacuate: new Set(["hot"]) }))
    expect(cleared.chosen).toMatchObject([{ taskId: "t", target: "cold", reason: "evacuate", economics: undefined }])
  })

  it("moves nothing for balance during a recovery, but clears workers on request, gain or no gain (G7)", () => {
    const tasks = [task("t", "hot"), task("e", "sick", { runningMs: 59_000 })]
    const workers = [crowded, idle, worker("sick", 0.2, 1, { health: 0.1 })]
    const { chosen, refused } = choose(input(tasks, workers, { recovering: true, evacuate: new Set(["sick"]) }))
    expect(chosen.map(({ taskId, reason }) => [taskId, reason])).toEqual([["e", "evacuate"]])
    expect(refused).toMatchObject([{ taskId: "t", explanation: expect.stringContaining("recovery") }])
  })

  it("lets a moved task rest for 30 s, or five times as long as its move took", () => {
    const memory = new MigrationMemory()
    memory.started({ taskId: "t", type: "render", source: "cold", target: "hot", startedAt: 0 })
    memory.ended("t", true, 10_000)
    const at = (now: number) => choose(input([task("t", "hot")], [crowded, idle], { memory }), now).chosen.length
    expect([at(59_999), at(60_001)]).toEqual([0, 1])
  })

  it("holds each worker to its budget of moves a minute", () => {
    const memory = new MigrationMemory({ rest: 0, restFactor: 0 })
    for (const id of ["a", "b", "c", "d"]) {
      memory.started({ taskId: id, type: "render", source: "hot", target: "cold", startedAt: 0 })
      memory.ended(id, true, 100)
    }
    const at = (now: number) => choose(input([task("t", "hot")], [crowded, idle], { memory }), now)
    expect(at(30_000).refused[0]?.explanation).toContain("used up its moves")
    expect(at(60_001).chosen).toHaveLength(1)
  })

  it("compares no more tasks than it is allowed, those with the most left to do", () => {
    const tasks = Array.from({ length: 50 }, (_, n) => task(`t${n}`, "hot", { expectedMs: 20_000 + 1_000 * n }))
    const settings = { ...migrationDefaults, maxTasks: 3, maxSimultaneousMigrations: 1 }
    expect(chooseMigrations(input(tasks, [crowded, idle]), settings, 0).chosen[0]?.taskId).toBe("t49")
  })
})

const ids = ["w0", "w1", "w2", "w3", "w4"]
/** Mostly what is plausible, now and then what a broken probe reports. */
const mostly = <A, B>(usual: fc.Arbitrary<A>, odd: fc.Arbitrary<B>) =>
  fc.oneof({ weight: 9, arbitrary: usual }, { weight: 1, arbitrary: odd })
const hundredths = (min: number, max: number) => fc.integer({ min, max }).map((n) => n / 100)
const world = fc.record({
  workers: fc.tuple(
    ...ids.map((id) =>
      fc.record({
        workerId: fc.constant(id),
        phase: mostly(
          fc.constant("up" as const),
          fc.constantFrom("warming", "draining", "failed", "starting", "maintenance")
        ),
        utilisation: mostly(hundredths(0, 100), fc.double()),
        slots: fc.integer({ min: 2, max: 8 }),
        running: fc.integer({ min: 0, max: 6 }),
        speed: mostly(hundredths(20, 400), fc.double()),
        health: mostly(hundredths(50, 100), hundredths(0, 50)),
        backlogSeconds: mostly(hundredths(0, 50_000), fc.double())
      })
    )
  ),
  tasks: fc.array(
    fc.record({
      workerId: mostly(fc.constantFrom(...ids), fc.constant("gone")),
      type: fc.constantFrom("render", "encode"),
      priority: fc.constantFrom("critical", "normal", "minimal"),
      runningMs: fc.integer({ min: 0, max: 100_000 }),
      expectedMs: fc.integer({ min: 1, max: 300_000 }),
      checkpointed: mostly(fc.constant(true), fc.constant(false)),
      stateBytes: fc.integer({ min: 0, max: 10_000_000 })
    }),
    { minLength: 5, maxLength: 30 }
  ),
  over: fc.shuffledSubarray(ids, { minLength: 1, maxLength: 4 }),
  evacuate: mostly(fc.constant<ReadonlyArray<string>>([]), fc.shuffledSubarray(ids, { minLength: 1, maxLength: 2 })),
  unfit: fc.integer({ min: 2, max: 5 }),
  resting: fc.subarray([0, 1, 2, 3, 4, 5, 6, 7]),
  onTheirWay: mostly(fc.constant(0), fc.integer({ min: 1, max: 3 })),
  recovering: mostly(fc.constant(false), fc.constant(true))
})

describe("chooseMigrations on any world (properties 22, 23)", () => {
  it("moves only to workers that are sound, open, fit and within budget; never what rests; sorted; few at once", () => {
    const moves = { balance: 0, evacuate: 0 }
    fc.assert(
      fc.property(world, (drawn) => {
        const memory = new MigrationMemory()
        const tasks = drawn.tasks.map((more, n) => task(`t${n}`, more.workerId, more))
        for (const n of drawn.resting) {
          memory.started({ taskId: `t${n}`, type: "render", source: "x", target: "y", startedAt: 0 })
          memory.ended(`t${n}`, true, 0)
        }
        for (let n = 0; n < drawn.onTheirWay; n += 1) {
          memory.started({ taskId: `way${n}`, type: "render", source: "w0", target: "w1", startedAt: 0 })
        }
        const fits = (taskId: string, workerId: string) =>
          (taskId.length + Number(workerId.slice(1))) % drawn.unfit !== 0
        const under = ids.filter((id) => !drawn.over.includes(id))
        const evacuate = new Set(drawn.evacuate)
        const loads = new Map(drawn.workers.map((load) => [load.workerId, load]))
        const { chosen } = chooseMigrations(
          {
            ...input(tasks, drawn.workers, { memory, fits, evacuate }),
            over: drawn.over,
            under,
            recovering: drawn.recovering
          },
          migrationDefaults,
          1_000
        )
        for (const { reason } of chosen) moves[reason] += 1
        expect(chosen.length).toBeLessThanOrEqual(Math.max(0, 2 - drawn.onTheirWay))
        expect(new Set(chosen.map(({ taskId }) => taskId)).size).toBe(chosen.length)
        for (const { taskId, source, target, reason, economics, explanation } of chosen) {
          const moved = tasks.find((candidate) => candidate.taskId === taskId)
          const load = loads.get(target)
          expect(moved).toMatchObject({ workerId: source, checkpointed: true })
          expect(target).not.toBe(source)
          expect(["up", "warming"]).toContain(load?.phase)
          expect(load?.health).toBeGreaterThanOrEqual(0.5)
          const arriving = chosen.filter((other) => other.target === target).length
          expect((load?.running ?? 0) + arriving).toBeLessThanOrEqual(load?.slots ?? 0)
          expect(fits(taskId, target)).toBe(true)
          expect(evacuate.has(target)).toBe(false)
          expect(chosen.some((other) => other.source === target)).toBe(false)
          expect(explanation).toContain(`${source} → ${target}`)
          if (reason === "balance") {
            expect(drawn.recovering).toBe(false)
            expect(drawn.over).toContain(source)
            expect(under).toContain(target)
            expect(memory.restingUntil(taskId, 1_000)).toBeUndefined()
            expect(economics?.netSeconds).toBeGreaterThan(Math.max(1, economics?.sigmaSeconds ?? 0))
          } else expect(evacuate.has(source)).toBe(true)
        }
        const nets = chosen.map(({ reason, economics }) =>
          reason === "evacuate" ? Number.POSITIVE_INFINITY : (economics?.netSeconds ?? Number.NaN)
        )
        expect(nets).toEqual([...nets].sort((a, b) => b - a))
      }),
      { numRuns: 1_000 }
    )
    // The generator must reach what it is meant to test.
    expect(moves.balance).toBeGreaterThan(100)
    expect(moves.evacuate).toBeGreaterThan(20)
  })

  it("comes to rest without arrivals, even where nothing has to rest: few moves a task, then none", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ speed: fc.double({ min: 0.5, max: 3, noNaN: true }), tasks: fc.integer({ min: 0, max: 6 }) }),
          {
            minLength: 2,
            maxLength: 5
          }
        ),
        fc.array(fc.integer({ min: 20_000, max: 300_000 }), { minLength: 30, maxLength: 30 }),
        (shape, durations) => {
          // No rest and no budget: economics alone must keep tasks from going to and fro.
          const memory = new MigrationMemory({ rest: 0, restFactor: 0 })
          const settings = { ...migrationDefaults, movesPerWorker: 1_000 }
          let next = 0
          let tasks = shape.flatMap(({ tasks }, n) =>
            Array.from({ length: tasks }, () => {
              next += 1
              return task(`t${next}`, `w${n}`, { runningMs: 0, expectedMs: durations[next % 30] ?? 60_000 })
            })
          )
          let moves = 0
          let quiet = 0
          for (let pass = 0; pass < 200 && quiet < 3; pass += 1) {
            const workers = shape.map(({ speed }, n) => {
              const own = tasks.filter(({ workerId }) => workerId === `w${n}`)
              const backlogSeconds = own.reduce((sum, { expectedMs }) => sum + (expectedMs ?? 0) / 1_000, 0)
              const utilisation = Math.min(1, own.length / 6)
              return worker(`w${n}`, utilisation, own.length, { speed, slots: 12, backlogSeconds })
            })
            const all = workers.map(({ workerId }) => workerId)
            const given = { ...input(tasks, workers, { memory }), over: all, under: all }
            const { chosen } = chooseMigrations(given, settings, pass)
            quiet = chosen.length === 0 ? quiet + 1 : 0
            moves += chosen.length
            for (const { taskId, target } of chosen) {
              tasks = tasks.map((old) => (old.taskId === taskId ? { ...old, workerId: target } : old))
            }
          }
          expect(quiet).toBe(3)
          expect(moves).toBeLessThanOrEqual(2 * tasks.length)
        }
      ),
      { numRuns: 200 }
    )
  })
})

describe("MigrationMemory", () => {
  const move = (taskId: string, startedAt: number) => ({ taskId, type: "render", source: "a", target: "b", startedAt })

  it("learns what moves of a type take and how often they succeed", () => {
    const memory = new MigrationMemory()
    memory.started(move("t", 0))
    memory.ended("t", true, 1_000)
    expect(memory.ofType("render")).toEqual({ moves: 1, meanMs: 1_000, successRate: 1 })
    memory.started(move("u", 0))
    memory.ended("u", false, 60_000)
    expect(memory.ofType("render")).toEqual({ moves: 2, meanMs: 1_000, successRate: expect.closeTo(0.7) })
  })

  it("names stale moves, and takes the end of each but once", () => {
    const memory = new MigrationMemory({ timeout: 1_000 })
    memory.started(move("t", 0))
    memory.started(move("u", 900))
    expect(memory.stale(1_500).map(({ taskId }) => taskId)).toEqual(["t"])
    memory.ended("t", false, 1_500)
    memory.ended("t", true, 1_600)
    expect(memory.ofType("render")?.moves).toBe(1)
    expect(memory.active).toBe(1)
  })

  it("forgets a task that ended", () => {
    const memory = new MigrationMemory()
    memory.started(move("t", 0))
    memory.forget("t")
    expect(memory.active).toBe(0)
  })
})
