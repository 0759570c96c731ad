import { expect, it } from "vitest"
import { refusedWith } from "../../src/ledger/index.ts"
import { cellsOf, failureOf, open } from "../actors/given.ts"
import { type Parts, startParts } from "./given.ts"

type Why = keyof typeof refusedWith

const held = (parts: Parts, cells: Int32Array<SharedArrayBuffer>) => {
  const { submitter } = parts
  const submit = (options = {}) => submitter.submit("hold", { cells }, options, true)
  // One runs, one waits: the queue is full then.
  return [submit(), submit()]
}

/** How each comes about, in a runtime with one worker, one of whose tasks runs and one fills the queue. */
const refusals: Record<Why, (parts: Parts) => { readonly id: string; readonly result: Promise<unknown> }> = {
  "its options are wrong": ({ submitter }) => submitter.submit("add", {}, { retries: -1 }, true),
  "no handler has its name": ({ submitter }) => submitter.submit("none", {}, undefined, true),
  "its payload is too large": ({ submitter }) =>
    submitter.submit("size", { buffer: new ArrayBuffer(17 * 2 ** 20) }, undefined, true),
  "its signal is aborted already": ({ submitter }) =>
    submitter.submit("add", {}, { signal: AbortSignal.abort() }, true),
  "the queue is full and it does not wait": ({ submitter }) => submitter.submit("add", {}, undefined, false),
  "it would not begin in time, and such are refused": ({ submitter, runtime }) => {
    const { waits } = runtime.coordination
    const of = waits.of.bind(waits)
    const sure = () => ({ ms: 9_000, low: 8_000, proven: true })
    const given = (...asked: Parameters<typeof of>) => (asked[0] === "minimal" ? sure() : of(...asked))
    Object.defineProperty(waits, "of", { value: given })
    return submitter.submit("add", {}, { priority: "minimal", deadline: "5 seconds" }, true)
  },
  "it is cancelled while it waits for room in the queue": ({ submitter }) => {
    const task = submitter.submit("add", {}, undefined, true)
    setImmediate(() => task.cancel())
    return task
  },
  "its time runs out while it waits for room in the queue": ({ submitter }) =>
    submitter.submit("add", {}, { queueTimeout: 10 }, true),
  "the runtime is shutting down": ({ submitter }) => {
    submitter.close()
    return submitter.submit("add", {}, undefined, true)
  },
  "the coordinator failed as it took it in": ({ submitter, runtime }) => {
    const { coordination } = runtime
    const submit = coordination.submit.bind(coordination)
    let failed = false
    Object.defineProperty(coordination, "submit", {
      value: (...given: Parameters<typeof submit>) => {
        if (failed) return submit(...given)
        failed = true
        throw new Error("a fault as it is taken in")
      }
    })
    return submitter.submit("add", { a: 1, b: 1 }, undefined, true)
  }
}

const all = Object.keys(refusals).filter((why): why is Why => why in refusedWith)

it.each(all)("a task is refused because %s: its handle says so once, and its id is free", async (why) => {
  await using parts = await startParts({ workers: [{ id: "w1" }], options: { maxQueue: 1, refuseLate: true } })
  const { submitter } = parts
  const cells = cellsOf()
  const before = held(parts, cells)
  await Promise.all(before.map(({ accepted }) => accepted))
  const task = refusals[why](parts)
  const handle = parts.runtime.handles.get(task.id)
  expect(await failureOf(task.result)).toMatchObject({ _tag: refusedWith[why] })
  if (handle !== undefined) expect(handle.status).toBe("refused")
  expect(parts.runtime.handles.get(task.id)).toBeUndefined()
  open(cells)
  expect(await Promise.all(before.map(({ result }) => result))).toEqual(["w1", "w1"])
  if (why === "the runtime is shutting down") return
  expect(await submitter.submit("add", { a: 1, b: 1 }, { id: task.id }, true).result).toBe(2)
})
