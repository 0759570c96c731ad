import { afterAll, describe, expect, it } from "vitest"
import { type FitBatch, Forecaster, inlineFitting } from "../../src/adaptation/index.ts"
import { takeIn } from "../../src/adaptation/prediction/index.ts"
import { isBroken, valuesTaken } from "../../src/adaptation/prediction/series-model.ts"
import { FitPool } from "../../src/execution/index.ts"

const names = Array.from({ length: 40 }, (_, index) => `s${index}`)
const second = 1_000

/** Samples of each series, some of them missing now and then. */
const sampleInto = (forecaster: Forecaster, step: number): void => {
  names.forEach((name, index) => {
    if ((step * 7 + index) % 11 === 0) return
    forecaster.take(name, Math.abs(Math.sin(step / (3 + index))) * (1 + (step % 3)), step * second)
  })
}

const settings = { horizon: 5 * second, interval: second, window: 20 * second, bounds: { min: 0, max: 10 } }

describe("the fit pool", () => {
  const pool = new FitPool({ where: "pool" })
  afterAll(() => pool.close())

  it("gives the same forecasts on a thread as here", async () => {
    const [here, there] = [new Forecaster(settings), new Forecaster(settings)]
    for (let step = 0; step < 60; step += 1) {
      for (const forecaster of [here, there]) sampleInto(forecaster, step)
      expect(here.fit(inlineFitting)).toBeUndefined()
      const fitting = there.fit(pool)
      expect(fitting).toBeInstanceOf(Promise)
      // Until it is done nothing new is said, and what comes waits.
      expect(there.forecast("s1", step * second)).toBeUndefined()
      await fitting
      for (const name of names) expect(there.forecast(name, step * second)).toEqual(here.forecast(name, step * second))
    }
    expect(here.forecast("s1", 59 * second)).toBeDefined()
  })

  it("goes by how long a batch takes: few series stay here, and all do once it is closed", async () => {
    const forecaster = new Forecaster(settings)
    const byTime = new FitPool()
    sampleInto(forecaster, 1)
    expect(byTime.breakEven).toBeGreaterThan(names.length)
    expect(forecaster.fit(byTime)).toBeUndefined()
    const impatient = new FitPool({ patience: 0 })
    expect(impatient.breakEven).toBe(0)
    await impatient.close()
    sampleInto(forecaster, 2)
    expect(forecaster.fit(impatient)).toBeUndefined()
  })

  it("takes in here what a thread that fails has not", async () => {
    const [here, there] = [new Forecaster(settings), new Forecaster(settings)]
    for (let step = 0; step < 30; step += 1) {
      for (const forecaster of [here, there]) sampleInto(forecaster, step)
      here.fit()
      let batches = 0
      await there.fit({
        fit: (batch) => {
          batches += 1
          // Half of it, and then the thread is gone.
          const work = batch.work()
          takeIn(batch.model, { ...work, memories: work.memories.slice(0, 20) })
          return Promise.reject(new Error("gone"))
        }
      })
      expect(batches).toBe(1)
      for (const name of names) expect(there.forecast(name, step * second)).toEqual(here.forecast(name, step * second))
    }
  })

  it("begins a series anew that was left in the middle, and forecasts it again", async () => {
    const forecaster = new Forecaster(settings)
    const memories: Array<Float64Array> = []
    for (let step = 0; step < 20; step += 1) {
      sampleInto(forecaster, step)
      await forecaster.fit({
        fit: (batch: FitBatch) => {
          if (step !== 10) return batch.run()
          const [buffer] = batch.work().memories
          if (buffer === undefined) throw new Error("there are series")
          const memory = new Float64Array(buffer)
          memory[1] = 1
          memories.push(memory)
          expect(isBroken(memory)).toBe(true)
          return Promise.reject(new Error("gone"))
        }
      })
    }
    const [memory = new Float64Array()] = memories
    expect(isBroken(memory)).toBe(false)
    expect(valuesTaken(memory)).toBeLessThan(15)
    for (const name of names) expect(forecaster.forecast(name, 19 * second)?.value).toBeTypeOf("number")
  })
})
