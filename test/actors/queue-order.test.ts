import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { simulate } from "../../actors/simulation/index.ts"
import type { RecordedTask } from "../../actors/simulation/workload/index.ts"
import { type BallastOptions, optionProblems } from "../../src/config/index.ts"
import { endsTask, type Millis, type TaskId } from "../../src/model/index.ts"
import { LedgerWatch, ledgerInvariants } from "../../src/testing/index.ts"

interface Given {
  readonly at?: Millis
  readonly work: Millis
  readonly cpu?: number
  readonly tenant?: string
  readonly declares?: boolean
}

const recorded = ({ at = 0, work, cpu = 1, tenant, declares = true }: Given): RecordedTask => ({
  at: at + 1,
  work,
  options: {
    requires: { cpu },
    ...(declares && { expectedDuration: work }),
    ...(tenant !== undefined && { tenant })
  }
})

/** When each began, in the order of arrival, on one worker with so many cores. */
const beginnings = async (
  cores: number,
  given: ReadonlyArray<Given>,
  queue: NonNullable<BallastOptions["queue"]>,
  more: { readonly strategy?: string; readonly ageing?: Millis } = {}
): Promise<ReadonlyArray<Millis>> => {
  const { strategy, ageing = 1_000_000 } = more
  const ids: Array<TaskId> = []
  const began = new Map<TaskId, Millis>()
  await simulate({
    workers: [{ id: "w", capacity: { cpu: cores, concurrent: cores } }],
    workload: { arrivals: { type: "replay", tasks: given.map(recorded) }, kinds: [] },
    options: { ageing, queue, heartbeatInterval: "1 hour", adaptation: { features: { taskMigration: false } } },
    ...(strategy !== undefined && { strategy }),
    onEvent: (event) => {
      if (event._tag === "TaskAccepted") ids.push(event.task.id)
      if (event._tag === "TaskPlaced" && !began.has(event.taskId)) began.set(event.taskId, event.at)
    }
  })
  return ids.map((id) => Math.round((began.get(id) ?? Number.NaN) - 1))
}

/** One that takes half until 100, one that takes all, and later small ones, of which those of 15 are over by then. */
const blocked: ReadonlyArray<Given> = [
  { work: 100, cpu: 2 },
  { at: 1, work: 50, cpu: 4 },
  { at: 80, work: 60, cpu: 1 },
  { at: 81, work: 15, cpu: 1 },
  { at: 82, work: 30, cpu: 2 },
  { at: 83, work: 15, cpu: 1 }
]

describe("the order of the queue", () => {
  it("shortest: what is short goes first, whatever came before it", async () => {
    const tasks: ReadonlyArray<Given> = [
      { work: 50 },
      { at: 1, work: 300 },
      { at: 20, work: 10 },
      { at: 45, work: 100 }
    ]
    expect(await beginnings(1, tasks, { order: "shortest" })).toEqual([0, 160, 50, 60])
    expect(await beginnings(1, tasks, { order: "age" })).toEqual([0, 50, 350, 360])
  })

  it("shortest: nothing is passed by what comes more than an ageing span after it", async () => {
    const small = Array.from({ length: 300 }, (_, index): Given => ({ at: 2 + index * 2, work: 2 }))
    const began = await beginnings(
      1,
      [{ work: 5 }, { at: 1, work: 500 }, ...small],
      { order: "shortest" },
      { ageing: 400 }
    )
    expect(began[1]).toBeGreaterThan(100)
    expect(began[1]).toBeLessThan(400)
  })

  it("fair_share: a tenant's few are not kept waiting by another's many, by weights where there are any", async () => {
    const flood = Array.from({ length: 40 }, (): Given => ({ work: 10, tenant: "many" }))
    const few = Array.from({ length: 3 }, (): Given => ({ at: 5, work: 10, tenant: "few" }))
    const last = async (queue: NonNullable<BallastOptions["queue"]>, strategy?: string) =>
      (await beginnings(1, [...flood, ...few], queue, strategy === undefined ? {} : { strategy })).at(-1)
    expect(await last({})).toBe(420)
    expect(await last({}, "fair_share")).toBeLessThanOrEqual(70)
    expect(await last({ order: "age" }, "fair_share")).toBe(420)
    expect(await last({ order: "fair" })).toBeLessThanOrEqual(70)
    expect(await last({ tenants: { weights: { few: 9 } } })).toBeLessThanOrEqual(50)
  })
})

describe("a large task that fits nowhere", () => {
  it("has room kept for it at once where that is asked for, and is not delayed by what is let by", async () => {
    const began = await beginnings(4, blocked, { order: "age", reserveAfter: 0 })
    expect(began).toEqual([0, 100, 150, 81, 150, 83])
  })

  it("without backfilling nobody passes it", async () => {
    const began = await beginnings(4, blocked, { order: "age", reserveAfter: 0, backfill: false })
    expect(began).toEqual([0, 100, 150, 150, 150, 165])
  })

  it("in an order of its own, who is first is asked anew: what is short and comes later goes before it", async () => {
    const began = await beginnings(4, blocked, { order: "shortest", reserveAfter: 0 })
    expect(began[1]).toBeGreaterThanOrEqual(100)
    expect(began[3]).toBe(81)
    expect(began[5]).toBeLessThan(100)
  })

  it("by default it is passed until it has waited for an ageing span, and begins as soon as what runs then has ended", async () => {
    const small = Array.from({ length: 100 }, (_, index): Given => ({ at: 2 + index * 10, work: 25, cpu: 1 }))
    const began = await beginnings(
      4,
      [{ work: 40, cpu: 2 }, { at: 1, work: 50, cpu: 4 }, ...small],
      {},
      { ageing: 200 }
    )
    expect(began[1]).toBeGreaterThan(200)
    expect(began[1]).toBeLessThan(240)
  })

  it("where nobody declares how long runs take, nothing passes it once room is kept", async () => {
    const silent = blocked.map((task) => ({ ...task, declares: false }))
    const began = await beginnings(4, silent, { order: "age", reserveAfter: 0 })
    expect(began[1]).toBe(100)
    expect(began.slice(2).every((at) => at >= 150)).toBe(true)
  })
})

describe("any queue, in any world", () => {
  const anyTask = fc.record(
    {
      gap: fc.nat({ max: 8 }),
      work: fc.integer({ min: 1, max: 80 }),
      cpu: fc.constantFrom(1, 1, 2, 2, 3, 5, 6),
      /** Of what it takes: what is declared may be right, too much, too little, or nothing. */
      says: fc.constantFrom(1, 1, 3, 0.5, 0),
      tenant: fc.constantFrom("a", "b")
    },
    { requiredKeys: ["gap", "work", "cpu", "says"] }
  )
  const queues = fc.record({
    order: fc.constantFrom("age" as const, "shortest" as const, "fair" as const),
    reserveAfter: fc.constantFrom(0, 0, 60),
    backfill: fc.boolean()
  })

  it("everything ends, and what must hold holds at every event", async () => {
    let slipped = 0
    let kept = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyTask, { minLength: 10, maxLength: 60 }),
        queues,
        fc.nat({ max: 99 }),
        async (given, queue, seed) => {
          let at = 1
          const tasks = given.map(({ gap, work, cpu, says, tenant }): RecordedTask => {
            at += gap
            const said = says === 0 ? {} : { expectedDuration: work * says }
            return { at, work, options: { requires: { cpu }, ...said, ...(tenant !== undefined && { tenant }) } }
          })
          const ageing = 60
          const invariants = ledgerInvariants.filter(
            ({ id }) => id !== "audit" && (queue.order === "age" || (id !== "D8" && id !== "bound"))
          )
          const watch = new LedgerWatch({ ageing, invariants })
          const held = new Map<string, string>()
          const outcome = await simulate({
            seed,
            workers: [
              { id: "w1", capacity: { cpu: 6, concurrent: 6 } },
              { id: "w2", capacity: { cpu: 4, concurrent: 3 }, speed: 0.5 }
            ],
            workload: { arrivals: { type: "replay", tasks }, kinds: [] },
            faults: [{ at: 150, type: "crash", worker: "w1" }],
            options: { ageing, queue, heartbeatInterval: "1 hour" },
            onEvent: (event) => {
              if (!("seq" in event)) return
              if (event._tag === "WorkerHeld") held.set(event.workerId, event.taskId)
              if (event._tag === "TaskPlaced" && held.has(event.reservation.workerId)) {
                const own = held.get(event.reservation.workerId) === event.taskId
                if (own) kept += 1
                else slipped += 1
              }
              if (event._tag === "WorkerUnheld") held.delete(event.workerId)
              if (event._tag === "TaskPlaced" || endsTask(event)) {
                for (const [workerId, taskId] of held) if (taskId === event.taskId) held.delete(workerId)
              }
              watch.see(event)
            }
          })
          expect(outcome.ends.completed).toBe(given.length)
          expect(watch.violations).toEqual([])
        }
      ),
      { numRuns: 100 }
    )
    expect(kept).toBeGreaterThan(100)
    expect(slipped).toBeGreaterThan(20)
  })
})

describe("settings of the queue", () => {
  it("name what is wrong with them, path and hint each", () => {
    const wrong = (queue: unknown) =>
      optionProblems({ handlers: "h.ts", ...Object.fromEntries([["queue", queue]]) }).map(({ path }) => path)
    expect(wrong({ order: "widest" })).toEqual([expect.stringContaining("queue.order")])
    expect(wrong({ tenants: { weights: { a: 0 } } })).toEqual(["queue.tenants.weights.a"])
    expect(wrong({ reserveAfter: "soon" })).toEqual(["queue.reserveAfter"])
    expect(wrong({ backfill: "yes" })).toEqual(["queue.backfill"])
    expect(wrong({ order: { type: "shortest", stretch: 50, width: 1 }, reserveAfter: 0 })).toEqual([])
  })
})
