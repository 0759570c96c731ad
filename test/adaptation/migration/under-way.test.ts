import { describe, expect, it } from "vitest"
import { compareUnderWay } from "../../../src/adaptation/index.ts"

const move = (taskId: string, startedAt: number) => ({ taskId, type: "render", source: "a", target: "b", startedAt })
const known = (taskId: string, offeredAt: number) => ({ taskId, type: "render", source: "a", target: "b", offeredAt })

describe("what is remembered of moves, against what the ledger knows", () => {
  it("agrees where both know of the same", () => {
    expect(compareUnderWay([move("t", 0)], [known("t", 0)], 90_000)).toEqual({ unknown: [], over: [] })
  })

  it("finds those that nobody remembers: whoever asked for them was restarted", () => {
    expect(compareUnderWay([], [known("t", 7)], 90_000).unknown).toMatchObject([{ taskId: "t", offeredAt: 7 }])
  })

  it("finds those that are over, but gives an offer the time to be answered", () => {
    expect(compareUnderWay([move("t", 0)], [], 4_000).over).toEqual([])
    expect(compareUnderWay([move("t", 0)], [], 6_000).over).toMatchObject([{ taskId: "t" }])
  })
})
