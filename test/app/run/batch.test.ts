import { PassThrough } from "node:stream"
import { describe, expect, it } from "vitest"
import { Batch, type Submitted } from "../../../app/cli/run/batch.ts"

const linesOf = (output: PassThrough): ReadonlyArray<unknown> =>
  String(output.read() ?? "")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line))

/** A task whose end the test decides. */
const pending = (id: string) => {
  const result = Promise.withResolvers<unknown>()
  const accepted = Promise.withResolvers<void>()
  const cancelled: Array<string | undefined> = []
  const task: Submitted = {
    id,
    result: result.promise,
    accepted: accepted.promise,
    cancel: (reason) => cancelled.push(reason)
  }
  return { task, result, accepted, cancelled }
}

const line = { type: "work", payload: undefined, options: {} }

describe("a batch", () => {
  it("writes each end in the order of the ends, with the error's code and hint", async () => {
    const [a, b] = [pending("a"), pending("b")]
    const tasks = [a.task, b.task]
    const output = new PassThrough()
    const batch = new Batch(() => tasks.shift() ?? a.task, output)
    a.accepted.resolve()
    b.accepted.resolve()
    await batch.add(line)
    await batch.add(line)
    b.result.reject(
      Object.assign(new Error("it broke"), { _tag: "TaskFailed", code: "BALLAST_TASK_FAILED", hint: "mend" })
    )
    await b.task.result.catch(() => {})
    a.result.resolve({ bytes: 3 })
    await batch.end()
    expect(linesOf(output)).toEqual([
      {
        id: "b",
        type: "work",
        ok: false,
        error: { name: "TaskFailed", code: "BALLAST_TASK_FAILED", message: "it broke", hint: "mend" }
      },
      { id: "a", type: "work", ok: true, result: { bytes: 3 } }
    ])
    expect(batch).toMatchObject({ submitted: 2, completed: 1, failed: 1 })
  })

  it("reads on only once a task is accepted", async () => {
    const a = pending("a")
    const batch = new Batch(() => a.task, new PassThrough())
    let added = false
    const adding = batch.add(line).then(() => {
      added = true
    })
    await new Promise(setImmediate)
    expect(added).toBe(false)
    a.accepted.resolve()
    await adding
    expect(added).toBe(true)
  })

  it("counts a task that is refused as failed", async () => {
    const a = pending("a")
    const batch = new Batch(() => a.task, new PassThrough())
    a.accepted.reject(new Error("no"))
    a.result.reject(new Error("no"))
    await batch.add(line)
    await batch.end()
    expect(batch.failed).toBe(1)
  })

  it("writes a result that JSON cannot say as a failure that says so", async () => {
    const a = pending("a")
    const output = new PassThrough()
    const batch = new Batch(() => a.task, output)
    a.accepted.resolve()
    a.result.resolve({ big: 1n })
    await batch.add(line)
    await batch.end()
    expect(linesOf(output)).toMatchObject([{ id: "a", ok: false, error: { code: "BALLAST_RESULT_NOT_JSON" } }])
  })

  it("cancels what is still open, and nothing that has ended", async () => {
    const [a, b] = [pending("a"), pending("b")]
    const tasks = [a.task, b.task]
    const batch = new Batch(() => tasks.shift() ?? a.task, new PassThrough())
    for (const { accepted } of [a, b]) accepted.resolve()
    await batch.add(line)
    await batch.add(line)
    a.result.resolve(undefined)
    await a.task.result
    batch.cancel("interrupted")
    expect(a.cancelled).toEqual([])
    expect(b.cancelled).toEqual(["interrupted"])
  })
})
