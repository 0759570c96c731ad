import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { diary, failureOf } from "../given.ts"
import { child, supervised } from "./given.ts"

describe("S11: children by hand", () => {
  it("terminateChild keeps the spec, is idempotent, counts as no restart; restartChild brings it back with its ref", () => {
    const { virtual, supervisor, ref, statuses } = supervised({ maxRestarts: 0, children: [child("a", diary())] })
    const before = ref("a")
    for (let count = 0; count < 3; count += 1) {
      virtual.run(supervisor.terminateChild("a"))
      virtual.run(supervisor.terminateChild("a"))
      expect(statuses()).toEqual({ a: "down" })
      expect(before.tell("Say", { text: "x" })).toBe(false)
      virtual.run(supervisor.restartChild("a"))
      expect(statuses()).toEqual({ a: "running" })
    }
    expect(ref("a")).toBe(before)
    expect(virtual.run(before.ask("Echo", { text: "back" }))).toBe("back")
  })

  it("restartChild and deleteChild are refused while it runs; deleteChild forgets", () => {
    const { virtual, supervisor, statuses } = supervised({ children: [child("a", diary())] })
    expect(failureOf(virtual, supervisor.restartChild("a")).message).toContain("it is running")
    expect(failureOf(virtual, supervisor.deleteChild("a")).message).toContain("it is running")
    expect(failureOf(virtual, supervisor.restartChild("z")).message).toContain("no such child")
    virtual.run(supervisor.terminateChild("a"))
    virtual.run(supervisor.deleteChild("a"))
    expect(statuses()).toEqual({})
    expect(supervisor.child("a")).toBeUndefined()
  })

  it("a temporary child is forgotten when it is terminated", () => {
    const { virtual, supervisor, statuses } = supervised({ children: [child("a", diary(), { restart: "temporary" })] })
    virtual.run(supervisor.terminateChild("a"))
    expect(statuses()).toEqual({})
  })

  it("startChild adds one; a duplicate id is refused; one that does not start is forgotten and costs no restart", () => {
    const { virtual, supervisor, statuses } = supervised({ maxRestarts: 0 })
    virtual.run(supervisor.startChild(child("a", diary({ startMs: 10 }))))
    expect([statuses(), virtual.now]).toEqual([{ a: "running" }, 10])
    expect(failureOf(virtual, supervisor.startChild(child("a", diary())))._tag).toBe("NameTaken")
    const onStart = (): void => {
      throw new Error("no")
    }
    expect(failureOf(virtual, supervisor.startChild(child("b", diary({ onStart }))))).toMatchObject({
      _tag: "StartFailed",
      child: "b",
      cause: { message: "no" }
    })
    expect(statuses()).toEqual({ a: "running" })
    virtual.run(supervisor.startChild(child("b", diary())))
    expect(statuses()).toEqual({ a: "running", b: "running" })
  })

  it("restartChild that fails to start tells why, and the child stays down", () => {
    const onStart = (start: number): void => {
      if (start === 2) throw new Error("not again")
    }
    const { virtual, supervisor, statuses } = supervised({ maxRestarts: 0, children: [child("a", diary({ onStart }))] })
    virtual.run(supervisor.terminateChild("a"))
    expect(failureOf(virtual, supervisor.restartChild("a"))).toMatchObject({ _tag: "StartFailed" })
    expect(statuses()).toEqual({ a: "down" })
    virtual.run(supervisor.restartChild("a"))
    expect(statuses()).toEqual({ a: "running" })
  })

  it("whoever waits for a start is told when the child is terminated, or the supervisor stopped, meanwhile", () => {
    const { virtual, supervisor, top } = supervised({})
    const first = virtual.fork(Effect.flip(supervisor.startChild(child("a", diary({ startMs: 100 })))))
    virtual.advance(10)
    virtual.run(supervisor.terminateChild("a"))
    expect(first.pollUnsafe()).toMatchObject({ value: { _tag: "ChildRefused" } })
    const second = virtual.fork(Effect.flip(supervisor.startChild(child("b", diary({ startMs: 100 })))))
    virtual.advance(10)
    virtual.run(top.stop)
    expect(second.pollUnsafe()).toMatchObject({ value: { _tag: "ChildRefused" } })
  })
})
