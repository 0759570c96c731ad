import { MessageChannel } from "node:worker_threads"
import { afterEach, describe, expect, it } from "vitest"
import { BlackBox, blackBoxSize, culpritsIn, loadedIn, makeBlackBox } from "../../src/execution/worker/black-box.ts"
import { workerPort } from "../../src/execution/worker/data-port.ts"
import { handlersOf } from "../../src/execution/worker/handler-table.ts"
import type { WorkerMessage, WorkerReport } from "../../src/execution/worker/protocol.ts"
import type { Handler } from "../../src/execution/worker/task-context.ts"
import { TaskRunner } from "../../src/execution/worker/task-runner.ts"
import * as plain from "./handlers/plain.ts"
import { command } from "./harness.ts"

const closers: Array<() => void> = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

/** A runner on this thread, with the owner's end of its line. */
const openRunner = () => {
  const { port1, port2 } = new MessageChannel()
  closers.push(() => port1.close())
  const memory = makeBlackBox()
  const runner = new TaskRunner({
    workerId: "w",
    dutyCycle: 1,
    slots: 8,
    data: workerPort(port2),
    blackBox: new BlackBox(memory)
  })
  const batches: Array<ReadonlyArray<WorkerReport>> = []
  let wake: () => void = () => {}
  port1.on("message", (message: WorkerMessage) => {
    if (message._tag === "Reports") batches.push(message.reports)
    wake()
  })
  /** The next array of reports, whether it has come or is to come. */
  const batch = async (): Promise<ReadonlyArray<WorkerReport>> => {
    for (;;) {
      const next = batches.shift()
      if (next !== undefined) return next
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  return { runner, owner: port1, memory, batch }
}

describe("the worker's end of the data line", () => {
  it("sends what has ended before the next run begins, and what settles together as one array", async () => {
    const { runner, owner, batch } = openRunner()
    owner.postMessage([command(1, "shallow"), command(2, "deep"), command(3, "shallow")])
    runner.begin(
      new Map<string, Handler>([
        ["shallow", () => "s"],
        [
          "deep",
          async () => {
            for (let hop = 0; hop < 50; hop++) await null
            return "d"
          }
        ]
      ])
    )
    expect((await batch()).map((report) => report.epoch)).toEqual([1])
    expect((await batch()).map((report) => report.epoch)).toEqual([3, 2])
  })

  it("hands over or stops a run that has not begun, without calling its handler", async () => {
    const { runner, owner, batch } = openRunner()
    owner.postMessage([command(1, "noop", undefined, { page: 3 }), command(2, "noop"), command(3, "noop")])
    runner.yieldAt(1)
    runner.cancel(2, "enough")
    expect(await batch()).toEqual([
      { _tag: "Yielded", epoch: 1, state: { page: 3 } },
      { _tag: "Stopped", epoch: 2 }
    ])
    expect(runner.queued).toBe(1)
    runner.begin(handlersOf(plain))
    expect(await batch()).toMatchObject([{ _tag: "Completed", epoch: 3 }])
  })

  it("ends a run once, though its handler's thenable settles twice", async () => {
    const { runner, owner, batch } = openRunner()
    owner.postMessage([command(1, "twice"), command(2, "throws")])
    runner.begin(
      new Map<string, Handler>([
        [
          "twice",
          () =>
            // biome-ignore lint/suspicious/noThenProperty: a thenable is what this test is about
            Object.defineProperty({}, "then", {
              value: (resolve: (value: string) => void, reject: (error: Error) => void) => {
                resolve("first")
                reject(new Error("second"))
                throw new Error("third")
              }
            })
        ],
        [
          "throws",
          () => {
            throw new Error("at once")
          }
        ]
      ])
    )
    expect((await batch()).map((report) => [report.epoch, report._tag])).toEqual([
      [2, "Failed"],
      [1, "Completed"]
    ])
    await runner.drain()
    expect(runner.running).toBe(0)
  })

  it("lets reports leave between long synchronous runs of one array", async () => {
    const { runner, owner, batch } = openRunner()
    const busy = (): void => {
      const until = performance.now() + 3
      while (performance.now() < until);
    }
    owner.postMessage([command(1, "busy"), command(2, "busy"), command(3, "busy")])
    runner.begin(new Map([["busy", busy]]))
    for (const epoch of [1, 2, 3]) expect((await batch()).map((report) => report.epoch)).toEqual([epoch])
  })

  it("is drained only when nothing runs or waits", async () => {
    const { runner, owner } = openRunner()
    let finish: (value: unknown) => void = () => {}
    owner.postMessage([command(1, "wait")])
    let drained = false
    const draining = runner.drain().then(() => {
      drained = true
    })
    runner.begin(
      new Map([
        [
          "wait",
          () =>
            new Promise((resolve) => {
              finish = resolve
            })
        ]
      ])
    )
    while (runner.running === 0) await new Promise((resolve) => setImmediate(resolve))
    expect(drained).toBe(false)
    finish(1)
    await draining
    expect(runner.running).toBe(0)
  })
})

describe("the black box", () => {
  it("names the only running task, nobody when nothing runs, and does not guess among several", () => {
    const memory = makeBlackBox()
    const box = new BlackBox(memory)
    expect(culpritsIn(memory)).toEqual([])
    for (const epoch of [11, 12, 13]) box.started(epoch)
    expect(culpritsIn(memory)).toBeUndefined()
    box.settled(11)
    box.settled(13)
    expect(culpritsIn(memory)).toEqual([12])
    box.settled(12)
    expect(culpritsIn(memory)).toEqual([])
  })

  it("of a process is written through as a run begins, and by the next turn where one has settled", async () => {
    const written: Array<ReadonlyArray<number> | undefined> = []
    const box = new BlackBox(new ArrayBuffer(blackBoxSize), ({ buffer }) => written.push(culpritsIn(buffer)))
    box.started(1)
    box.settled(1)
    box.started(2)
    expect(written).toEqual([[1], [2]])
    box.settled(2)
    await new Promise((resolve) => setImmediate(resolve))
    expect(written).toEqual([[1], [2], []])
    box.started(3)
    box.settled(3)
    box.save()
    await new Promise((resolve) => setImmediate(resolve))
    expect(written).toEqual([[1], [2], [], [3], []])
  })

  it("lets the task that was blamed answer rather than the one that runs, until it is absolved", () => {
    const memory = makeBlackBox()
    const box = new BlackBox(memory)
    box.started(5)
    box.blame(0)
    expect(culpritsIn(memory)).toEqual([0])
    box.absolve()
    expect(culpritsIn(memory)).toEqual([5])
    expect(loadedIn(memory)).toBe(false)
    box.loaded()
    expect(loadedIn(memory)).toBe(true)
  })
})
