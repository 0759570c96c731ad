import { describe, expect, it } from "vitest"
import { check } from "./checker.ts"
import type { Line } from "./history.ts"

const run = 1
const submitted = (id: string, serial = 1): Line => ({ run, e: "submitted", id, serial })
const accepted = (id: string): Line => ({ run, e: "accepted", id })
const started = (
  id: string,
  epoch: number,
  more: { serial?: number; from?: number; worker?: string; key?: string } = {}
): Line => ({
  run,
  e: "started",
  id,
  serial: 1,
  epoch,
  from: 0,
  worker: "w1",
  ...more
})
const left = (id: string, epoch: number): Line => ({ run, e: "left", id, epoch })
const settled = (id: string, epoch: number, what = "completed"): Line => ({
  run,
  e: "settled",
  id,
  outcome: `${what} in epoch ${epoch}`
})
const killed: Line = { run, e: "killed" }
const finished: Line = { run, e: "finished" }

const broken = (...history: ReadonlyArray<Line>): ReadonlyArray<string> =>
  check(history, { slots: 2 }).map(({ invariant }) => invariant)

describe("the checker of histories", () => {
  it("has nothing against a history in which a task is killed, runs again, and ends", () => {
    const history = [
      submitted("a"),
      accepted("a"),
      started("a", 1, { key: "k" }),
      { run, e: "kept", id: "a", step: 2 } as const,
      killed,
      submitted("a", 2),
      accepted("a"),
      started("a", 9, { key: "k", from: 3 }),
      left("a", 9),
      settled("a", 9),
      settled("a", 9),
      finished
    ]
    expect(broken(...history)).toEqual([])
  })

  it("finds an accepted task without an outcome (I1)", () => {
    expect(broken(submitted("a"), accepted("a"), finished)).toEqual(["I1"])
  })

  it("has nothing against the loss of a task that was not accepted", () => {
    expect(broken(submitted("a"), killed, finished)).toEqual([])
  })

  it("finds an accepted task that was lost, and came back only with a later submission (I1)", () => {
    const again = started("a", 2, { serial: 2 })
    expect(
      broken(submitted("a"), accepted("a"), killed, submitted("a", 2), again, left("a", 2), settled("a", 2), finished)
    ).toEqual(["I1"])
  })

  it("finds a task that goes on from before a checkpoint that was told of (I1)", () => {
    const kept: Line = { run, e: "kept", id: "a", step: 4 }
    expect(broken(submitted("a"), kept, killed, started("a", 2, { from: 3 }), left("a", 2), finished)).toEqual(["I1"])
  })

  it("finds a run nobody asked for (I1)", () => {
    expect(broken(started("a", 1), left("a", 1), finished)).toEqual(["I1"])
  })

  it("finds two outcomes of one task (I2)", () => {
    const history = [submitted("a"), started("a", 1), started("a", 2), settled("a", 1), settled("a", 2), finished]
    expect(broken(...history)).toEqual(["I2"])
  })

  it("finds a run after the outcome was told (I2)", () => {
    expect(broken(submitted("a"), started("a", 1), settled("a", 1), killed, started("a", 2), finished)).toEqual(["I2"])
  })

  it("finds an epoch that was given twice, or falls (I3)", () => {
    expect(broken(submitted("a"), started("a", 5), killed, started("a", 5), finished)).toEqual(["I3"])
    expect(broken(submitted("a"), started("a", 5), killed, started("a", 4), finished)).toEqual(["I3"])
  })

  it("finds an outcome of a run there never was (I3)", () => {
    expect(broken(submitted("a"), started("a", 1), settled("a", 7), finished)).toEqual(["I3"])
  })

  it("finds two holders of a key (I4), unless the first went down with its worker or its process", () => {
    const first = started("a", 1, { key: "k", worker: "w1" })
    const second = started("b", 2, { key: "k", worker: "w2" })
    const both = [submitted("a"), submitted("b")]
    expect(broken(...both, first, second, finished)).toEqual(["I4"])
    expect(broken(...both, first, { run, e: "crashing", worker: "w1" }, second, finished)).toEqual([])
    expect(broken(...both, first, killed, second, finished)).toEqual([])
  })

  it("finds a worker with more tasks than slots (I5)", () => {
    const ids = ["a", "b", "c"]
    expect(broken(...ids.map((id) => submitted(id)), ...ids.map((id, n) => started(id, n + 1)), finished)).toEqual([
      "I5"
    ])
  })

  it("finds a result that never settled, and a last run that never ended (I7)", () => {
    expect(broken(submitted("a"), { run, e: "hanging", ids: ["a"] }, finished)).toEqual(["I7"])
    expect(broken(submitted("a"))).toEqual(["I7"])
  })
})
