import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  type BatchJob,
  type BatchPolicy,
  declaredArea,
  declaredTime,
  f1,
  simulateBatch,
  submitted
} from "../../../../actors/simulation/baselines/index.ts"
import { machineWorld } from "../../../../actors/simulation/scenarios/batch-log.ts"
import { batchJobsOf } from "../../../../actors/simulation/scenarios/batch-measurement.ts"
import { listTraces, readSwf, traceFolder } from "../../../../actors/simulation/traces/index.ts"
import { needsTraces } from "../traces/given.ts"

const job = (at: number, work: number, procs: number, declared = work): BatchJob => ({ at, work, procs, declared })
const startsOf = (policy: BatchPolicy, procs: number, ...jobs: ReadonlyArray<BatchJob>): ReadonlyArray<number> => [
  ...simulateBatch(policy, procs, jobs).starts
]

describe("a batch machine", () => {
  const jobs = [job(0, 100, 2), job(1, 50, 4), job(2, 500, 1), job(3, 20, 1)]

  it("without backfilling lets nobody pass the first", () => {
    expect(startsOf({ key: submitted }, 4, ...jobs)).toEqual([0, 100, 150, 150])
  })

  it("with backfilling lets by what does not delay the first, by declaration", () => {
    expect(startsOf({ key: submitted, backfill: { key: submitted } }, 4, ...jobs)).toEqual([0, 100, 150, 3])
    const longer = [...jobs.slice(0, 3), job(3, 20, 1, 200)]
    expect(startsOf({ key: submitted, backfill: { key: submitted } }, 4, ...longer)).toEqual([0, 100, 150, 150])
  })

  it("lets by what the first leaves, unless only what ends before it may", () => {
    const three = [job(0, 100, 2), job(1, 50, 3), job(2, 500, 1)]
    expect(startsOf({ key: submitted, backfill: { key: submitted } }, 4, ...three)).toEqual([0, 100, 2])
    const early = { key: submitted, backfill: { key: submitted, endsBefore: true } }
    expect(startsOf(early, 4, ...three)).toEqual([0, 100, 100])
  })

  it("asks anew who is first, unless the first keeps its turn", () => {
    const late = [job(0, 100, 4), job(1, 50, 4), job(2, 10, 4)]
    expect(startsOf({ key: declaredTime }, 4, ...late)).toEqual([0, 110, 100])
    expect(startsOf({ key: declaredTime, keepsTurn: true }, 4, ...late)).toEqual([0, 100, 150])
  })

  it("never runs more than there is, ends all, and leaves nothing idle that the first could use", () => {
    const anyJob = fc.record({
      gap: fc.nat({ max: 20 }),
      work: fc.integer({ min: 1, max: 50 }),
      procs: fc.integer({ min: 1, max: 8 }),
      slack: fc.nat({ max: 30 })
    })
    const keys = fc.constantFrom(submitted, declaredTime, declaredArea, f1)
    const policies: fc.Arbitrary<BatchPolicy> = fc.record(
      { key: keys, keepsTurn: fc.boolean(), backfill: fc.record({ key: keys, endsBefore: fc.boolean() }) },
      { requiredKeys: ["key"] }
    )
    fc.assert(
      fc.property(fc.array(anyJob, { maxLength: 30 }), policies, (given, policy) => {
        let at = 0
        const all = given.map(({ gap, work, procs, slack }) => {
          at += gap
          return job(at, work, procs, work + slack)
        })
        const { starts, ends } = simulateBatch(policy, 8, all)
        for (const [index, { work, at: arrives }] of all.entries()) {
          expect(starts[index]).toBeGreaterThanOrEqual(arrives)
          expect((ends[index] ?? 0) - (starts[index] ?? 0)).toBe(work)
        }
        for (const moment of [...starts]) {
          const used = all.reduce(
            (sum, { procs }, index) =>
              (starts[index] ?? 0) <= moment && moment < (ends[index] ?? 0) ? sum + procs : sum,
            0
          )
          expect(used).toBeLessThanOrEqual(8)
        }
      }),
      { numRuns: 200 }
    )
  })
})

const folder = traceFolder()
const isThere = folder !== undefined && listTraces(folder).some(({ name }) => name === "lublin_256")

describe.skipIf(!isThere)(`published results for the first Lublin model (${needsTraces})`, () => {
  const starts = [1981, 2756, 4299, 8850, 3316, 2714, 5228, 7762, 4022, 7085]
  const slowdown = (policy: BatchPolicy): number => {
    const log = readSwf(folder ?? "", "lublin_256")
    const means = starts.map((first) => {
      const jobs = batchJobsOf(machineWorld({ ...log, jobs: log.jobs.slice(first, first + 1_024) }, "estimate"))
      const { ends } = simulateBatch(policy, log.procs, jobs)
      const sum = jobs.reduce(
        (total, { at, work }, index) => total + Math.max(1, ((ends[index] ?? 0) - at) / Math.max(work, 10_000)),
        0
      )
      return sum / jobs.length
    })
    return means.reduce((sum, mean) => sum + mean, 0) / means.length
  }

  it("come out to the cent where the first keeps its turn", () => {
    expect(slowdown({ key: submitted, keepsTurn: true })).toBeCloseTo(7273.77, 2)
    expect(slowdown({ key: declaredTime, keepsTurn: true })).toBeCloseTo(277.35, 2)
    expect(slowdown({ key: f1, keepsTurn: true })).toBeCloseTo(258.37, 2)
    const backfill = { key: submitted, endsBefore: true }
    expect(slowdown({ key: declaredTime, keepsTurn: true, backfill })).toBeCloseTo(73.31, 2)
    expect(slowdown({ key: f1, keepsTurn: true, backfill })).toBeCloseTo(75.08, 2)
  })
})
