import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { meets, unmetConstraints } from "../../src/ledger/fit/constraints.ts"
import type { Constraints } from "../../src/model/index.ts"
import { workerSpec } from "../placement/pool.ts"

const kinds = ["backend", "hostname", "browser", "labels", "versions", "computeCapability"] as const

const anyConstraints = fc
  .tuple(
    fc.record({
      backend: fc.constantFrom("native", "chrome"),
      hostname: fc.constantFrom("here", "there"),
      browser: fc.constantFrom("firefox", "chrome"),
      labels: fc.dictionary(
        fc.constantFrom("zone", "disk", "constructor"),
        fc.oneof(fc.constantFrom("a", "b"), fc.subarray(["a", "b", "c"])),
        { maxKeys: 2 }
      ),
      versions: fc.dictionary(fc.constantFrom("ffmpeg", "toString"), fc.constantFrom("^6.0.0", ">=7", "nonsense"), {
        maxKeys: 1
      }),
      computeCapability: fc.constantFrom(7, 8.6)
    }),
    fc.subarray([...kinds], { maxLength: 3 })
  )
  .map(([all, chosen]): Constraints => Object.fromEntries(chosen.map((kind) => [kind, all[kind]])))

const anyCapabilities = fc.record({
  backends: fc.subarray(["native", "chrome"]),
  browsers: fc.subarray(["firefox", "chrome"]),
  hostname: fc.constantFrom("here", "there"),
  labels: fc.dictionary(fc.constantFrom("zone", "disk"), fc.constantFrom("a", "b")),
  versions: fc.dictionary(fc.constantFrom("ffmpeg"), fc.constantFrom("6.1.0", "7.0.0", "odd")),
  computeCapability: fc.constantFrom(0, 7.5, 8.6)
})

describe("the constraints of a task", () => {
  it("are met exactly where nothing is named that keeps them from being met", () => {
    const met = { yes: 0, no: 0 }
    fc.assert(
      fc.property(anyConstraints, anyCapabilities, (constraints, given) => {
        const plain = workerSpec("w")
        const spec = { ...plain, capabilities: { ...plain.capabilities, ...given } }
        const expected = unmetConstraints(constraints, spec).length === 0
        expect(meets(constraints, spec)).toBe(expected)
        met[expected ? "yes" : "no"] += 1
      }),
      { numRuns: 1_000 }
    )
    expect(Math.min(met.yes, met.no)).toBeGreaterThan(50)
  })
})
