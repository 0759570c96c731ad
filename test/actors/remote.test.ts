import { afterEach, describe, expect, it } from "vitest"
import type { RemoteAssignment } from "../../actors/index.ts"
import { InvalidOptions, NotRegistered } from "../../actors/index.ts"
import { failureOf, next, type Plain, start } from "./given.ts"

const outside = { requires: { labels: { isolation: "remote" } } } as const

let ballast: Plain
const started = async () => {
  ballast = await start({ workers: 1 })
  return ballast.remote
}
afterEach(() => ballast.shutdown({ timeout: 0 }))

const assigned = async (pulled: Promise<RemoteAssignment | undefined>): Promise<RemoteAssignment> => {
  const assignment = await pulled
  if (assignment === undefined) throw new Error("nothing was assigned")
  return assignment
}

describe("an outside worker", () => {
  it("pulls a task, says that it is done, and the submitter gets the result", async () => {
    const remote = await started()
    await remote.register("r1")
    const task = ballast.submit("echo", 4, outside)
    const { taskId, epoch, type, payload, attempt } = await assigned(remote.nextAssignment("r1"))
    expect({ taskId, type, payload, attempt }).toEqual({ taskId: task.id, type: "echo", payload: 4, attempt: 1 })
    expect(await remote.updateStatus(taskId, epoch, { status: "completed", result: 8 })).toEqual({
      accepted: true,
      requests: []
    })
    expect(await task.result).toBe(8)
  })

  it("is given nothing that it does not ask for", async () => {
    const remote = await started()
    await remote.register("r1", { capacity: { concurrent: 4 } })
    const task = ballast.submit("echo", 4, outside)
    await task.accepted
    expect(ballast.explain(task.id)).toContain("r1")
    expect(task.status).toBe("queued")
    expect((await assigned(remote.nextAssignment("r1", { wait: 0 }))).taskId).toBe(task.id)
    expect(await remote.nextAssignment("r1", { wait: 0 })).toBeUndefined()
  })

  it("waits for a task that comes later, until it is told not to", async () => {
    const remote = await started()
    await remote.register("r1")
    const later = remote.nextAssignment("r1", { wait: "1 minute" })
    const task = ballast.submit("echo", 1, outside)
    expect((await later)?.taskId).toBe(task.id)
    const controller = new AbortController()
    const aborted = remote.nextAssignment("r1", { signal: controller.signal })
    controller.abort()
    expect(await aborted).toBeUndefined()
  })

  it("is given no task by a call that was called off before", async () => {
    const remote = await started()
    await remote.register("r1")
    const placed = next(ballast, "TaskPlaced")
    const task = ballast.submit("echo", 1, outside)
    await task.accepted
    expect(await remote.nextAssignment("r1", { signal: AbortSignal.abort() })).toBeUndefined()
    await remote.register("r2")
    const { epoch } = await assigned(remote.nextAssignment("r2"))
    expect((await placed).reservation.workerId).toBe("r2")
    expect(epoch).toBe(1)
  })

  it("gets as many tasks as it has slots, whatever it asks for", async () => {
    const remote = await started()
    await remote.register("r1", { capacity: { concurrent: 2 } })
    for (const id of ["a", "b", "c"]) ballast.submit("echo", 1, { id, ...outside })
    const first = await assigned(remote.nextAssignment("r1", { wait: 0 }))
    await assigned(remote.nextAssignment("r1", { wait: 0 }))
    expect(await remote.nextAssignment("r1", { wait: 0 })).toBeUndefined()
    await remote.updateStatus(first.taskId, first.epoch, { status: "completed", result: 2 })
    expect((await assigned(remote.nextAssignment("r1", { wait: 0 }))).taskId).toBe("c")
  })

  it("gets no more than it asks for, also where it asks again while a task is on its way", async () => {
    const remote = await started()
    const placed: Array<string> = []
    ballast.on((event) => event._tag === "TaskPlaced" && placed.push(event.taskId))
    // Whatever the runtime is at as the second call comes.
    for (const turns of Array.from({ length: 100 }, (_, count) => count)) {
      await remote.register("r1", { capacity: { concurrent: 4 } })
      placed.length = 0
      const tasks = [1, 2, 3].map((payload) => ballast.submit("echo", payload, outside))
      await Promise.all(tasks.map(({ accepted }) => accepted))
      const first = remote.nextAssignment("r1")
      for (let turn = 0; turn < turns; turn += 1) await undefined
      await Promise.all([first, remote.nextAssignment("r1")])
      await remote.deregister("r1")
      expect(placed).toHaveLength(2)
      for (const task of tasks) task.cancel()
      await Promise.all(tasks.map(({ result }) => failureOf(result)))
    }
  })

  it("loses its tasks with its lease: they go on elsewhere, and what it says afterwards counts for nothing", async () => {
    const remote = await started()
    await remote.register("r1", { lease: 40 })
    const task = ballast.submit("echo", 4, { ...outside, retries: 0 })
    const lost = await assigned(remote.nextAssignment("r1"))
    await next(ballast, "WorkerRemoved", ({ workerId }) => workerId === "r1")
    expect(await failureOf(remote.heartbeat("r1"))).toBeInstanceOf(NotRegistered)
    expect(await failureOf(remote.nextAssignment("r1"))).toBeInstanceOf(NotRegistered)
    await remote.register("r2")
    const again = await assigned(remote.nextAssignment("r2"))
    expect(again.taskId).toBe(task.id)
    expect(again.epoch).toBeGreaterThan(lost.epoch)
    const late = await remote.updateStatus(lost.taskId, lost.epoch, { status: "completed", result: -1 })
    expect(late.accepted).toBe(false)
    await remote.updateStatus(again.taskId, again.epoch, { status: "completed", result: 8 })
    expect(await task.result).toBe(8)
  })

  it("has each end accepted once, also where it is said twice at the same time", async () => {
    const remote = await started()
    await remote.register("r1")
    ballast.submit("echo", 4, outside)
    const { taskId, epoch } = await assigned(remote.nextAssignment("r1"))
    const receipts = await Promise.all(
      [1, 2, 3].map((result) => remote.updateStatus(taskId, epoch, { status: "completed", result }))
    )
    expect(receipts.map(({ accepted }) => accepted)).toEqual([true, false, false])
  })

  it("goes on from the state that another has left", async () => {
    const remote = await started()
    await remote.register("r1")
    ballast.submit("echo", 4, outside)
    const first = await assigned(remote.nextAssignment("r1"))
    await remote.updateStatus(first.taskId, first.epoch, { status: "running", progress: 0.5, state: { page: 5 } })
    await remote.register("r2")
    await remote.deregister("r1")
    const second = await assigned(remote.nextAssignment("r2"))
    expect(second).toMatchObject({ taskId: first.taskId, state: { page: 5 }, attempt: 2 })
  })

  it("leaves a payload that is to be moved where it is: another can have it", async () => {
    const remote = await started()
    await remote.register("r1")
    const buffer = new ArrayBuffer(8)
    ballast.submit("echo", 1, { ...outside, id: "t", transfer: [buffer] })
    await assigned(remote.nextAssignment("r1"))
    expect(buffer.detached).toBe(false)
    await remote.register("r2")
    await remote.deregister("r1")
    expect(await assigned(remote.nextAssignment("r2"))).toMatchObject({ taskId: "t", attempt: 2 })
  })

  it("hears that a task is cancelled, and its word that it was completed is not accepted", async () => {
    const remote = await started()
    await remote.register("r1")
    const task = ballast.submit("echo", 4, outside)
    const { taskId, epoch } = await assigned(remote.nextAssignment("r1"))
    task.cancel("not needed")
    await failureOf(task.result)
    const { requests } = await remote.heartbeat("r1", { load: 1 })
    expect(requests).toEqual([{ taskId, epoch, action: "cancel", reason: "not needed" }])
    expect((await remote.updateStatus(taskId, epoch, { status: "completed", result: 8 })).accepted).toBe(false)
    expect((await remote.heartbeat("r1")).requests).toEqual([])
  })

  it("fails a task with its own error, and retries come to it again", async () => {
    const remote = await started()
    await remote.register("r1")
    const task = ballast.submit("echo", 4, { ...outside, retries: { times: 1, backoff: { base: 0 } } })
    const first = await assigned(remote.nextAssignment("r1"))
    await remote.updateStatus(first.taskId, first.epoch, { status: "failed", error: new TypeError("no number") })
    const second = await assigned(remote.nextAssignment("r1"))
    await remote.updateStatus(second.taskId, second.epoch, { status: "failed", error: new TypeError("no number") })
    expect(await failureOf(task.result)).toMatchObject({
      _tag: "TaskFailed",
      attempts: 2,
      cause: { name: "TypeError", message: "no number" }
    })
  })

  it("registers anew under its id: what it had goes on from the beginning", async () => {
    const remote = await started()
    await remote.register("r1")
    ballast.submit("echo", 4, outside)
    const before = await assigned(remote.nextAssignment("r1"))
    await remote.register("r1")
    const after = await assigned(remote.nextAssignment("r1"))
    expect(after.taskId).toBe(before.taskId)
    expect(after.epoch).toBeGreaterThan(before.epoch)
  })

  it("registers as often as it likes at the same time, and is there", async () => {
    const remote = await started()
    for (const turns of [0, 1, 2, 3]) {
      const first = remote.register("r1")
      for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve))
      const leases = await Promise.all([first, remote.register("r1"), remote.register("r1")])
      expect(leases).toEqual([{ lease: 30_000 }, { lease: 30_000 }, { lease: 30_000 }])
      const task = ballast.submit("echo", 4, outside)
      const { taskId, epoch } = await assigned(remote.nextAssignment("r1"))
      expect(taskId).toBe(task.id)
      await remote.updateStatus(taskId, epoch, { status: "completed", result: 8 })
    }
  })

  it("gets nothing that is no number, no time or no share past the door", async () => {
    const remote = await started()
    await remote.register("r1")
    ballast.submit("echo", 4, outside)
    const { taskId, epoch } = await assigned(remote.nextAssignment("r1"))
    const refusals = await Promise.all([
      failureOf(remote.register("r2", { lease: 0 })),
      failureOf(remote.register("r2", { lease: "30 days" })),
      failureOf(remote.heartbeat("r1", { load: Number.NaN })),
      failureOf(remote.heartbeat("r1", { running: [0.5] })),
      failureOf(remote.updateStatus(taskId, epoch, { status: "running", progress: 2 }))
    ])
    expect(refusals.map((refusal) => refusal instanceof InvalidOptions && refusal.problems[0]?.path)).toEqual([
      "capabilities.lease",
      "capabilities.lease",
      "heartbeat.load",
      "heartbeat.running[0]",
      "update.progress"
    ])
  })

  it("is refused with path and hint where what it says makes no sense", async () => {
    const remote = await started()
    const refusals = await Promise.all([
      failureOf(remote.register("", {})),
      failureOf(remote.register("w1", {})),
      failureOf(remote.register("r1", { capacity: { concurrent: 0 } })),
      failureOf(remote.nextAssignment("r9"))
    ])
    expect(refusals.slice(0, 3).every((refusal) => refusal instanceof InvalidOptions)).toBe(true)
    expect(refusals[2]).toMatchObject({ problems: [{ path: "capabilities.capacity.concurrent" }] })
    expect(refusals[3]).toBeInstanceOf(NotRegistered)
  })
})
