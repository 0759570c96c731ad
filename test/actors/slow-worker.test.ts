import { describe, expect, it } from "vitest"
import { Simulation } from "../../actors/simulation/index.ts"
import { Submitter } from "../../actors/submitter.ts"
import { toSettings, toWorkerSpec } from "../../src/config/index.ts"
import type { StrategyId } from "../../src/placement/index.ts"
import { quantile } from "../../src/statistics/index.ts"
import { openMetrics } from "../../src/storage/index.ts"

const machine = { cores: 4, memoryGiB: 8, storageGiB: 10, hostname: "host", nodeVersion: "24.0.0" }
const all = ["w1", "w2", "w3", "w4"]
const second = 1_000
const meanWork = 100

/** Numbers in [0, 1) that follow from the seed. */
const chance = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

interface Given {
  readonly slots: number
  /** The share of all workers' time that arrives. */
  readonly load: number
  readonly seed: number
  readonly strategy?: StrategyId
}

/**
 * Tasks of 50–150 ms arrive by chance, as many for four workers as such a load is; after 20 s the first worker becomes
 * ten times as slow, or it was never there. Gives the 99th percentile of the time from arrival to result of the tasks
 * that arrive more than 5 s after, in ms.
 */
const p99Of = async ({ slots, load, seed, strategy = "adaptive" }: Given, first: "slow" | "absent") => {
  const random = chance(seed)
  const world = { failures: 0, hangs: 0, crashes: 0, latency: 0, boot: 1, heeding: 1, heartbeatInterval: second }
  const settings = toSettings({ heartbeatInterval: second })
  const simulation = await Simulation.start({ seed, settings, strategy, store: openMetrics(), world })
  const { runtime, time, driver } = simulation
  const ids = first === "absent" ? all.slice(1) : all
  for (const id of ids) {
    driver.describe(id, { cores: 1 })
    time.fork(runtime.workforce.spawn(toWorkerSpec({ capacity: { concurrent: slots } }, id, machine, ids.length)))
  }
  await simulation.runUntil(() => ids.every((id) => runtime.ledger.worker(id)?.phase === "up"), 10 * second)
  const submitter = new Submitter(runtime)
  const arrived: Array<{ readonly at: number; took: number | undefined }> = []
  const open = new Map<string, (typeof arrived)[number]>()
  runtime.bus.subscribe((event) => {
    if (event._tag !== "TaskCompleted") return
    const task = open.get(event.taskId)
    if (task !== undefined) task.took = time.now - task.at
  })
  const arrive = async (until: number): Promise<void> => {
    while (time.now < until) {
      const task = { at: time.now, took: undefined }
      const id = `t${arrived.push(task)}`
      open.set(id, task)
      submitter.submit("work", { work: meanWork * (0.5 + random()), at: time.now }, { id }, true)
      await simulation.advance((-Math.log(1 - random()) * meanWork) / (load * all.length))
    }
  }
  await arrive(20 * second)
  const slowAt = time.now
  driver.of("w1")?.slow(0.1, 3_600 * second)
  await arrive(slowAt + 60 * second)
  await simulation.advance(60 * second)
  const later = arrived.filter(({ at }) => at > slowAt + 5 * second)
  return quantile(
    later.map(({ took = Number.POSITIVE_INFINITY }) => took),
    0.99
  )
}

const cases = [1, 4].flatMap((slots) => [0.3, 0.5].flatMap((load) => [1, 2, 3].map((seed) => ({ slots, load, seed }))))

describe("a worker that becomes ten times as slow as it was", () => {
  it.each(cases)(
    "is as good as gone within 5 s, with $slots slots at a load of $load (seed $seed): the slowest tasks take half as long again as without it at most",
    async (given) => {
      const without = await p99Of(given, "absent")
      expect(await p99Of(given, "slow")).toBeLessThanOrEqual(1.5 * without)
    }
  )
})
