import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Intake, type Submission } from "../../actors/intake.ts"
import { toTaskSpec } from "../../src/config/index.ts"
import { type Priority, priorities, priorityRank } from "../../src/model/index.ts"

interface Given {
  readonly priority?: Priority
  readonly deadline?: number
  readonly queueTimeout?: number
}

const submission = (id: string, given: Given = {}): Submission => ({
  spec: toTaskSpec(id, "work", null, given, 0),
  wait: true
})

const ids = (intake: Intake, now: number): ReadonlyArray<string> => {
  const taken: Array<string> = []
  for (let next = intake.take(now); next !== undefined; next = intake.take(now)) taken.push(next.spec.id)
  return taken
}

describe("submissions that wait outside a full queue", () => {
  it("go in by priority, equals in the order they came", () => {
    const intake = new Intake(30_000)
    for (const [index, priority] of (["low", "normal", "critical", "normal", "low"] as const).entries()) {
      intake.add(submission(`s${index}`, { priority }), index)
    }
    expect(intake.mostUrgent?.spec.id).toBe("s2")
    expect(ids(intake, 10)).toEqual(["s2", "s1", "s3", "s0", "s4"])
    expect([intake.size, intake.due, intake.mostUrgent]).toEqual([0, Number.POSITIVE_INFINITY, undefined])
  })

  it("rise with time: what has waited long enough goes before the more urgent that came late", () => {
    const intake = new Intake(1_000)
    intake.add(submission("old", { priority: "minimal" }), 0)
    intake.add(submission("soon", { priority: "critical" }), 3_999)
    intake.add(submission("late", { priority: "critical" }), 4_001)
    expect(intake.takeMostUrgent(5_000)?.spec.id).toBe("soon")
    expect(ids(intake, 5_000)).toEqual(["old", "late"])
  })

  it("are never overtaken by what came more than (difference of priorities) × the ageing span after them", () => {
    const arrivals = fc.array(
      fc.record({ priority: fc.constantFrom(...priorities), wait: fc.nat({ max: 500 }), takes: fc.nat({ max: 2 }) }),
      { minLength: 10, maxLength: 120 }
    )
    fc.assert(
      fc.property(arrivals, fc.constantFrom(1, 100, 1_000), (script, ageing) => {
        const intake = new Intake(ageing)
        const outside = new Map<string, { readonly priority: Priority; readonly at: number; readonly serial: number }>()
        let now = 0
        for (const [serial, { priority, wait, takes }] of script.entries()) {
          now += wait
          intake.add(submission(`s${serial}`, { priority }), now)
          outside.set(`s${serial}`, { priority, at: now, serial })
          for (let count = 0; count < takes; count++) {
            const taken = intake.take(now)
            const entry = taken && outside.get(taken.spec.id)
            if (taken === undefined || entry === undefined) break
            outside.delete(taken.spec.id)
            for (const other of outside.values()) {
              const steps = Math.max(0, priorityRank[other.priority] - priorityRank[entry.priority])
              expect(entry.at).toBeLessThanOrEqual(other.at + steps * ageing)
              if (steps === 0 && entry.at === other.at) expect(entry.serial).toBeLessThan(other.serial)
            }
          }
          expect(intake.size).toBe(outside.size)
        }
      })
    )
  })

  it("run out of time each at its own, and what was waited outside is taken off the queue timeout", () => {
    const intake = new Intake(30_000)
    intake.add(submission("patient"), 0)
    intake.add(submission("tired", { queueTimeout: 50 }), 10)
    intake.add(submission("late", { deadline: 40, queueTimeout: 500 }), 10)
    intake.add(submission("goes in", { queueTimeout: 100 }), 10)
    expect(intake.due).toBe(40)
    expect(intake.expire(39)).toEqual([])
    expect(intake.expire(70)).toMatchObject([
      { taskId: "late", limit: "deadline" },
      { taskId: "tired", limit: "queueTimeout" }
    ])
    expect(intake.due).toBe(110)
    expect(intake.take(75)?.spec.id).toBe("patient")
    expect(intake.take(75)?.spec).toMatchObject({ id: "goes in", queueTimeout: 35 })
  })

  it("can be taken out from anywhere, once", () => {
    const intake = new Intake(30_000)
    for (const id of ["a", "b", "c"]) intake.add(submission(id, { queueTimeout: 10 }), 0)
    expect([intake.remove("b"), intake.remove("b"), intake.has("b")]).toEqual([true, false, false])
    expect(ids(intake, 0)).toEqual(["a", "c"])
    expect(intake.expire(100)).toEqual([])
  })

  it("leave nothing behind, however many come and go", () => {
    const intake = new Intake(30_000)
    for (let index = 0; index < 5_000; index++) {
      intake.add(submission(`s${index}`, { queueTimeout: 1e9 }), index)
      if (index >= 10) intake.remove(`s${index - 10}`)
    }
    expect(intake.size).toBe(10)
    expect(intake.takeAll()).toHaveLength(10)
    expect([intake.size, intake.due]).toEqual([0, Number.POSITIVE_INFINITY])
  })
})
