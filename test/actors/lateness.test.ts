import { describe, expect, it } from "vitest"
import { Admission } from "../../actors/admission.ts"
import { Ledger } from "../../src/ledger/index.ts"
import type { TaskError } from "../../src/model/index.ts"
import { aTask } from "../ledger/given.ts"

const never = Number.POSITIVE_INFINITY

/** Admission with late tasks refused, where a task waits for so long. */
const given = (low: number) => {
  const ledger = new Ledger()
  const refused: Array<TaskError> = []
  const admission = new Admission({
    ledger,
    maxQueue: 10,
    maxQueueTime: never,
    refuseLate: true,
    waits: { of: () => ({ ms: low, low, proven: true }) },
    sheddingFrom: never,
    ageing: 1_000,
    refuse: (_taskId, error) => void refused.push(error),
    accepting: () => {}
  })
  return { ledger, refused, admission }
}

describe("a task that would be late", () => {
  it("whose time is over as it comes is not told to wait less, but ends as all whose time is over", () => {
    const { ledger, refused, admission } = given(0)
    admission.submit({ spec: aTask("a", { deadline: 5 }), wait: true }, 10)
    expect(refused).toEqual([])
    ledger.expire(10)
    expect(ledger.task("a")?.status).toBe("expired")
  })

  it("is refused with the least it would wait and the time it has", () => {
    const { refused, admission } = given(20)
    admission.submit({ spec: aTask("a", { deadline: 25 }), wait: true }, 10)
    expect(refused).toMatchObject([{ _tag: "WouldBeLate", limit: "deadline", wait: 20, left: 15 }])
  })
})
