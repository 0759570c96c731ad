import { describe, expect, it } from "vitest"
import { kernelProperties } from "./kernel.ts"
import { ledgerProperties } from "./ledger.ts"
import { type Property, shortfalls } from "./property.ts"
import { runtimeProperties } from "./runtime.ts"
import { scalingProperties } from "./scaling.ts"
import { keepFailure } from "./seeds.ts"
import { supervisorProperties } from "./supervisor.ts"

interface Group {
  readonly of: string
  readonly properties: ReadonlyArray<Property>
  readonly runs: number
  readonly seed: number
}

const groups: ReadonlyArray<Group> = [
  { of: "the ledger", properties: ledgerProperties, runs: 300, seed: 20_260 },
  { of: "the runtime in a simulated world", properties: runtimeProperties, runs: 200, seed: 20_262 },
  { of: "the supervisor's decisions", properties: supervisorProperties, runs: 300, seed: 20_270 },
  { of: "the actor kernel", properties: kernelProperties, runs: 300, seed: 20_280 },
  { of: "sizes that follow the load", properties: scalingProperties, runs: 300, seed: 20_290 }
]

for (const { of, properties, runs, seed } of groups) {
  describe(`${of}, over ${runs} scenarios each (npm run properties: 10,000)`, () => {
    for (const [index, { name, promise, run }] of properties.entries()) {
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
}
