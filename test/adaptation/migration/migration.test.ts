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
  type WorkerLoad,
  WorkLeft
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
    const given = task("t", "hot", { leftMs: 50_000 })
    const found = of(worker("hot", 1, 2, { waitSeconds: 4 }), worker("cold", 0, 0, { speed: 2, waitSeconds: 1 }), given)
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

  it("goes by how fast both workers are at the type, as far as that is known, and by how often it failed there", () => {
    const performance = new PerformanceBook()
    const lone = worker("hot", 0.5, 1)
    const speeds = { of: (workerId: string) => ({ speed: workerId === "cold" ? 3 : 1, doubt: 0 }) }
    const at = (doubt: number) =>
      economicsOf(
        task("t", "hot", { leftMs: 60_000, spreadMs: 0 }),
        lone,
        idle,
        performance,
        undefined,
        economicsDefaults,
        { of: (workerId) => ({ ...speeds.of(workerId), doubt }) }
      )
    expect(at(0)).toMatchObject({ staySeconds: 60, goSeconds: 20, sigmaSeconds: 0 })
    // A tenth of either time, and they are not off together.
    expect(at(0.1)?.sigmaSeconds).toBeCloseTo(Math.hypot(6, 2))
    for (let run = 0; run < 100; run += 1) performance.record("cold", "render", { ms: 1, ok: false }, 0)
    expect(at(0)?.netSeconds).toBeLessThan(0)
  })

  it("charges each worker's crowd once: a task that shares with n gets 1 ÷ n here and 1 ÷ (n + 1) there", () => {
    const given = task("t", "hot", { leftMs: 30_000 })
    expect(of(worker("hot", 1, 4), worker("cold", 1, 2), given)).toMatchObject({ staySeconds: 120, goSeconds: 90 })
    // As crowded with it as before: nothing is gained.
    expect(of(worker("hot", 1, 3), worker("cold", 1, 2), given)?.netSeconds).toBeLessThan(0)
    // What it did by its own word it did at a quarter of the speed.
    const told = task("t", "hot", { runningMs: 40_000, progress: 0.25 })
    expect(of(worker("hot", 1, 4), worker("cold", 0, 0), told)).toMatchObject({ staySeconds: 120, goSeconds: 30 })
  })

  it("waits for others no longer than they need themselves", () => {
    const given = task("t", "hot", { leftMs: 30_000 })
    const beside = (others: ReadonlyArray<number>) => ({ left: new WorkLeft(others), running: others.length })
    const found = of(worker("hot", 1, 3, beside([30, 2, 90])), worker("cold", 1, 1, beside([5])), given)
    expect(found).toMatchObject({ staySeconds: expect.closeTo(30 + 2 + 30), goSeconds: expect.closeTo(30 + 5) })
  })

  it("sees no crowd where tasks leave a thread idle", () => {
    const given = task("t", "hot", { leftMs: 30_000 })
    const waits = { taskShare: 1 / 8 }
    expect(of(worker("hot", 0.5, 4, waits), worker("cold", 0.1, 1, waits), given)).toMatchObject({
      staySeconds: 30,
      goSeconds: 30
    })
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
  it("moves what it finds first, gain or no gain, where costs and benefits do not count", () => {
    const settings = { ...migrationDefaults, weigh: false }
    const tasks = [task("short", "hot", { leftMs: 10 }), task("long", "hot", { leftMs: 90_000 })]
    const { chosen } = chooseMigrations(input(tasks, [worker("hot", 1, 1), idle]), settings, 0)
    expect(chosen.map(({ taskId }) => taskId)).toEqual(["short", "long"])
    expect(chosen[0]?.economics?.netSeconds).toBeLessThan(0)
  })

  it("moves the task first that takes away the most of the work that waits, and explains it with figures", () => {
    const { chosen } = choose(
      input([task("short", "hot", { leftMs: 10_000 }), task("long", "hot", { leftMs: 50_000 })], [crowded, idle])
    )
    expect(chosen.map(({ taskId, target }) => [taskId, target])).toEqual([
      ["long", "cold"],
      ["short", "cold"]
    ])
    expect(chosen[0]?.explanation).toMatch(
      /^render long: hot → cold: hot at 100 %, cold at 0 %; stay 200\.0 s − go 50\.0 s/
    )
  })

  it("goes to the worker where it gains most, and lists the most relief first though it was chosen second", () => {
    const workers = [
      worker("hot", 0, 0, { speed: 0.2 }),
      worker("w0", 0, 0, { speed: 0.22, slots: 1 }),
      worker("w4", 0, 0, { speed: 0.23, slots: 1, backlogSeconds: 14.71 })
    ]
    const tasks = [105_190, 99_675].map((leftMs) => task(`t${leftMs}`, "hot", { leftMs, stateBytes: 0, spreadMs: 0 }))
    const { chosen } = choose(input(tasks, workers, { under: ["w0", "w4"] }))
    expect(chosen.map(({ target }) => target)).toEqual(["w0", "w4"])
    const [first, second] = chosen.map(({ economics }) => economics?.relief ?? Number.NaN)
    expect(first).toBeGreaterThan(second ?? Number.NaN)
  })

  it("counts what a task has done by how crowded it was, whatever moves were chosen before", () => {
    const { chosen } = choose(input([task("a", "hot"), task("b", "hot")], [crowded, idle]))
    expect(chosen.map(({ economics }) => economics?.workSeconds)).toEqual([57.5, 57.5])
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
    ["is nearly done", { leftMs: 100 }, /would gain/],
    ["carries too large a state", { stateBytes: 1e12 }, /would gain -/]
  ])("leaves a task that %s, and says why", (_, more, why) => {
    const { chosen, refused } = choose(input([task("t", "hot", more)], [crowded, idle]))
    expect(chosen).toEqual([])
    expect(refused).toMatchObject([{ taskId: "t", source: "hot", explanation: expect.stringMatching(why) }])
  })

  it("goes on to the next where a move that pays is refused, so that it stands in nobody's way (G15)", () => {
    const tasks = ["a", "b", "c", "d"].map((id) => ({ ...task(id, "hot"), type: id < "c" ? "futile" : "useful" }))
    const isRefused = (type: string) => type === "futile"
    const { chosen, refused } = choose({ ...input(tasks, [crowded, idle]), isRefused })
    expect(chosen.map(({ taskId }) => taskId)).toEqual(["c", "d"])
    expect(refused.map(({ taskId }) => taskId)).toEqual(["a", "b"])
    const cleared = choose({ ...input(tasks, [crowded, idle], { evacuate: new Set(["hot"]) }), isRefused })
    expect(cleared.chosen.map(({ taskId }) => taskId)).toEqual(["a", "b"])
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

describe("chooseMigrations in a large pool", () => {
  it("asks so often at most whether somebody could take a task, where nobody can", () => {
    let asked = 0
    const tasks = Array.from({ length: 300 }, (_, index) => task(`t${index}`, "hot"))
    const cold = Array.from({ length: 1_000 }, (_, index) => worker(`cold-${index}`, 0, 0))
    const fits = () => {
      asked += 1
      return false
    }
    const given = input(tasks, [worker("hot", 1, 300, { slots: 300 }), ...cold], {
      under: cold.map(({ workerId }) => workerId),
      fits
    })
    expect(choose(given).chosen).toEqual([])
    expect(asked).toBeGreaterThan(1_000)
    expect(asked).toBeLessThanOrEqual(migrationDefaults.maxAsked)
  })
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
        const reliefs = chosen.map(({ reason, economics }) =>
          reason === "evacuate" ? Number.POSITIVE_INFINITY : (economics?.relief ?? Number.NaN)
        )
        expect(reliefs).toEqual([...reliefs].sort((a, b) => b - a))
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
        // Tasks that compute all the time, and such of which six have room on a thread.
        fc.constantFrom(1, 1 / 6),
        (shape, durations, taskShare) => {
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
              const left = new WorkLeft(own.map(({ expectedMs }) => (expectedMs ?? 0) / 1_000))
              const utilisation = Math.min(1, own.length * taskShare)
              const more = { speed, slots: 12, backlogSeconds: left.seconds, left, taskShare }
              return worker(`w${n}`, utilisation, own.length, more)
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
      { numRuns: 300 }
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

  it("takes the end of each move but once, and none of an offer that was turned down", () => {
    const memory = new MigrationMemory()
    memory.started(move("t", 0))
    memory.offered(move("u", 900))
    memory.ended("t", false, 1_500)
    memory.ended("t", true, 1_600)
    expect(memory.ofType("render")?.moves).toBe(1)
    expect(memory.active).toBe(1)
    memory.withdrawn("u")
    expect(memory.active).toBe(0)
    expect(memory.ofType("render")?.moves).toBe(1)
    expect(memory.restingUntil("u", 1_000)).toBeUndefined()
    expect(memory.movesByWorker(1_000)).toEqual(
      new Map([
        ["a", 1],
        ["b", 1]
      ])
    )
  })

  it("forgets a task that ended", () => {
    const memory = new MigrationMemory()
    memory.started(move("t", 0))
    memory.forget("t")
    expect(memory.active).toBe(0)
  })
})
