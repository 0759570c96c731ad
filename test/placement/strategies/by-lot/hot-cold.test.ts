import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { fitsNow, type WorkerRecord } from "../../../../src/ledger/index.ts"
import { hotCold } from "../../../../src/placement/strategies/by-lot/hot-cold.ts"
import { LatencyByLoad } from "../../../../src/placement/strategies/by-lot/latency-by-load.ts"
import { taskSpec, workerSpec } from "../../pool.ts"
import { playAgainst, ScoredWorld, type Story, stories } from "../scored-world.ts"

const load = ({ slots, spec }: WorkerRecord): number => slots / spec.limits.slots
const bandOf = (beside: number): number => Math.floor(Math.log2(beside + 1))

/** Short enough that it comes to that within a story. */
const forgetAfter = 5_000

/** The rule in the plainest way: all ends are kept, and everything is worked out from them when it is asked for. */
class Naive {
  readonly #runs = new Map<string, Array<{ readonly ms: number; readonly band: number }>>()
  readonly #beside = new Map<string, number>()
  readonly #heardAt = new Map<string, number>()
  #usual = 0
  #successes = 0

  began(taskId: string, beside: number): void {
    this.#beside.set(taskId, beside)
  }

  latency(workerId: string, beside: number): number | undefined {
    const runs = this.#runs.get(workerId) ?? []
    const distances = runs.map(({ band }) => Math.abs(band - bandOf(beside)))
    const nearest = Math.min(...distances)
    const inReach = runs.filter((_, index) => distances[index] === nearest).map(({ band }) => band)
    const band = Math.min(...inReach)
    const times = runs
      .filter((run) => run.band === band)
      .slice(-9)
      .map(({ ms }) => ms)
    return times.toSorted((a, b) => a - b)[Math.floor((times.length - 1) / 2)]
  }

  isForgotten(workerId: string, now: number): boolean {
    return now - (this.#heardAt.get(workerId) ?? Number.NEGATIVE_INFINITY) >= forgetAfter
  }

  ended(taskId: string, workerId: string, ms: number, ok: boolean, now: number): void {
    this.#heardAt.set(workerId, now)
    const beside = this.#beside.get(taskId) ?? 0
    const least = Math.max(ms, this.#usual)
    const failed = Math.min(2 * Math.max(least, this.latency(workerId, beside) ?? 0), 1_000 * least)
    this.#runs.set(workerId, [...(this.#runs.get(workerId) ?? []), { ms: ok ? ms : failed, band: bandOf(beside) }])
    if (!ok) return
    this.#successes += 1
    this.#usual += (ms - this.#usual) * Math.max(1 / this.#successes, 0.05)
  }
}

const play = (quantile: number, alike: number, story: Story) => {
  const naive = new Naive()
  const pending = new Map<string, ReadonlyMap<string, number>>()
  return playAgainst(hotCold({ quantile, alike, forgetAfter, seed: 4 }), story, {
    best: (task, worker, view, now) => {
      const fitting = view.workers.filter((each) => fits(each, task))
      pending.set(task.id, new Map(fitting.map((each) => [each.spec.id, each.slots])))
      const loads = fitting.map(load).toSorted((a, b) => a - b)
      const threshold = loads[Math.max(0, Math.ceil(quantile * loads.length) - 1)] ?? 0
      if (load(worker) > threshold) return Number.NEGATIVE_INFINITY
      const latencyOf = ({ slots, spec }: WorkerRecord) =>
        slots === 0 && naive.isForgotten(spec.id, now) ? -1 : (naive.latency(spec.id, slots) ?? 1e9)
      const least = Math.min(...fitting.filter((each) => load(each) <= threshold).map(latencyOf))
      // Among those that are about as quick as the quickest, the load alone counts.
      return latencyOf(worker) <= (least > 0 ? alike * least : least) ? -load(worker) : Number.NEGATIVE_INFINITY
    },
    ended: ({ task, workerId, ms, ok }, now) => {
      naive.began(task.id, pending.get(task.id)?.get(workerId) ?? 0)
      naive.ended(task.id, workerId, ms, ok, now)
    }
  })
}

const fits = (worker: WorkerRecord, task: ReturnType<typeof taskSpec>): boolean => fitsNow(task.requirements, worker)

describe("hot-cold lexicographic", () => {
  it("takes the quickest of the workers that are not loaded more than others, as the plainest rule does", () => {
    let decisions = 0
    fc.assert(
      fc.property(
        stories,
        fc.constantFrom(0, 0.5, 2 ** -0.25, 1),
        fc.constantFrom(1, 1.25, 2),
        (story, quantile, alike) => {
          const played = play(quantile, alike, story)
          decisions += played.decisions
          expect(played.faults).toEqual([])
          expect(played.wrong).toEqual([])
        }
      ),
      { numRuns: 300 }
    )
    expect(decisions).toBeGreaterThan(3_000)
  })

  it("goes by load alone at Q = 0", () => {
    fc.assert(
      fc.property(stories, (story) => {
        expect(playAgainst(hotCold({ quantile: 0 }), story, { best: (_task, worker) => -load(worker) }).wrong).toEqual(
          []
        )
      })
    )
  })

  it("goes by latency alone at Q = 1", () => {
    const world = new ScoredWorld(hotCold({ quantile: 1, alike: 1 }))
    for (const id of ["w0", "w1"]) world.addSpec(workerSpec(id, { slots: 20 }))
    const submit = () => world.submit(world.task((id) => taskSpec(id)))
    expect(new Set([submit(), submit()]).size).toBe(2)
    world.endAll("w0", 50)
    world.endAll("w1", 60)
    expect(Array.from({ length: 15 }, submit)).toEqual(Array.from({ length: 15 }, () => "w0"))
  })

  it("sends a slow worker work only where the quick ones are hot", () => {
    const world = new ScoredWorld(hotCold())
    for (let at = 0; at < 8; at += 1) world.addSpec(workerSpec(`w${at}`, { slots: 100 }))
    const counts = new Map<string, number>()
    for (let round = 0; round < 400; round += 1) {
      const id = world.submit(world.task((taskId) => taskSpec(taskId))) ?? ""
      counts.set(id, (counts.get(id) ?? 0) + 1)
      if (round % 8 === 7) for (let at = 0; at < 8; at += 1) world.endAll(`w${at}`, at === 3 ? 2_000 : 100)
    }
    expect(counts.get("w3") ?? 0).toBeLessThan(10)
  })

  it("spreads work over workers that are about as quick, whose latencies differ by chance alone", () => {
    const world = new ScoredWorld(hotCold())
    const ids = Array.from({ length: 11 }, (_, at) => `w${at}`)
    for (const id of ids) world.addSpec(workerSpec(id, { slots: 1_000 }))
    const counts = new Map<string, number>()
    for (let round = 0; round < 60; round += 1) {
      for (let task = 0; task < 33; task += 1) {
        const id = world.submit(world.task((taskId) => taskSpec(taskId))) ?? ""
        counts.set(id, (counts.get(id) ?? 0) + 1)
      }
      ids.forEach((id, at) => {
        world.endAll(id, 162 + ((7 * round + 5 * at) % 11))
      })
    }
    const share = (60 * 33) / 11
    for (const id of ids) expect(Math.abs((counts.get(id) ?? 0) - share)).toBeLessThan(0.1 * share)
  })

  it("finds a worker again that was slow for a while, and asks one that still is for no more than a task a minute", () => {
    const begun = (slowRuns: number): ReadonlyMap<string, number> => {
      const world = new ScoredWorld(hotCold())
      for (const id of ["w0", "w1"]) world.addSpec(workerSpec(id))
      const counts = new Map([
        ["w0", 0],
        ["w1", 0]
      ])
      for (let second = 0; second < 1_200; second += 1) {
        world.now = 1_000 * second
        const id = world.submit(world.task((taskId) => taskSpec(taskId))) ?? ""
        const count = (counts.get(id) ?? 0) + 1
        counts.set(id, count)
        world.endAll(id, id === "w0" && count <= slowRuns ? 500 : 10)
      }
      return counts
    }
    expect(begun(3).get("w0") ?? 0).toBeGreaterThan(300)
    expect(begun(1_200).get("w0") ?? 0).toBeLessThanOrEqual(20)
  })

  it("looks at no more than a sample of a large pool", () => {
    const world = new ScoredWorld(hotCold({ sample: 4 }))
    for (let at = 0; at < 60; at += 1) world.addSpec(workerSpec(`w${at}`, { slots: 3 }))
    const seen = new Set(Array.from({ length: 60 }, () => world.submit(world.task((id) => taskSpec(id)))))
    expect(seen.size).toBeGreaterThan(40)
    expect(world.faults).toEqual([])
  })
})

describe("latency by load", () => {
  it("answers with the median of the nearest band of which something is known, the less loaded of two", () => {
    const latency = new LatencyByLoad()
    expect(latency.at(3)).toBeUndefined()
    for (const ms of [10, 30, 20]) latency.add(ms, 0)
    latency.add(500, 7)
    expect([latency.at(0), latency.at(1), latency.at(3), latency.at(8), latency.at(1_000_000)]).toEqual([
      20, 20, 500, 500, 500
    ])
  })

  it("takes the less loaded of two bands that are equally near", () => {
    const latency = new LatencyByLoad()
    latency.add(10, 0)
    latency.add(90, 3)
    expect(latency.at(1)).toBe(10)
  })

  it("forgets all but the latest runs", () => {
    const latency = new LatencyByLoad()
    for (let run = 0; run < 9; run += 1) latency.add(1_000, 0)
    for (let run = 0; run < 5; run += 1) latency.add(10, 0)
    expect(latency.at(0)).toBe(10)
  })
})
