import { describe, expect, it } from "vitest"
import { economicsDefaults, economicsOf, type RunningTask, type WorkerLoad } from "../../../src/adaptation/index.ts"
import { Epoch } from "../../../src/model/index.ts"

const load = (workerId: string): WorkerLoad => ({
  workerId,
  phase: "up",
  utilisation: 0,
  slots: 4,
  running: 1,
  speed: 1,
  health: 1,
  backlogSeconds: 0
})
const task: RunningTask = {
  taskId: "t",
  epoch: Epoch(1),
  workerId: "plain",
  type: "work",
  priority: "normal",
  runningMs: 0,
  expectedMs: 60_000,
  declared: true,
  checkpointed: true,
  stateBytes: 0
}
const nothing = { of: () => undefined, worker: () => undefined, types: () => [] }
const net = (given: Partial<RunningTask>): number =>
  economicsOf({ ...task, ...given }, load("plain"), load("fast"), nothing, undefined, economicsDefaults)?.netSeconds ??
  0

describe("a task that prefers a kind of hardware", () => {
  it("gains by a move to where there is some, and one that prefers none does not", () => {
    expect(net({})).toBeLessThan(0)
    const moved = net({ fitness: (workerId) => (workerId === "fast" ? 3 : 1) })
    expect(moved).toBeGreaterThan(30)
    expect(moved).toBeLessThan(41)
  })
})
