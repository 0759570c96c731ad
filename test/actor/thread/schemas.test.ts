import * as Option from "effect/Option"
import { describe, expect, it } from "vitest"
import { Actor } from "../../../src/actor/index.ts"
import { Point, type Shapes, shapes } from "./fixtures/shapes.ts"
import { failureOf, fixture, givenSystem } from "./given.ts"

const onThread = () => Actor.onThread<typeof Shapes>({ module: fixture("shapes"), export: "Shapes", protocol: shapes })

describe("a protocol with schemas", () => {
  it("brings classes, Options and Dates across as what they are", async () => {
    const system = givenSystem()
    const ref = system.spawn(onThread())
    const point = new Point({ x: 4, at: new Date(1_000) })
    const moved = await ref.askPromise("Move", { point, by: Option.some(34) })
    expect(moved).toBeInstanceOf(Point)
    expect(moved.x).toBe(42)
    expect(moved.at).toEqual(new Date(1_000))
    expect((await ref.askPromise("Move", { point, by: Option.none() })).doubled).toBe(16)
  })

  it("is checked on this side: what does not match fails its asker, or is a dead letter", async () => {
    const system = givenSystem()
    const ref = system.spawn(onThread())
    const wrong = { point: { x: "4" }, by: 1 }
    const ask: (tag: "Move", payload: never) => Promise<unknown> = (tag, payload) => ref.askPromise(tag, payload)
    expect(await failureOf(Reflect.apply(ask, undefined, ["Move", wrong]))).toMatchObject({
      _tag: "SchemaMismatch",
      tag: "Move",
      part: "payload"
    })
    Reflect.apply(ref.tell, ref, ["Move", wrong])
    await ref.askPromise("Move", { point: new Point({ x: 1, at: new Date() }), by: Option.none() })
    expect(system.deadLetters.list()).toMatchObject([{ tag: "Move", reason: "not-cloneable" }])
  })

  it("without the protocol as a value is copied, and what that would break is refused", async () => {
    const system = givenSystem()
    const ref = system.spawn(Actor.onThread<typeof Shapes>({ module: fixture("shapes"), export: "Shapes" }))
    const point = new Point({ x: 4, at: new Date(1_000) })
    expect(await failureOf(ref.askPromise("Move", { point, by: Option.none() }))).toMatchObject({
      _tag: "NotCloneable",
      path: "payload.point",
      what: "a Point"
    })
  })

  it("that is another than the thread's is a failed start", async () => {
    const system = givenSystem()
    const { Move } = shapes
    const other = { Move, Wrong: Actor.ask<Record<never, never>, number>() }
    const ref = system.spawn(
      Actor.onThread<typeof Shapes>({ module: fixture("shapes"), export: "Shapes", protocol: other })
    )
    const reason = await new Promise((resolve) => ref.cell.onEnd(resolve))
    expect(reason).toMatchObject({ cause: { _tag: "ThreadModuleInvalid" } })
    expect(JSON.stringify(reason)).toContain("the payload of Wrong has a schema on one side only")
  })
})
