import { describe, expect, it } from "vitest"
import { chooseLeavers, type PoolMember } from "../../../src/adaptation/index.ts"

const member = (workerId: string, given: Partial<PoolMember> = {}): PoolMember => ({
  workerId,
  state: "up",
  running: 0,
  speed: 1,
  joinedAt: 0,
  needed: false,
  ...given
})

describe("who leaves a pool", () => {
  it("is first who rests, then who is still on its way, then who does nothing, then who does least", () => {
    const pool = [
      member("busy", { running: 3 }),
      member("idle"),
      member("coming", { state: "coming" }),
      member("less busy", { running: 1 }),
      member("resting", { state: "resting" })
    ]
    expect(chooseLeavers(pool, 5)).toEqual(["resting", "coming", "idle", "less busy", "busy"])
    expect(chooseLeavers(pool, 2)).toEqual(["resting", "coming"])
  })

  it("is of equals the slowest, and of these the youngest", () => {
    const pool = [
      member("old", { joinedAt: 1 }),
      member("young", { joinedAt: 9 }),
      member("slow", { speed: 0.5 }),
      member("fast", { speed: 2 })
    ]
    expect(chooseLeavers(pool, 3)).toEqual(["slow", "young", "old"])
  })

  it("is nobody whom waiting tasks need", () => {
    expect(chooseLeavers([member("gpu", { needed: true }), member("busy", { running: 9 })], 2)).toEqual(["busy"])
    expect(chooseLeavers([member("a")], -1)).toEqual([])
  })
})
