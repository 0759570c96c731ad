import * as Data from "effect/Data"
import * as Option from "effect/Option"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { checkCloneable, isCloneable } from "../../../src/actor/thread/cloneable.ts"

class Account {
  readonly owner = "me"
}

class Tagged extends Data.TaggedError("Tagged")<{ readonly n: number }> {}

const flawOf = (value: unknown): unknown => {
  try {
    checkCloneable(value, "args")
    return undefined
  } catch (error) {
    return error
  }
}

describe("what crosses to another thread", () => {
  it("is whatever a copy leaves as it is", () => {
    const cyclic: { self?: unknown } = {}
    cyclic.self = cyclic
    const values = [
      1,
      10n,
      "text",
      null,
      undefined,
      new Date(),
      /x/g,
      new Uint8Array(2),
      Buffer.from("x"),
      new SharedArrayBuffer(1),
      new Map([[{ key: 1 }, new Set([1])]]),
      new RangeError("no", { cause: new Error("why") }),
      Object.create(null),
      [[[]]],
      cyclic
    ]
    for (const value of values) {
      expect(flawOf(value)).toBeUndefined()
      structuredClone(value)
    }
  })

  it.each([
    [{ a: { b: [0, () => 1] } }, "args.a.b[1]", "a function"],
    [{ "two words": Symbol("s") }, 'args["two words"]', "a symbol"],
    [{ a: new Account() }, "args.a", "an Account"],
    [{ a: Promise.resolve() }, "args.a", "a Promise"],
    [new WeakMap(), "args", "a WeakMap"],
    [new Map([["k", { f: Account }]]), 'args.get("k").f', "the function Account"],
    [new Map([[() => 1, 1]]), "args.keys()", "a function"],
    [new Set([Symbol("s")]), "args.values()", "a symbol"],
    [Option.some(1), "args", "an object with a prototype of its own"],
    [new Tagged({ n: 1 }), "args", "a Tagged"],
    [new Error("x", { cause: { f: () => 1 } }), "args.cause.f", "the function f"],
    [new Proxy({}, {}), "args", "a Proxy"],
    [new URL("file:///x"), "args", "a URL"],
    [
      {
        get broken() {
          throw new Error("no")
        }
      },
      "args.broken",
      "a getter that throws"
    ]
  ])("is refused where a copy would break it: case %#", (value, path, what) => {
    expect(flawOf(value)).toMatchObject({ _tag: "NotCloneable", path, what })
  })

  it("whatever is let through, a structured clone takes and leaves as it was", () => {
    fc.assert(
      fc.property(
        fc.anything({ withDate: true, withMap: true, withSet: true, withBigInt: true, withTypedArray: true }),
        (value) => {
          if (!isCloneable(value)) return
          expect(structuredClone(value)).toStrictEqual(structuredClone(structuredClone(value)))
        }
      )
    )
  })
})
