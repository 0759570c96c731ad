import { describe, expect, it } from "vitest"
import {
  type Forecast,
  Forecaster,
  findImbalance,
  imbalanceDefaults,
  type WorkerLoad,
  workerSeries
} from "../../../src/adaptation/index.ts"

const worker = (workerId: string, utilisation: number, more: Partial<WorkerLoad> = {}): WorkerLoad => ({
  ...{ workerId, phase: "up", utilisation, slots: 4, running: 1, speed: 1, health: 1, backlogSeconds: 0 },
  ...more
})
const thresholds = { high: 0.85, low: 0.2 }
const none: ReadonlyMap<string, Forecast> = new Map()
const find = (workers: ReadonlyArray<WorkerLoad>, forecasts = none, previous?: ReturnType<typeof findImbalance>) =>
  findImbalance(workers, thresholds, forecasts, imbalanceDefaults, previous)

describe("findImbalance by thresholds (G2)", () => {
  it("acts where one is above high, one below low, and the gap is wide enough", () => {
    expect(find([worker("a", 0.9), worker("b", 0.5), worker("c", 0.1)])).toMatchObject({
      act: true,
      rules: ["thresholds"],
      utilisationGap: expect.closeTo(0.8),
      over: ["a"],
      under: ["c"]
    })
  })

  it("rests where either bound is not passed, and says what the gaps are", () => {
    for (const pair of [
      [0.85, 0.1],
      [0.9, 0.2]
    ] as const) {
      const found = find([worker("a", pair[0]), worker("b", pair[1])])
      expect(found).toMatchObject({ act: false, over: [], under: [] })
      expect(found.reasons[0]).toMatch(/utilisation gap 0\.7/)
    }
  })

  it("names no target that is unhealthy, full or not taking work", () => {
    const found = find([
      worker("a", 0.95),
      worker("sick", 0.1, { health: 0.2 }),
      worker("full", 0.1, { running: 4 }),
      worker("draining", 0, { phase: "draining" }),
      worker("fine", 0.15)
    ])
    expect(found.under).toEqual(["fine"])
  })
})

describe("findImbalance by backlog (X2)", () => {
  it("rebalances workers at 90/45/45 %, which the thresholds never would", () => {
    const found = find([
      worker("a", 0.9, { backlogSeconds: 30 }),
      worker("b", 0.45, { backlogSeconds: 5 }),
      worker("c", 0.45, { backlogSeconds: 6 })
    ])
    expect(found).toMatchObject({ act: true, rules: ["backlog"], backlogGap: 25, over: ["a"], under: ["b", "c"] })
  })

  it("counts backlog by the speed that works it off", () => {
    const equal = [worker("fast", 0.5, { speed: 3, backlogSeconds: 30 }), worker("slow", 0.5, { backlogSeconds: 10 })]
    expect(find(equal)).toMatchObject({ act: false, backlogGap: 0 })
    const unequal = [worker("fast", 0.5, { speed: 3, backlogSeconds: 30 }), worker("slow", 0.5, { backlogSeconds: 30 })]
    expect(find(unequal)).toMatchObject({ act: true, over: ["slow"], under: ["fast"] })
  })

  it("leaves a gap alone that is small in seconds, or small against the whole", () => {
    expect(find([worker("a", 0.5, { backlogSeconds: 1.9 }), worker("b", 0.5)]).act).toBe(false)
    expect(find([worker("a", 0.5, { backlogSeconds: 100 }), worker("b", 0.5, { backlogSeconds: 80 })]).act).toBe(false)
  })

  it("goes on once it acts until half of either remains, so that it does not flap", () => {
    const at = (seconds: number) => [worker("a", 0.5, { backlogSeconds: seconds }), worker("b", 0.5)]
    const acting = find(at(3))
    expect(acting.act).toBe(true)
    expect(find(at(1.5)).act).toBe(false)
    expect(find(at(1.5), none, acting).act).toBe(true)
    expect(find(at(0.9), none, acting).act).toBe(false)
  })
})

describe("findImbalance by forecast (X4, property 13)", () => {
  const forecast = (workerId: string, value: number, more: Partial<Forecast> = {}): readonly [string, Forecast] => [
    workerId,
    {
      ...{ series: workerSeries(workerId), madeAt: 0, dueAt: 180_000, current: 0.6, value, slope: 0 },
      ...{ low: value - 0.05, high: value + 0.05, confidence: 0.9, beatsNoChange: true },
      ...more
    }
  ]
  const workers = [worker("a", 0.7), worker("b", 0.15)]

  it("acts ahead of time on a forecast that is confident and has beaten no change", () => {
    const found = find(workers, new Map([forecast("a", 0.95)]))
    expect(found).toMatchObject({ act: true, rules: ["forecast"], over: ["a"], under: ["b"] })
    expect(found.predictedGap).toBeCloseTo(0.75)
  })

  it.each([
    ["unsure", { confidence: 0.7 }],
    ["no better than no change", { beatsNoChange: false }],
    ["so vague that the gap may be small", { low: 0.6 }]
  ])("does not act on one that is %s", (_, more) => {
    expect(find(workers, new Map([forecast("a", 0.95, more)])).act).toBe(false)
  })

  it("asks a larger gap of a forecast than of the present", () => {
    const narrow = { high: 0.5, low: 0.4 }
    const now = [worker("a", 0.48), worker("b", 0.1)]
    const ahead = (low: number) =>
      findImbalance(now, narrow, new Map([forecast("a", 0.7, { low })]), imbalanceDefaults).rules
    expect(ahead(0.58)).toEqual([])
    expect(ahead(0.62)).toEqual(["forecast"])
  })

  it("hardly ever acts on flat noise: less than once in a hundred", () => {
    let state = 9
    const random = () => {
      state = (state * 48_271) % 2_147_483_647
      return state / 2_147_483_647
    }
    const forecaster = new Forecaster()
    let acted = 0
    const rounds = 2_000
    for (let round = 0; round < rounds; round += 1) {
      const at = round * 30_000
      // The present gap of 0.38 is just short of the threshold, and thresholds lie right beside both loads.
      const loads = [worker("a", 0.69 + 0.06 * (random() - 0.5)), worker("b", 0.31 + 0.06 * (random() - 0.5))]
      for (const { workerId, utilisation } of loads) forecaster.observe(workerSeries(workerId), utilisation, at)
      const forecasts = new Map<string, Forecast>()
      for (const { workerId } of loads) {
        const ahead = forecaster.forecast(workerSeries(workerId), at)
        if (ahead !== undefined) forecasts.set(workerId, ahead)
      }
      if (findImbalance(loads, { high: 0.68, low: 0.32 }, forecasts, imbalanceDefaults).rules.includes("forecast"))
        acted += 1
    }
    expect(acted / rounds).toBeLessThan(0.01)
  })
})

describe("findImbalance on figures that cannot be used (property 34)", () => {
  it("leaves out workers whose figures are missing, negative or no numbers", () => {
    const bad = [
      worker("nan", Number.NaN),
      worker("negative", -1),
      worker("halted", 0, { speed: 0, backlogSeconds: 5 }),
      worker("endless", 0, { backlogSeconds: Number.POSITIVE_INFINITY })
    ]
    expect(find([...bad, worker("a", 0.9), worker("b", 0.1)])).toMatchObject({
      act: true,
      utilisationGap: expect.closeTo(0.8),
      over: ["a"],
      under: ["b"]
    })
    expect(find(bad)).toMatchObject({ act: false, utilisationGap: 0, over: [], under: [] })
    expect(find([])).toMatchObject({ act: false })
  })
})
