import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { diary, failureOf, given } from "../given.ts"
import { child, life, supervised } from "./given.ts"

describe("S8: starting up", () => {
  it("children start in order, each awaited", () => {
    const log: Array<string> = []
    const { virtual } = supervised({ children: ["a", "b"].map((id) => child(id, diary({ log, startMs: 10 }))) })
    expect([life(log), virtual.now]).toEqual([["a started", "b started"], 20])
  })

  it("if one fails, those started are stopped in reverse order, and the start names the child and why", () => {
    const log: Array<string> = []
    const { virtual, system } = given()
    const onStart = (): void => {
      throw new Error("no")
    }
    const children = [
      child("a", diary({ log })),
      child("b", diary({ log })),
      child("c", diary({ onStart })),
      child("d", diary({ log }))
    ]
    const error = failureOf(virtual, system.supervise({ name: "sup", strategy: "one-for-one", children }))
    expect(error.message).toBe("sup/c could not be started: no")
    expect(life(log)).toEqual(["a started", "b started", "b stopping", "a stopping"])
    expect(system.inspect().tree).toEqual([])
    virtual.run(system.supervise({ name: "sup", strategy: "one-for-one", children: [] }))
  })

  it("a shutdown in the middle of a start ends it, and whoever waits for it is told", () => {
    const { virtual, system } = given()
    const children = [child("a", diary()), child("b", diary({ startMs: 1_000 }))]
    const starting = virtual.fork(system.supervise({ name: "sup", strategy: "one-for-one", children }))
    virtual.advance(10)
    virtual.run(system.shutdown)
    expect([starting.pollUnsafe()?._tag, virtual.now]).toEqual(["Failure", 10])
    expect(failureOf(virtual, system.supervise({ name: "late", strategy: "one-for-one", children }))._tag).toBe(
      "StartFailed"
    )
  })

  it("a transient child that ends by itself while the others start holds nothing up", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const children = [child("a", diary({ log }), { restart: "transient" }), child("b", diary({ startMs: 10 }))]
    const starting = virtual.fork(system.supervise({ name: "sup", strategy: "one-for-one", children }))
    const a = system.inspect().tree[0]?.children[0]
    expect(a?.status).toBe("running")
    virtual.run(Effect.sleep(20))
    expect(starting.pollUnsafe()?._tag).toBe("Success")
  })
})
