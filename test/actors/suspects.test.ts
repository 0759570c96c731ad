import { expect, it } from "vitest"
import { runsOf, simulated } from "./simulated.ts"

it("suspects get a worker to themselves soon, though there is always more to do and their own does not come back", async () => {
  const { simulation, runtime, submit } = await simulated({
    world: runsOf(100),
    slots: [2, 2],
    restart: { type: "temporary" }
  })
  const ids = Array.from({ length: 200 }, (_, index) => `t${index}`)
  for (const id of ids) await submit(id)
  const ran = [...(runtime.ledger.worker("w1")?.running.values() ?? [])].map(({ taskId }) => taskId)
  expect(ran).toHaveLength(2)
  simulation.driver.of("w1")?.crash(undefined)
  await simulation.settle()
  expect(ran.map((id) => runtime.ledger.task(id)?.suspect)).toEqual([true, true])
  const completed = () => ran.every((id) => runtime.ledger.task(id)?.status === "completed")
  // Each waits until the other worker is empty, and runs: at most 100 ms for either.
  expect(await simulation.runUntil(completed, 500)).toBe(true)
  expect(runtime.ledger.queued).toBeGreaterThan(150)
  const all = () => ids.every((id) => runtime.ledger.task(id)?.status === "completed")
  expect(await simulation.runUntil(all, 60_000)).toBe(true)
})
