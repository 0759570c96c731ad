import { describe, expect, it } from "vitest"
import {
  centralQueue,
  erlangC,
  generalServiceWait,
  manyServersSojourn,
  manyServersWait,
  simulateBaseline,
  singleServerSojourn
} from "../../../actors/simulation/baselines/index.ts"
import { type Outcome, type ServiceTime, simulate } from "../../../actors/simulation/index.ts"
import { chanceOf, tasksOf, variationOf } from "../../../actors/simulation/workload/index.ts"
import { mean, standardError } from "../../../src/statistics/index.ts"

const seeds = Array.from({ length: 10 }, (_, index) => index)
const service = 100

/** An open queue before equal workers, once for each seed. Nothing waits outside, and nothing is moved. */
const queue = (workers: number, load: number, work: ServiceTime, tasks = 4_000): Promise<ReadonlyArray<Outcome>> =>
  Promise.all(
    seeds.map((seed) =>
      simulate({
        seed,
        workers,
        workload: {
          arrivals: { type: "poisson", perSecond: (1_000 * load * workers) / service, tasks },
          kinds: [{ work }]
        },
        options: { maxQueue: 100_000 }
      })
    )
  )

/** Asserts that the mean of a figure over the seeds is what theory says, within three standard errors of it. */
const agrees = (figures: ReadonlyArray<number>, theory: number): void => {
  const error = standardError(figures)
  // Three standard errors that are half of the figure itself would show nothing.
  expect(3 * error).toBeLessThan(0.3 * theory)
  expect(Math.abs(mean(figures) - theory)).toBeLessThan(3 * error)
}

describe("the runtime in a simulated world behaves as queueing theory says", () => {
  const exponential: ServiceTime = { type: "exponential", mean: service }

  it("M/M/1 at ρ = 0.6: mean sojourn", async () => {
    const rate = 0.6 / service
    const outcomes = await queue(1, 0.6, exponential)
    agrees(
      outcomes.map(({ sojourn }) => sojourn.mean),
      singleServerSojourn(rate, service)
    )
  })

  it("M/M/5 at ρ = 0.8: mean wait, mean sojourn and the share that waits (Erlang C)", async () => {
    const rate = (0.8 * 5) / service
    const outcomes = await queue(5, 0.8, exponential)
    agrees(
      outcomes.map(({ wait }) => wait.mean),
      manyServersWait(5, rate, service)
    )
    agrees(
      outcomes.map(({ sojourn }) => sojourn.mean),
      manyServersSojourn(5, rate, service)
    )
    agrees(
      outcomes.map(({ wait }) => 1 - wait.shareWithin(1e-6)),
      erlangC(5, rate, service)
    )
  })

  it("M/G/1 with lognormal times: mean wait (Pollaczek and Khinchine)", async () => {
    const work: ServiceTime = { type: "lognormal", mean: service, sigma: 0.8 }
    const outcomes = await queue(1, 0.5, work)
    agrees(
      outcomes.map(({ wait }) => wait.mean),
      generalServiceWait(0.5 / service, service, variationOf(work))
    )
  })

  it("equal workers that learn nothing are the central queue of the model, task by task", async () => {
    const work: ServiceTime = { type: "constant", ms: service }
    const workload = { arrivals: { type: "poisson", perSecond: 45, tasks: 2_000 }, kinds: [{ work }] } as const
    const servers = Array.from({ length: 5 }, (_, index) => ({ id: `s${index}`, speed: 1, slots: 1 }))
    const tasks = [...tasksOf(workload, "7/0")]
    const model = simulateBaseline(centralQueue(), servers, tasks, chanceOf("model"))
    const sojourns = model.ends.map((end, index) => end - (tasks[index]?.at ?? 0)).sort()
    const { sojourn } = await simulate({ seed: 7, workers: 5, workload })
    expect(sojourn.count).toBe(2_000)
    sojourn.sorted().forEach((ms, index) => {
      expect(ms).toBeCloseTo(sojourns[index] ?? Number.NaN, 6)
    })
  })
})
