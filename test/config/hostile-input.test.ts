import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  type BallastOptions,
  optionProblems,
  payloadSize,
  submitProblems,
  toSettings,
  toTaskSpec
} from "../../src/config/index.ts"
import { audit, Ledger } from "../../src/ledger/index.ts"

const prototypes = [Object.prototype, Array.prototype, Function.prototype, Map.prototype, String.prototype]

/** Everything that could be changed of the prototypes that all share. */
const looks = (): ReadonlyArray<ReadonlyArray<PropertyKey>> => prototypes.map((prototype) => Reflect.ownKeys(prototype))

/** Names that reach a prototype, and those of options, so that hostile ones stand where sound ones would. */
const names = fc.constantFrom(
  ...["__proto__", "__proto__", "constructor", "prototype", "toString", "polluted"],
  ...["id", "priority", "requires", "labels", "versions", "accelerators", "affinity", "retries", "backoff", "times"],
  ...["workers", "capacity", "capabilities", "adaptation", "features", "log", "shedding", "from"]
)

const leaves = fc.constantFrom(true, 1, 0.5, "polluted", "high", "1 second", null)

/** As JSON gives them: `__proto__` is a key like any other. */
const hostileJson = fc.letrec<{ node: unknown; entries: string }>((tie) => ({
  node: fc.oneof({ maxDepth: 4, withCrossShrink: true }, leaves, tie("entries")),
  entries: fc
    .array(fc.tuple(names, tie("node")), { minLength: 1, maxLength: 4 })
    .map((entries) => entries.map(([name, value]) => `${JSON.stringify(name)}:${textOf(value)}`))
    .map((entries) => `{${entries.join()}}`)
})).entries

/** An inner node is a text of JSON already. */
const textOf = (value: unknown): string =>
  typeof value === "string" && value.startsWith("{") ? value : JSON.stringify(value)

const runs = 100_000

describe(`options and payloads that name prototypes, ${runs} generated cases`, () => {
  it("change no prototype, wherever they stand, and are refused unless each key is known", { timeout: 120_000 }, () => {
    const before = looks()
    const parse = (text: string): object => JSON.parse(text)
    fc.assert(
      fc.property(hostileJson, (text) => {
        const start: BallastOptions = { handlers: "handlers.ts", ...parse(text) }
        if (optionProblems(start).length === 0) toSettings(start)
        const submit = parse(text)
        const problems = submitProblems(submit)
        const spec = toTaskSpec("task", "work", parse(text), problems.length === 0 ? submit : {}, 0)
        const ledger = new Ledger()
        ledger.accept({ ...spec, payload: parse(text) }, 0)
        payloadSize(parse(text))
        structuredClone(spec.payload)
        if (Object.hasOwn(submit, "__proto__") || Object.hasOwn(submit, "constructor")) {
          expect(problems.length).toBeGreaterThan(0)
        }
        if (audit(ledger).length > 0 || "polluted" in {} || "polluted" in [] || "polluted" in Function) {
          throw new Error(`a prototype was changed by ${text}`)
        }
      }),
      { numRuns: runs }
    )
    expect(looks()).toEqual(before)
  })
})
