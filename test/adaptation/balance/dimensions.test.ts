import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  afterMove,
  type DimensionedWorker,
  DimensionGuard,
  type DimensionUse,
  dimensionDefaults,
  dimensionGaps,
  dimensionRequests,
  dimensions,
  evenOut,
  MigrationMemory
} from "../../../src/adaptation/index.ts"
import { Epoch } from "../../../src/model/index.ts"

const thresholds = { high: 0.85, low: 0.2 }
const worker = (workerId: string, use: DimensionUse): DimensionedWorker => ({ workerId, use })

const share = fc.oneof({ weight: 6, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) }, fc.constant(Number.NaN))
const uses = fc.array(fc.record({ cpu: share, memory: share, io: share }, { requiredKeys: [] }), { maxLength: 8 })
const workersOf = (each: ReadonlyArray<DimensionUse>) => each.map((use, index) => worker(`w${index}`, use))

describe("dimensions kept apart (G14)", () => {
  it("each has its own gap, of the workers that have any of it", () => {
    const workers = [
      worker("a", { cpu: 0.9, memory: 0.1 }),
      worker("b", { cpu: 0.8, memory: 0.7 }),
      worker("c", { cpu: 0.7 })
    ]
    const gaps = dimensionGaps(workers)
    expect(Object.keys(gaps)).toEqual(["cpu", "memory"])
    expect(gaps.cpu).toBeCloseTo(0.2)
    expect(gaps.memory).toBeCloseTo(0.6)
  })

  it("memory asks for moves though compute is even, and says between whom", () => {
    const workers = [
      worker("full", { cpu: 0.5, memory: 0.95 }),
      worker("empty", { cpu: 0.5, memory: 0.05 }),
      worker("half", { cpu: 0.5, memory: 0.5 })
    ]
    expect(dimensionRequests(workers, thresholds, 0.4)).toMatchObject([
      { dimension: "memory", over: ["full"], under: ["empty"] }
    ])
  })

  it("the order of the workers changes nothing, and what is no share takes a worker out, in that dimension only", () => {
    let odd = 0
    fc.assert(
      fc.property(uses, (each) => {
        const workers = workersOf(each)
        odd += each.filter((use) => Object.values(use).some(Number.isNaN)).length
        const gaps = dimensionGaps(workers)
        expect(dimensionGaps(workers.toReversed())).toEqual(gaps)
        for (const gap of Object.values(gaps)) expect(gap >= 0 && gap <= 1).toBe(true)
        const asked = dimensionRequests(workers, thresholds, 0.4)
        const again = dimensionRequests(workers.toReversed(), thresholds, 0.4)
        expect(again.map(({ dimension }) => dimension)).toEqual(asked.map(({ dimension }) => dimension))
      })
    )
    expect(odd).toBeGreaterThan(50)
  })

  it("a dimension that nobody uses never asks", () => {
    fc.assert(
      fc.property(uses, fc.constantFrom(...dimensions), (each, dimension) => {
        const workers = workersOf(each.map((use) => ({ ...use, [dimension]: 0 })))
        const asked = dimensionRequests(workers, thresholds, 0)
        expect(asked.map((request) => request.dimension)).not.toContain(dimension)
      })
    )
  })

  it("the guard says the same as a look at all workers before and after, and refuses what carries the trouble elsewhere", () => {
    const move = { source: "w0", target: "w1", leaves: { cpu: 0.3, memory: 0.5 }, comes: { cpu: 0.3, memory: 0.5 } }
    let refused = 0
    fc.assert(
      fc.property(fc.array(fc.record({ cpu: share, memory: share }), { minLength: 2, maxLength: 6 }), (each) => {
        const workers = workersOf(each)
        const [before, after] = [dimensionGaps(workers), dimensionGaps(afterMove(workers, move))]
        const expected = dimensions.filter(
          (dimension) => (after[dimension] ?? 0) > 0.4 && (after[dimension] ?? 0) > (before[dimension] ?? 0) + 1e-9
        )
        const worsened = new DimensionGuard(workers, 0.4).worsened(move)
        expect(worsened).toEqual(expected)
        refused += worsened.length
      }),
      { numRuns: 500 }
    )
    expect(refused).toBeGreaterThan(30)
  })
})

/** So many workers, half of them nearly full of memory, that count how often anybody looks at what they use. */
const counted = (count: number) => {
  const looks = { count: 0 }
  const workers = Array.from({ length: count }, (_, index) => ({
    workerId: `w${index}`,
    get use() {
      looks.count += 1
      return { memory: index % 2 === 0 ? 0.9 : 0.1 }
    }
  }))
  return { looks, workers }
}

describe("in a pool of thousands", () => {
  it("the guard looks at two workers for each move, not at all of them", () => {
    const { looks, workers } = counted(2_000)
    const guard = new DimensionGuard(workers, 0.4)
    looks.count = 0
    for (let index = 0; index < 100; index += 1) {
      const move = {
        source: `w${2 * index}`,
        target: `w${2 * index + 2}`,
        leaves: { memory: 0.1 },
        comes: { memory: 0.1 }
      }
      expect(guard.worsened(move)).toEqual(["memory"])
    }
    expect(looks.count).toBeLessThan(100 * 50)
  })

  it("a move to even them out is found with a few looks at each", () => {
    const { looks, workers } = counted(2_000)
    const [request] = dimensionRequests(workers, thresholds, 0.4)
    if (request === undefined) throw new Error("memory does not ask")
    looks.count = 0
    const tasks = Array.from({ length: 10 }, (_, index) => ({
      taskId: `t${index}`,
      epoch: Epoch(1),
      type: "t",
      workerId: "w0",
      checkpointed: true
    }))
    const state = {
      tasks,
      workers,
      shareOf: () => ({ memory: 0.3 }),
      fits: () => true,
      memory: new MigrationMemory()
    }
    const settings = { ...dimensionDefaults, imbalanceThreshold: 0.4, movesPerWorker: 4 }
    expect(evenOut(request, state, settings, 0)).toMatchObject({ taskId: "t0", source: "w0" })
    expect(looks.count).toBeLessThan(2_000 * 30)
  })
})

describe("evenOut", () => {
  const workers = [worker("full", { cpu: 0.5, memory: 0.9 }), worker("empty", { cpu: 0.5, memory: 0.1 })]
  const [request] = dimensionRequests(workers, thresholds, 0.4)
  const settings = { ...dimensionDefaults, imbalanceThreshold: 0.4, movesPerWorker: 4 }
  const tasks = ["small", "right", "large"].map((taskId) => ({
    taskId,
    epoch: Epoch(1),
    type: "t",
    workerId: "full",
    checkpointed: true
  }))
  const memoryOf = new Map([
    ["small", 0.02],
    ["right", 0.4],
    ["large", 0.85]
  ])
  const state = {
    tasks,
    workers,
    shareOf: (taskId: string) => ({ memory: memoryOf.get(taskId) ?? 0 }),
    fits: () => true,
    memory: new MigrationMemory()
  }

  it("moves the task that brings the two closest together", () => {
    if (request === undefined) throw new Error("memory does not ask")
    const decision = evenOut(request, state, settings, 0)
    expect(decision).toMatchObject({ taskId: "right", source: "full", target: "empty", dimension: "memory" })
    expect(decision?.explanation).toContain("memory of the workers lies 80 % apart")
  })

  it("moves nothing that hardly helps, has not checkpointed, or puts another dimension out of balance", () => {
    if (request === undefined) throw new Error("memory does not ask")
    expect(evenOut(request, { ...state, tasks: tasks.slice(0, 1) }, settings, 0)).toBeUndefined()
    const unsaved = tasks.map((task) => ({ ...task, checkpointed: false }))
    expect(evenOut(request, { ...state, tasks: unsaved }, settings, 0)).toBeUndefined()
    const greedy = (taskId: string) => ({ memory: memoryOf.get(taskId) ?? 0, cpu: 0.5 })
    expect(evenOut(request, { ...state, shareOf: greedy }, settings, 0)).toBeUndefined()
  })

  it("takes from the next where nothing of the fullest can go", () => {
    const three = [worker("stuck", { memory: 0.95 }), ...workers]
    const [asked] = dimensionRequests(three, thresholds, 0.4)
    if (asked === undefined) throw new Error("memory does not ask")
    expect(asked.over).toEqual(["stuck", "full"])
    const unsaved = { taskId: "huge", epoch: Epoch(1), type: "t", workerId: "stuck", checkpointed: false }
    const decision = evenOut(asked, { ...state, workers: three, tasks: [unsaved, ...tasks] }, settings, 0)
    expect(decision).toMatchObject({ taskId: "right", source: "full", target: "empty" })
  })
})
