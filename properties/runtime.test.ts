import { describe, expect, it } from "vitest"
import { shortfalls } from "./property.ts"
import { runtimeProperties } from "./runtime.ts"
import { keepFailure } from "./seeds.ts"

const runs = 200
const seed = 20_262

describe(`the runtime in a simulated world, over ${runs} scenarios each (npm run properties: 10,000)`, () => {
  for (const [index, { name, promise, run }] of runtimeProperties.entries()) {
    it(`${name}: ${promise}`, async () => {
      const report = await run(runs, seed + index)
      const { failure } = report
      if (failure !== undefined) {
        expect.fail(`seed ${failure.seed}, path ${failure.path}, kept in ${keepFailure(failure)}\n${failure.message}`)
      }
      expect(report.runs).toBe(runs)
      expect(shortfalls(report)).toEqual([])
    })
  }
})
