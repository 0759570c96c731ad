import { describe, expect, it } from "vitest"
import type { FitRunner } from "../../../src/adaptation/index.ts"
import { start } from "../given.ts"
import { crowdedWorld } from "./given.ts"

const predictor = "ballast/adaptation/predictor"
const second = 1_000
const options = { adaptation: { predictionWindow: "6 seconds", performanceWindow: "20 seconds" } } as const

/** So many tasks each second, each of two seconds' work. */
const traffic = async (world: Awaited<ReturnType<typeof crowdedWorld>>, seconds: number, perSecond = 3) => {
  for (let passed = 0; passed < seconds; passed += 1) {
    world.submit(perSecond, 2 * second)
    await world.simulation.advance(second)
  }
}

describe("forecasts of a runtime", () => {
  it("tell of the system, each worker and each kind, with an interval and how well earlier ones came true", async () => {
    const world = await crowdedWorld({ options })
    await traffic(world, 60)
    const { horizon, system, workers, arrivals, kinds } = world.runtime.forecastReport
    expect(horizon).toBe(6 * second)
    expect(Object.keys(workers).toSorted()).toEqual(["w1", "w2", "w3"])
    expect(Object.keys(kinds)).toEqual(["work"])
    for (const forecast of [system, ...Object.values(workers), arrivals.tasks, arrivals.work, kinds.work?.tasks]) {
      if (forecast === undefined) throw new Error("everything is forecast by now")
      expect(forecast.low).toBeLessThanOrEqual(forecast.value)
      expect(forecast.high).toBeGreaterThanOrEqual(forecast.value)
      expect(forecast.record?.scored).toBeGreaterThan(20)
      expect(forecast.methods.length).toBeGreaterThan(0)
    }
    expect(arrivals.tasks?.value).toBeCloseTo(3, 0)
    expect(arrivals.work?.value).toBeCloseTo(6, 0)
  })

  it("are told as events, with an accuracy as soon as one has come due (X3)", async () => {
    const world = await crowdedWorld({ options })
    await traffic(world, 30)
    const told = world.of("LoadForecast")
    const due = told[0]?.dueAt ?? Number.NaN
    expect(told.filter(({ at }) => at >= due).length).toBeGreaterThan(15)
    for (const { at, accuracy, low, load, high } of told) {
      if (at >= due) expect(accuracy).toBeTypeOf("number")
      expect(low).toBeLessThanOrEqual(load)
      expect(high).toBeGreaterThanOrEqual(load)
    }
  })

  it("go on with what was seen when their actor fails and is started anew", async () => {
    const world = await crowdedWorld({ options })
    await traffic(world, 40)
    const before = world.runtime.forecastReport
    for (let time = 0; time < 3; time += 1) {
      world.parts.fail(predictor)
      await world.simulation.settle()
    }
    expect(world.of("ActorRestarted").map(({ actor }) => actor)).toContain(predictor)
    await traffic(world, 10)
    const after = world.runtime.forecastReport
    expect(after.system?.record?.scored).toBeGreaterThan((before.system?.record?.scored ?? 0) + 5)
    expect(after.kinds.work?.work?.record?.scored).toBeGreaterThan(before.kinds.work?.work?.record?.scored ?? 0)
  })

  it("are the same where many series are fitted elsewhere, however long that takes", async () => {
    const slow: FitRunner = {
      fit: async (batch) => {
        for (let turn = 0; turn < 5; turn += 1) await Promise.resolve()
        batch.run()
      }
    }
    const reports = await Promise.all(
      [undefined, slow].map(async (fitting) => {
        const world = await crowdedWorld({ options, ...(fitting && { fitting }) })
        await traffic(world, 40)
        return { told: world.of("LoadForecast"), sampled: world.of("LoadSampled").length }
      })
    )
    expect(reports[1]?.told).toEqual(reports[0]?.told)
    expect(reports[0]?.told.length).toBeGreaterThan(20)
  })

  it("forget workers that have left, and no others", async () => {
    const world = await crowdedWorld({ options })
    await traffic(world, 10)
    world.simulation.time.fork(world.runtime.workforce.retire("w3"))
    await traffic(world, 5)
    expect(Object.keys(world.runtime.forecastReport.workers).toSorted()).toEqual(["w1", "w2"])
  })

  it("are none where that is switched off, and load is sampled all the same", async () => {
    const world = await crowdedWorld({
      options: { adaptation: { ...options.adaptation, features: { predictiveBalancing: false } } }
    })
    await traffic(world, 20)
    expect(world.of("LoadForecast")).toEqual([])
    expect(world.of("LoadSampled").length).toBeGreaterThan(15)
    expect(world.runtime.forecastReport).toMatchObject({ system: undefined, kinds: {} })
  })

  it.each(["linear-regression", "last-value", "seasonal", "median"] as const)(
    "are by %s alone where that is wished",
    async (method) => {
      const world = await crowdedWorld({
        options: { adaptation: { ...options.adaptation, prediction: { method, period: "10 seconds" } } }
      })
      await traffic(world, 30)
      const { system } = world.runtime.forecastReport
      expect(system).toBeDefined()
      expect(system?.methods.map((each) => each.method)).toEqual(method === "linear-regression" ? [] : [method])
    }
  )

  it("are to be had of a runtime on real threads", async () => {
    await using ballast = await start({ adaptation: { checkInterval: "20 millis", predictionWindow: "100 millis" } })
    await ballast.run("add", { a: 1, b: 1 })
    const report = ballast.forecasts()
    expect(report.horizon).toBe(100)
    expect(report).toHaveProperty("arrivals")
  })

  it("are refused a method that there is none of, and a period that is none, with a hint", async () => {
    const refused = start({
      // @ts-expect-error: there is no such method
      adaptation: { prediction: { method: "oracle", period: "0 seconds" } }
    })
    await expect(refused).rejects.toMatchObject({
      problems: [
        { path: "adaptation.prediction.method", hint: expect.stringContaining("robust-slope") },
        { path: "adaptation.prediction.period", hint: expect.stringContaining("1 day") }
      ]
    })
  })
})
