import { describe, expect, it } from "vitest"
import { Ledger } from "../../../src/ledger/index.ts"
import { asking, aTask, aWorker, done } from "../../ledger/given.ts"
import { desk } from "./desk.ts"

const special = asking({}, [], { labels: { of: "x" } })
const able = (id: string) => aWorker(id, { capabilities: { labels: { of: "x" } } })

/** A pool in which somebody was once who could run it. */
const afterLeaving = (given: Parameters<typeof desk>[0] = {}) => {
  const at = desk(given)
  at.join(aWorker("w1"), able("gone"))
  at.leave("gone")
  return at
}

describe("a task that no worker of the pool could ever take", () => {
  it("fails at once where nobody was ever there who could", () => {
    const { join, submit, unschedulable, of } = desk()
    join(aWorker("w1"))
    submit(aTask("a", { requirements: special }))
    expect(unschedulable).toEqual([
      { taskId: "a", unmet: [{ workerId: "w1", reasons: ["label of is not x"] }], tries: undefined }
    ])
    expect(of("TaskParked")).toEqual([])
  })

  it("waits while there are no workers at all, and is no try", () => {
    const { submit, at, of, task } = desk()
    submit(aTask("a", { requirements: special }))
    at(1e9)
    expect(task("a")).toMatchObject({ status: "queued", requeues: 0 })
    expect(of("TaskParked")).toEqual([])
  })

  it("is parked when the worker it was accepted for leaves, with what the others lack", () => {
    const { join, submit, leave, of, task, now } = desk()
    join(able("x"), aWorker("w1"))
    submit(aTask("running", { requirements: special }))
    submit(aTask("a", { requirements: asking({ cpu: 4_000 }, [], { labels: { of: "x" } }) }))
    expect(task("a").status).toBe("running")
    expect(now).toBe(0)
    expect(of("TaskParked")).toEqual([])
    expect(() => leave("x")).toThrow("WorkerNotEmpty")
  })

  it("runs as soon as one joins that can, without a try", () => {
    const { submit, join, of, workerOf, task } = afterLeaving()
    submit(aTask("a", { requirements: special }))
    expect(of("TaskParked")).toMatchObject([
      { taskId: "a", requeues: 0, unmet: [{ workerId: "w1", reasons: ["label of is not x"] }] }
    ])
    join(able("back"))
    expect(workerOf("a")).toBe("back")
    expect(task("a").requeues).toBe(0)
  })

  it("counts a try for each time somebody came who cannot, and fails after the last", () => {
    const { submit, join, at, task, unschedulable, dispatch } = afterLeaving()
    submit(aTask("a", { requirements: special }))
    let time = 0
    for (let count = 1; count <= 4; count += 1) {
      join(aWorker(`no${count}`))
      expect(dispatch.nextDue).toBeGreaterThan(time)
      time = dispatch.nextDue
      at(time)
      expect(task("a").requeues).toBe(count)
      expect(dispatch.nextDue).toBe(Number.POSITIVE_INFINITY)
    }
    join(aWorker("no5"))
    at(dispatch.nextDue)
    expect(unschedulable).toMatchObject([{ taskId: "a", tries: 5 }])
    expect(unschedulable[0]?.unmet.map(({ workerId }) => workerId)).toEqual(["w1", "no1", "no2", "no3", "no4", "no5"])
    expect(task("a").status).toBe("failed")
  })

  it("goes to the worker that was given up on and is started again, though nobody new has come", () => {
    const { ledger, dispatch, join, submit, settle, of, workerOf, now } = desk({
      requeue: { comers: () => [able("")] }
    })
    join(able("x"), aWorker("other"))
    done(ledger.changePhase("x", "failed", now))
    dispatch.lose("x")
    submit(aTask("a", { requirements: special }))
    expect(of("TaskParked")).toHaveLength(1)
    done(ledger.changePhase("x", "revived", now))
    dispatch.regain("x")
    done(ledger.changePhase("x", "ready", now))
    settle()
    expect(workerOf("a")).toBe("x")
  })

  it("counts one try for many who come at once, and waits longer from try to try", () => {
    const { submit, join, at, of, dispatch } = afterLeaving()
    submit(aTask("a", { requirements: special }))
    const pauses: Array<number> = []
    let time = 0
    for (let count = 0; count < 4; count += 1) {
      join(...[1, 2, 3].map((index) => aWorker(`no${count}-${index}`)))
      pauses.push(dispatch.nextDue - time)
      time = dispatch.nextDue
      at(time)
    }
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000])
    expect(of("TaskParked").map(({ requeues }) => requeues)).toEqual([0, 1, 2, 3, 4])
  })

  it("is not tried while nobody comes, nor by the ends of runs (X8)", () => {
    const { submit, complete, at, task, dispatch } = afterLeaving()
    submit(aTask("a", { requirements: special }))
    for (let count = 0; count < 20; count += 1) {
      submit(aTask(`other${count}`))
      at(count * 10_000)
      complete(`other${count}`)
    }
    expect(task("a")).toMatchObject({ status: "queued", requeues: 0 })
    expect(dispatch.nextDue).toBe(Number.POSITIVE_INFINITY)
  })

  it("burns no try while it only waits for room, however long", () => {
    const { join, submit, complete, at, task, of } = desk({ requeue: { maxRequeueAttempts: 1 } })
    join(able("x"))
    submit(aTask("a", { requirements: asking({ cpu: 4_000 }, [], { labels: { of: "x" } }) }))
    submit(aTask("b", { requirements: special, priority: "low" }), aTask("c", { requirements: asking({ cpu: 1_000 }) }))
    for (let count = 0; count < 20; count += 1) {
      join(aWorker(`no${count}`))
      at(count * 100_000)
    }
    expect(of("TaskParked")).toEqual([])
    expect(task("b").requeues).toBe(0)
    complete("a")
    expect(task("b").status).toBe("running")
  })

  it("is parked with those of its shape that come later", () => {
    const { submit, join, of, workerOf } = afterLeaving()
    submit(aTask("a", { requirements: special }))
    submit(aTask("b", { requirements: special }))
    expect(of("TaskParked").map(({ taskId }) => taskId)).toEqual(["a", "b"])
    join(able("back"))
    expect([workerOf("a"), workerOf("b")]).toEqual(["back", "back"])
  })

  it("fails at once where no tries are allowed", () => {
    const { submit, unschedulable } = afterLeaving({ requeue: { maxRequeueAttempts: 0 } })
    submit(aTask("a", { requirements: special }))
    expect(unschedulable).toMatchObject([{ taskId: "a" }])
  })

  it("keeps its place by default; with demote it goes one priority lower at each try, down to the lowest", () => {
    for (const requeue of ["age", "demote"] as const) {
      const { submit, join, at, task, dispatch, of } = afterLeaving({ requeue: { requeue } })
      submit(aTask("a", { requirements: special, priority: "normal" }))
      const { rank } = task("a")
      const ranks = [1, 2, 3].map((count) => {
        join(aWorker(`no${count}`))
        at(dispatch.nextDue)
        return task("a").rank - rank
      })
      expect(ranks).toEqual(requeue === "age" ? [0, 0, 0] : [30_000, 60_000, 60_000])
      expect(of("TaskParked").filter(({ lowered }) => lowered === true)).toHaveLength(requeue === "age" ? 0 : 3)
    }
  })

  it("of an earlier run may hope for whoever was there then", () => {
    const { ledger, join, of, workerOf } = desk()
    const spec = aTask("a", { requirements: special })
    const left = { attempts: 0, failures: 0, crashes: [], suspect: false, state: undefined, notBefore: undefined }
    const ended = { outcome: undefined, endedAt: undefined }
    ledger.restore(
      {
        ended: [],
        unfinished: [{ spec, seq: 1, acceptedAt: -5, requeues: 3, lowered: 1, ...left, ...ended }],
        seq: 1,
        epoch: 0
      },
      0
    )
    join(aWorker("w1"))
    expect(of("TaskParked")).toMatchObject([{ taskId: "a", requeues: 3 }])
    join(able("x"))
    expect(workerOf("a")).toBe("x")
  })

  it("is told the same by its events alone", () => {
    const { submit, join, at, events, dispatch, task } = afterLeaving({ requeue: { requeue: "demote" } })
    submit(aTask("a", { requirements: special }))
    join(aWorker("no"))
    at(dispatch.nextDue)
    const again = Ledger.replay(events)
    expect(again.task("a")).toMatchObject({ requeues: 1, lowered: 1, rank: task("a").rank })
    done(again.cancel("a", "", 1e6))
  })
})
