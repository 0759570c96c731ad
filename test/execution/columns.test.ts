import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { packCommands, packMessage, unpackCommands, unpackMessage } from "../../src/execution/worker/columns.ts"
import type { RunCommand, WorkerReport } from "../../src/execution/worker/protocol.ts"

const command = fc.record(
  {
    epoch: fc.nat(),
    taskId: fc.string(),
    type: fc.constantFrom("resize", "echo", "sum"),
    payload: fc.jsonValue(),
    attempt: fc.integer({ min: 1, max: 3 }),
    state: fc.option(fc.jsonValue(), { nil: undefined }),
    devices: fc.constant([{ kind: "cuda", index: 1, share: 0.5, memory: 8, machineIndex: 3 }])
  },
  { requiredKeys: ["epoch", "taskId", "type", "payload", "attempt", "state"] }
)

const report = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      _tag: fc.constant("Completed" as const),
      epoch: fc.nat(),
      value: fc.jsonValue(),
      ms: fc.double({ min: 0, noNaN: true })
    })
  },
  { weight: 1, arbitrary: fc.record({ _tag: fc.constant("Stopped" as const), epoch: fc.nat() }) }
)

describe("batches as columns", () => {
  it("come out as they went in, many or few, first attempts and later ones", () => {
    let packed = 0
    fc.assert(
      fc.property(fc.array(command), (commands: ReadonlyArray<RunCommand>) => {
        const transit = packCommands(commands)
        if (!Array.isArray(transit)) packed += 1
        expect(unpackCommands(structuredClone(transit))).toEqual(commands)
      })
    )
    expect(packed).toBeGreaterThan(20)
  })

  it("keep the order of reports of all kinds", () => {
    let packed = 0
    fc.assert(
      fc.property(fc.array(report), (reports: ReadonlyArray<WorkerReport>) => {
        const transit = packMessage({ _tag: "Reports", reports })
        if (transit._tag === "Completed") packed += 1
        expect(unpackMessage(structuredClone(transit))).toEqual({ _tag: "Reports", reports })
      })
    )
    expect(packed).toBeGreaterThan(5)
  })
})
