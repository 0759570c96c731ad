import { describe, expect, it } from "vitest"
import { failureOf } from "../actors/given.ts"
import { measured, startFaulty } from "./given.ts"
import { countOf, recordOf } from "./watching.ts"

class Connection {
  readonly socket = (): void => {}
}

const payloads: Record<string, readonly [unknown, string]> = {
  "a function": [{ on: { done: () => {} } }, "payload.on.done"],
  "a class instance that holds one": [{ connection: new Connection() }, "payload.connection.socket"],
  "a symbol in a list": [[1, [Symbol("no")]], "payload[1][0]"],
  "a promise": [{ later: Promise.resolve(1) }, "payload.later"],
  "a weak map": [{ cache: new WeakMap() }, "payload.cache"],
  "the payload itself": [() => {}, "payload"]
}

const kinds = Object.keys(payloads)

describe("what cannot cross to a thread", () => {
  it.each(kinds)("in a payload, %s: InvalidPayload names its path, and no worker is lost", async (what) => {
    await using ballast = await startFaulty()
    const events = recordOf(ballast)
    const [payload, path] = payloads[what] ?? []
    const untyped: { readonly [name: string]: unknown } = { payload }
    const begun = performance.now()
    const task = ballast.submit("size", { data: "" }, { retries: 3 })
    expect(await task.result).toBe(0)
    // Tasks sent in the same turn are not taken along.
    const before = ballast.run("add", { a: 1, b: 1 })
    const bad = Reflect.apply(ballast.submit, ballast, ["size", untyped.payload, { retries: 3, maxCrashes: 1 }])
    const after = ballast.run("add", { a: 2, b: 2 })
    expect(await failureOf(bad.result)).toMatchObject({ _tag: "InvalidPayload", problems: [{ path }] })
    measured("unserialisable payload or result", "until refused", performance.now() - begun)
    expect([await before, await after]).toEqual([2, 4])
    expect(countOf(events, "WorkerExited")).toBe(0)
    expect(ballast.stats().tasks).toMatchObject({ quarantined: 0, queued: 0, running: 0 })
  })

  it("in a result or a checkpoint: the same, with the path, and it is not tried again", async () => {
    await using ballast = await startFaulty()
    const events = recordOf(ballast)
    expect(await failureOf(ballast.run("badResult", undefined, { retries: 3 }))).toMatchObject({
      _tag: "InvalidPayload",
      problems: [{ path: "result.rows[0].save" }]
    })
    expect(await failureOf(ballast.run("badCheckpoint", undefined, { retries: 3 }))).toMatchObject({
      _tag: "InvalidPayload",
      problems: [{ path: "state.cursor.next" }]
    })
    expect(await ballast.run("add", { a: 1, b: 1 })).toBe(2)
    expect(countOf(events, "WorkerExited")).toBe(0)
    expect(countOf(events, "TaskPlaced")).toBe(3)
  })

  it("a bigint, a date, a map and a typed array do cross", async () => {
    await using ballast = await startFaulty()
    const crossing = [{ big: 10n ** 30n, at: new Date(0), map: new Map([[1, new Uint8Array(3)]]) }]
    const task: unknown = await Reflect.apply(ballast.run, ballast, ["size", { data: crossing }])
    expect(task).toBe(1)
  })
})
