import { describe, expect, it } from "vitest"
import { LoadForecasts } from "../../actors/adaptation/prediction/load-forecasts.ts"
import type { BallastEventOf } from "../../actors/index.ts"
import { type SimulationDefinition, simulate } from "../../actors/simulation/index.ts"
import type { Forecast } from "../../src/adaptation/index.ts"
import type { OrderMaker } from "../../src/ledger/index.ts"
import type { TaskSpec } from "../../src/model/index.ts"
import { type EndedRun, leastConnections, type PlacementView, type Strategy } from "../../src/placement/index.ts"

const poisson = (tasks: number, perSecond: number, work: number): SimulationDefinition["workload"] => ({
  arrivals: { type: "poisson", perSecond, tasks },
  kinds: [{ type: "encode", work: { type: "constant", ms: work } }]
})

/** Remembers what it is shown and told. */
const observer = () => {
  const ended: Array<EndedRun> = []
  let view: PlacementView | undefined
  const strategy: Strategy = {
    id: "observer",
    rank: (_task, worker, shown) => {
      view = shown
      return -worker.slots
    },
    ended: (run) => void ended.push(run)
  }
  return { strategy, ended, seen: () => view }
}

describe("the runtime's strategy", () => {
  it("is told of each run that ended by itself, with its time and when its task was accepted", async () => {
    const { strategy, ended } = observer()
    const { ends } = await simulate({
      strategy,
      workers: [{ id: "w", speed: 2 }],
      workload: {
        arrivals: { type: "replay", tasks: [0, 0, 1_000].map((at) => ({ at, work: 100, type: "encode" })) },
        kinds: []
      }
    })
    expect(ends.completed).toBe(3)
    expect(ended.map(({ task, workerId, ms, ok }) => [task.type, workerId, ms, ok])).toEqual(
      Array.from({ length: 3 }, () => ["encode", "w", 50, true])
    )
    const [first, second, third] = ended.map(({ acceptedAt = Number.NaN }) => acceptedAt)
    expect(second).toBe(first)
    expect((third ?? 0) - (first ?? 0)).toBe(1_000)
  })

  it("sees how fast workers are, what is forecast of them, and what hardware they are", async () => {
    const { strategy, seen } = observer()
    await simulate({
      strategy,
      workers: [
        { id: "slow", speed: 0.5 },
        { id: "fast", speed: 2 }
      ],
      workload: poisson(300, 10, 100)
    })
    const view = seen()
    expect(view?.times?.speedOf("fast", "encode")).toBeGreaterThan(2 * (view?.times?.speedOf("slow", "encode") ?? 9))
    expect(view?.times?.workMs("encode")).toBeGreaterThan(0)
    expect(view?.profiles?.of("fast").kind).toBe("cpu")
    // So short a run has shown nothing yet.
    expect(view?.forecast?.of("fast")).toBeUndefined()
  })

  it("that is dynamic tells of its switches, and decides by what it has switched to", async () => {
    const changes: Array<BallastEventOf<"StrategyChanged">> = []
    const slowest: Strategy = { id: "slowest", rank: (_task, { spec }) => (spec.id === "slow" ? 1 : 0) }
    const settings = { interval: "5 seconds", hold: 0, window: 100, minRuns: 50, reviews: 2 }
    const { ends } = await simulate({
      strategy: { type: "dynamic", candidates: [slowest, "predictive"], ...settings },
      // A slow one that nobody declines: more unlike, it would be left alone whatever the strategy.
      workers: [
        { id: "slow", speed: 1 },
        { id: "fast", speed: 1.24 }
      ],
      workload: poisson(2_000, 5, 100),
      onEvent: (event) => {
        if (event._tag === "StrategyChanged") changes.push(event)
      }
    })
    expect(ends.completed).toBe(2_000)
    expect(changes.at(-1)).toMatchObject({ strategy: "dynamic", to: "predictive" })
    expect(changes.at(-1)?.reason).not.toBe("")
  })

  it("by default goes by the priority of a task, and its explanation says so", async () => {
    const words: Array<string> = []
    await simulate({
      workers: 2,
      workload: {
        arrivals: {
          type: "replay",
          tasks: (["critical", "normal"] as const).map((priority, at) => ({ at, work: 100, options: { priority } }))
        },
        kinds: []
      },
      watch: {
        every: 50,
        look: ({ simulation: { runtime } }) => {
          for (const id of runtime.ledger.tasks.keys()) words.push(runtime.explain(id))
        }
      }
    })
    expect(words.join("\n")).toMatch(/performance_based.*critical/)
    expect(words.join("\n")).toMatch(/least_connections.*normal/)
  })
})

describe("the order that a strategy brings", () => {
  const thrown = (what: string): never => {
    throw new Error(what)
  }
  const inOrder = { id: "own", rank: (_task: TaskSpec, acceptedAt: number) => acceptedAt }
  it.each<readonly [string, OrderMaker]>([
    ["cannot be made", () => thrown("the maker")],
    ["throws for a task", () => ({ ...inOrder, rank: () => thrown("a rank") })],
    ["ranks by what is no number", () => ({ ...inOrder, rank: () => Number.NaN })],
    ["cannot hear of workers", () => ({ ...inOrder, poolChanged: () => thrown("the pool") })],
    ["cannot hear of placements", () => ({ ...inOrder, placed: () => thrown("a placement") })],
    ["cannot hear of ends", () => ({ ...inOrder, completed: () => thrown("an end") })]
  ])("and that %s is reported once and left, and no task is lost", async (_, order) => {
    const faults: Array<string> = []
    const { ends } = await simulate({
      strategy: { ...leastConnections(), order },
      workers: 2,
      workload: { arrivals: { type: "batch", tasks: 20 }, kinds: [{ work: { type: "constant", ms: 10 } }] },
      onEvent: (event) => {
        if (event._tag === "StrategyFaulted") faults.push(event.message)
        expect(event._tag).not.toBe("ActorRestarted")
      }
    })
    expect(ends.completed).toBe(20)
    // What is wrong before there is anybody to listen cannot be heard.
    expect(faults.length).toBeLessThanOrEqual(1)
  })
})

describe("forecasts of load", () => {
  const forecast = (value: number, beatsNoChange = true, confidence = 0.9): Forecast => ({
    series: "s",
    madeAt: 0,
    dueAt: 1,
    current: 0.5,
    value,
    low: value,
    high: value,
    slope: 0,
    confidence,
    beatsNoChange
  })

  it("count where they have beaten no change and are sure enough; who is expected otherwise than before is named", () => {
    const forecasts = new LoadForecasts()
    const first = new Map([
      ["a", forecast(0.9)],
      ["b", forecast(0.9, false)],
      ["c", forecast(0.9, true, 0.5)]
    ])
    expect(forecasts.update(first)).toEqual(["a"])
    expect(["a", "b", "c", "d"].map((id) => forecasts.of(id))).toEqual([0.9, undefined, undefined, undefined])
    expect(forecasts.update(first)).toEqual([])
    expect(forecasts.update(new Map([["b", forecast(0.2)]]))).toEqual(["a", "b"])
    expect(forecasts.of("a")).toBeUndefined()
  })
})
