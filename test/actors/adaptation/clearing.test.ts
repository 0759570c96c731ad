import { describe, expect, it } from "vitest"
import { BalanceRecord } from "../../../actors/adaptation/balance/balance-record.ts"
import { migrationCoordinator } from "../../../actors/adaptation/balance/migration-coordinator.ts"
import { TaskUsage } from "../../../actors/adaptation/balance/task-usage.ts"
import { runningTasks, workerLoads } from "../../../actors/adaptation/balance/worker-loads.ts"
import { Submitter } from "../../../actors/submitter.ts"
import { MigrationMemory, MoveOutcomes, type RunningTask, thresholdDefaults } from "../../../src/adaptation/index.ts"
import { crowdedWorld } from "./given.ts"

/** Three services on `w1`, which has room for one; who is to be cleared is as given. */
const services = async (evacuate: ReadonlySet<string>) => {
  const world = await crowdedWorld({ options: { adaptation: { features: { taskMigration: false, relief: false } } } })
  const { runtime, simulation } = world
  const { ledger, vitals, runs, performance, bus } = runtime
  const submitter = new Submitter(runtime)
  for (const id of ["a", "b", "c"]) {
    submitter.submit("work", { work: 3_600_000, at: runtime.system.now(), checkpointEvery: 500 }, { id }, true)
  }
  const isSaved = () => ["a", "b", "c"].every((id) => ledger.task(id)?.state !== undefined)
  if (!(await simulation.runUntil(isSaved, 60_000))) throw new Error("they do not save their state")
  const sources = { ledger, vitals, runs, performance }
  // Nobody knows when they end.
  const tasks = runningTasks(sources, runtime.system.now()).map(
    ({ leftMs: _left, spreadMs: _spread, progress: _progress, expectedMs: _expected, ...task }): RunningTask => task
  )
  const usage = new TaskUsage(ledger)
  const worker = ledger.worker("w1")
  if (worker === undefined) throw new Error("w1 is gone")
  for (let look = 0; look < 50; look += 1) {
    usage.told(worker, Object.fromEntries(tasks.map(({ epoch }) => [epoch, 0.9])), 1)
  }
  const features = {
    dynamicThresholds: true,
    costBenefitAnalysis: true,
    taskMigration: true,
    workStealing: true,
    relief: true
  }
  const balancer = runtime.system.spawn(
    migrationCoordinator({
      sources,
      coordinator: () => runtime.coordinator,
      bus,
      memory: new MigrationMemory(),
      record: new BalanceRecord(thresholdDefaults.initial),
      outcomes: new MoveOutcomes(),
      policy: "economic",
      usage,
      recovery: () => ({ evacuate, recovering: false }),
      checkInterval: 1_000,
      thresholds: thresholdDefaults,
      imbalance: ["thresholds", "backlog", "forecast"],
      imbalanceThreshold: 0.4,
      maxSimultaneousMigrations: 2,
      features
    })
  )
  balancer.tell("Balance", { tasks, loads: workerLoads(sources, tasks), forecasts: new Map(), systemLoads: [] })
  await simulation.settle()
  return world.of("MigrationChosen").map(({ source, target }) => `${source} → ${target}`)
}

describe("a worker that is being cleared", () => {
  it("is given nothing by relief either, however much room it has: it would only be moved on (G7)", async () => {
    expect((await services(new Set())).toSorted()).toEqual(["w1 → w2", "w1 → w3"])
    expect(await services(new Set(["w2"]))).toEqual(["w1 → w3"])
  })
})
