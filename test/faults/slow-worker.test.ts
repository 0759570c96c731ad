import { describe, expect, it } from "vitest"
import { quantile } from "../../src/statistics/index.ts"
import { cellsOf, open } from "../actors/given.ts"
import { type Faulty, measured, startFaulty } from "./given.ts"
import { nextOf } from "./watching.ts"

const workers = ["slow", "b", "c"].map((id) => ({ id }))

/** Runs so many tasks, so many at once, and counts what each worker did of the second half. */
const shares = async (strategy: string, tasks: number, concurrency: number) => {
  await using ballast = await startFaulty({ workers, strategy })
  const cells = cellsOf()
  const inputs = Array.from({ length: tasks }, () => ({ slow: "slow", cells }))
  const places = await ballast.map("paced", inputs, { concurrency })
  const half = places.slice(tasks / 2)
  const slow = half.filter((place) => place === "slow").length
  return { slow, healthy: half.length - slow }
}

/** One after the other, each noted with where it ran and how long it took, until `isOver`. */
const runSteadily = async (
  ballast: Faulty,
  cells: Int32Array<SharedArrayBuffer>,
  isOver: (done: number) => boolean
): Promise<ReadonlyArray<{ readonly where: string; readonly took: number }>> => {
  const ran: Array<{ readonly where: string; readonly took: number }> = []
  const one = async (): Promise<void> => {
    const begun = performance.now()
    const where = await ballast.run("lingers", { ms: 20, cells })
    ran.push({ where, took: performance.now() - begun })
  }
  const lane = async (): Promise<void> => {
    while (!isOver(ran.length)) await one()
  }
  await Promise.all([lane(), lane()])
  return ran
}

const p99 = (ran: ReadonlyArray<{ readonly took: number }>): number =>
  quantile(
    ran.map(({ took }) => took),
    0.99
  )

describe("a worker that becomes ten times as slow", () => {
  it("is taken out of work for what its tasks take, and nothing that comes later has to do with it", async () => {
    const row = "slow worker ×10"
    await using ballast = await startFaulty({ workers })
    const cells = cellsOf()
    const healthy = await runSteadily(ballast, cells, (done) => done >= 120)
    expect(new Set(healthy.map(({ where }) => where))).toContain("slow")
    const ejected = nextOf(ballast, "WorkerEjected")
    const slowAt = performance.now()
    open(cells)
    let isOut = false
    const working = runSteadily(ballast, cells, () => isOut)
    const { workerId, signal } = await ejected
    measured(row, "until it is taken out", performance.now() - slowAt)
    isOut = true
    await working
    expect({ workerId, signal }).toEqual({ workerId: "slow", signal: "serviceTime" })
    const after = await runSteadily(ballast, cells, (done) => done >= 120)
    expect(after.filter(({ where }) => where === "slow")).toEqual([])
    measured(row, "p99 before", p99(healthy))
    measured(row, "p99 after", p99(after))
  })
})

describe("a worker ten times as slow as the others", () => {
  it("under full load gets no more than a fifth of what they get: work shifts away", async () => {
    const { slow, healthy } = await shares("least_connections", 400, 60)
    expect(slow).toBeGreaterThan(0)
    expect(slow * 5).toBeLessThanOrEqual(healthy)
  })

  it("with room to spare is passed over by a strategy that goes by performance", async () => {
    const { slow, healthy } = await shares("performance_based", 200, 2)
    expect(slow * 5).toBeLessThanOrEqual(healthy)
  })
})
