import { describe, expect, it } from "vitest"
import { SlowStarts } from "../../../actors/adaptation/health/slow-starts.ts"
import { SlotLimits } from "../../../actors/adaptation/index.ts"
import type { CoordinatorRef } from "../../../actors/coordinator.ts"
import { slowStartDefaults } from "../../../src/adaptation/index.ts"
import { runsOf, simulated } from "../simulated.ts"

const given = async () => {
  const { simulation, runtime } = await simulated({ slots: [8, 1] })
  const limits = new SlotLimits({ ledger: runtime.ledger, coordinator: (): CoordinatorRef => runtime.coordinator })
  const limitOf = async (workerId: string) => {
    await simulation.settle()
    return runtime.ledger.worker(workerId)?.limit
  }
  return { simulation, runtime, limits, limitOf }
}

describe("how many slots of a worker may be taken", () => {
  it("is the least that anybody wants, and all of them once nobody minds", async () => {
    const { limits, limitOf } = await given()
    limits.wish("slow start", "w1", 5)
    expect(await limitOf("w1")).toBe(5)
    limits.wish("concurrency", "w1", 3)
    expect(await limitOf("w1")).toBe(3)
    limits.wish("slow start", "w1", 2)
    expect(await limitOf("w1")).toBe(2)
    limits.wish("slow start", "w1", undefined)
    expect(await limitOf("w1")).toBe(3)
    limits.wish("concurrency", "w1", undefined)
    expect(await limitOf("w1")).toBe(8)
  })

  it("is at least one, and no more than there are", async () => {
    const { limits, limitOf } = await given()
    limits.wish("slow start", "w1", 0)
    expect(await limitOf("w1")).toBe(1)
    limits.wish("slow start", "w1", 99)
    expect(await limitOf("w1")).toBe(8)
    limits.wish("slow start", "w2", 0.3)
    expect(await limitOf("w2")).toBe(1)
    limits.wish("slow start", "nobody", 1)
    expect(limits.wishOf("slow start", "nobody")).toBeUndefined()
  })

  it("that was lost on its way to the coordinator is mended by whoever says its wish again", async () => {
    const { runtime, simulation } = await given()
    let reachable = false
    const coordinator = (): CoordinatorRef | undefined => (reachable ? runtime.coordinator : undefined)
    const limits = new SlotLimits({ ledger: runtime.ledger, coordinator })
    limits.wish("slow start", "w1", 2)
    reachable = true
    await simulation.settle()
    expect(runtime.ledger.worker("w1")?.limit).toBe(8)
    limits.wish("slow start", "w1", 2)
    await simulation.settle()
    expect(runtime.ledger.worker("w1")?.limit).toBe(2)
  })

  it("is no more than others want where a worker begins slowly", async () => {
    const { runtime, limits, simulation } = await given()
    const slowStarts = new SlowStarts({
      ledger: runtime.ledger,
      slotLimits: limits,
      coordinator: () => runtime.coordinator,
      settings: { ...slowStartDefaults, least: 0.5 }
    })
    slowStarts.onEvent({ _tag: "WorkerPhaseChanged", seq: 1, at: 0, workerId: "w2", phase: "up" })
    limits.wish("heat", "w1", 2)
    await simulation.advance(10_000)
    const { now } = simulation.time
    const begin = () => [...runtime.ledger.workers.values()].slice(0, 1).map((worker) => slowStarts.begin(worker, now))
    expect(begin()).toEqual([2])
    limits.wish("heat", "w1", undefined)
    expect(begin()).toEqual([4])
  })

  it("takes back what was sent ahead when it falls: its thread would begin it", async () => {
    const { simulation, runtime, submitter } = await simulated({ slots: [2], world: runsOf(2) })
    for (let n = 0; n < 400; n += 1) submitter.submit("work", null, undefined, true)
    const ahead = () => runtime.ledger.worker("w1")?.ahead.length ?? 0
    expect(await simulation.runUntil(() => ahead() > 0, 1_000)).toBe(true)
    runtime.coordinator.tell("LimitWorker", { workerId: "w1", slots: 1 })
    expect(await simulation.runUntil(() => ahead() === 0, 20)).toBe(true)
    let most = 0
    const done = () => {
      most = Math.max(most, ahead())
      return runtime.ledger.counts.completed === 400
    }
    expect(await simulation.runUntil(done, 10_000)).toBe(true)
    expect(most).toBe(0)
  })

  it("wakes tasks that found no room when it rises", async () => {
    const { simulation, runtime, submit } = await simulated({ slots: [2] })
    const limits = new SlotLimits({ ledger: runtime.ledger, coordinator: () => runtime.coordinator })
    limits.wish("slow start", "w1", 1)
    await simulation.settle()
    const [first, second] = [await submit("first"), await submit("second")]
    expect([first.status, second.status]).toEqual(["running", "queued"])
    expect(runtime.explain("second")).toContain("w1 has all of the 1 slot in use that it may take now")
    limits.wish("slow start", "w1", undefined)
    await simulation.settle()
    expect(second.status).toBe("running")
  })
})
