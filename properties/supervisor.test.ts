import { describe, expect, it } from "vitest"
import { shortfalls } from "./property.ts"
import { keepFailure } from "./seeds.ts"
import { supervisorProperties } from "./supervisor.ts"

const runs = 300
const seed = 20_270

describe(`the actor kernel, over ${runs} scenarios each (npm run properties: 10,000)`, () => {
  for (const [index, { name, promise, run }] of supervisorProperties.entries()) {
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
