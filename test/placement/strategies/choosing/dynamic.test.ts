import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { WorkerRecord } from "../../../../src/ledger/index.ts"
import type { Millis, TaskSpec, WorkerId } from "../../../../src/model/index.ts"
import {
  type DelegatingStrategy,
  type DynamicOptions,
  dynamic,
  dynamicDefaults,
  leastConnections,
  type PlacementView,
  type RankStrategy,
  type Strategy,
  type StrategyChange
} from "../../../../src/placement/index.ts"
import { favouredBy } from "../../../../src/placement/strategies/choosing/dynamic.ts"
import { record, taskSpec, workerSpec } from "../../pool.ts"
import { knowing, timesOf } from "./twin.ts"

const bySpeed = (speeds: Readonly<Record<WorkerId, number>>): RankStrategy => ({
  id: "by_speed",
  rank: (_task, { spec }) => speeds[spec.id] ?? 1
})

const slowest = (speeds: Readonly<Record<WorkerId, number>>): RankStrategy => ({
  id: "slowest",
  rank: (_task, { spec }) => -(speeds[spec.id] ?? 1)
})

const quick: Partial<DynamicOptions> = { interval: 1_000, hold: 0, window: 40, minRuns: 20, gain: 0.1, reviews: 2 }

const workersOf = (count: number, slots = 0): ReadonlyArray<WorkerRecord> =>
  Array.from({ length: count }, (_, index) => record(workerSpec(`w${index}`, { slots: 1 }), { slots }))

/** Runs that end one after the other, as the strategy would be told of them. */
class Ends {
  now: Millis = 0
  readonly changes: Array<StrategyChange> = []
  readonly strategy: DelegatingStrategy
  readonly view: PlacementView

  constructor(view: PlacementView, options: Parameters<typeof dynamic>[0]) {
    this.view = view
    this.strategy = dynamic({ ...quick, ...options, onChange: (change) => void this.changes.push(change) })
  }

  get chosen(): string {
    return this.strategy.delegate(taskSpec("t"), this.view, this.now).id
  }

  /** So many runs of so much work, which all had the worker that was asked for. */
  end(count: number, { gap = 60, workMs = 100, workerId = "w0" } = {}): this {
    for (let index = 0; index < count; index++) {
      this.now += gap
      const ms = workMs / (this.view.times?.speedOf(workerId) ?? 1)
      const run = { task: taskSpec("t"), workerId, ms, ok: true, acceptedAt: this.now - ms }
      this.strategy.ended?.(run, this.view, this.now)
    }
    return this
  }
}

const uneven = { w0: 4, w1: 0.5 }
const unevenView = knowing(timesOf(uneven), { workers: workersOf(2) })

const candidates = (...strategies: ReadonlyArray<() => Strategy>): DynamicOptions["candidates"] =>
  Object.fromEntries(strategies.map((make) => [make().id, { make }]))

describe("dynamic", () => {
  it("is off the sources' facts: every 300 s, a gain above 10 %, held for 5 min", () => {
    expect(dynamicDefaults).toMatchObject({ interval: 300_000, hold: 300_000, gain: 0.1 })
  })

  it("switches to the one that does better with the same work, once it has in several reviews, and says why", () => {
    const ends = new Ends(unevenView, {
      candidates: candidates(
        () => slowest(uneven),
        () => bySpeed(uneven)
      )
    })
    expect(ends.chosen).toBe("slowest")
    ends.end(35)
    expect(ends.changes).toEqual([])
    ends.end(60)
    expect(ends.chosen).toBe("by_speed")
    expect(ends.changes).toMatchObject([{ strategy: "dynamic", from: "slowest", to: "by_speed" }])
    expect(ends.changes[0]?.reason).toMatch(/mean sojourn \d+ ms by by_speed, \d+ ms by slowest/)
    expect(ends.changes[0]?.reason).toMatch(/load .* Gini .* capacities vary/)
    expect(ends.strategy.because?.(taskSpec("t"), ends.view, ends.now)).toMatch(/placed again/)
  })

  it("does not switch on one review", () => {
    const ends = new Ends(unevenView, {
      candidates: candidates(
        () => slowest(uneven),
        () => bySpeed(uneven)
      ),
      reviews: 1_000
    })
    expect(ends.end(400).changes).toEqual([])
  })

  it("judges the running one by its replay, not by what it happened to get", () => {
    // Whatever its runs took, the others would have done no better with them.
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: 200 }), (workMs, gap) => {
        const view = knowing(timesOf({}), { workers: workersOf(3) })
        const twin = (id: string) => () => ({ ...leastConnections(), id })
        const ends = new Ends(view, { candidates: candidates(twin("a"), twin("b")) })
        expect(ends.end(120, { workMs, gap }).changes).toEqual([])
      }),
      { numRuns: 20 }
    )
  })

  it("holds to what it has switched to", () => {
    const ends = new Ends(unevenView, {
      candidates: candidates(
        () => slowest(uneven),
        () => bySpeed(uneven)
      ),
      hold: 60_000
    })
    ends.end(120)
    expect(ends.changes).toHaveLength(1)
    // From now on the fast one is slow: it should go back, and may not yet.
    const change = { ...unevenView, times: timesOf({ w0: 0.5, w1: 4 }) }
    let switchedBack: Millis | undefined
    for (let index = 0; index < 2_000 && switchedBack === undefined; index++) {
      ends.now += 60
      const run = { task: taskSpec("t"), workerId: "w0", ms: 200, ok: true, acceptedAt: ends.now - 200 }
      ends.strategy.ended?.(run, change, ends.now)
      if (ends.changes.length > 1) switchedBack = ends.now
    }
    expect((switchedBack ?? 0) - (ends.changes[0]?.at ?? 0)).toBeGreaterThanOrEqual(60_000)
  })

  it("leaves out those whose cost grows with the pool where it is large, the running one too", () => {
    const view = knowing(timesOf({}), { workers: workersOf(30) })
    const ends = new Ends(view, {
      candidates: {
        least_connections: { make: () => leastConnections(), upTo: 10 },
        other: { make: () => ({ ...leastConnections(), id: "other" }) }
      }
    })
    ends.end(400, { gap: 20, workMs: 30 })
    expect(ends.chosen).toBe("other")
  })

  it("begins with what the state of the cluster speaks for", () => {
    const view = knowing(timesOf(uneven), { workers: workersOf(2, 1) })
    const ends = new Ends(view, {
      candidates: candidates(leastConnections, () => ({ ...leastConnections(), id: "predictive" }))
    })
    ends.end(1)
    expect(ends.chosen).toBe("predictive")
    expect(ends.changes[0]?.reason).toMatch(/nothing was placed again yet/)
  })

  it("has one that there is only one of learn nothing from replays", () => {
    class Own {
      readonly id = "own"
      readonly #speeds = uneven
      heard = 0
      rank(_task: TaskSpec, { spec }: WorkerRecord): number {
        return spec.id === "w0" ? this.#speeds.w0 : this.#speeds.w1
      }
      proposed(): void {
        this.heard += 1
      }
      ended(): void {
        this.heard += 1
      }
    }
    const own = new Own()
    const ends = new Ends(unevenView, {
      candidates: candidates(
        () => slowest(uneven),
        () => own
      )
    })
    ends.end(200)
    expect(ends.chosen).toBe("own")
    expect(own.heard).toBe(0)
  })

  it("comes to the same from the same runs", () => {
    const changes = () =>
      new Ends(unevenView, {
        candidates: candidates(
          () => slowest(uneven),
          () => bySpeed(uneven)
        )
      }).end(200).changes
    expect(changes()).toEqual(changes())
  })

  it("names all it may leave a decision to, so that they hear of every run", () => {
    const { strategy } = new Ends(unevenView, { candidates: candidates(leastConnections, () => bySpeed(uneven)) })
    expect(strategy.delegates.map(({ id }) => id)).toEqual(["least_connections", "by_speed"])
  })
})

describe("what the state of a cluster speaks for", () => {
  const even = { size: 8, load: 0.5, unevenness: 0, variety: 0 }
  it.each([
    [{ ...even, load: 0.1 }, "round_robin"],
    [even, "least_connections"],
    [{ ...even, unevenness: 0.5 }, "least_connections"],
    [{ ...even, variety: 0.5 }, "weighted_capacity"],
    [{ ...even, variety: 0.5, load: 0.9 }, "predictive"]
  ])("%j: %s first", (state, first) => {
    expect(favouredBy(state)[0]).toBe(first)
  })
})
