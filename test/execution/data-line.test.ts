import { MessageChannel, receiveMessageOnPort } from "node:worker_threads"
import { describe, expect, it } from "vitest"
import { DataLine } from "../../src/execution/data-line.ts"
import type { WorkerReport } from "../../src/execution/index.ts"
import { ownerPort } from "../../src/execution/worker/data-port.ts"
import { command } from "./harness.ts"

const openLine = () => {
  const rejected: Array<WorkerReport> = []
  const { port1, port2: far } = new MessageChannel()
  const line = new DataLine(ownerPort(port1), {
    reports: (batch) => rejected.push(...batch),
    heartbeat: () => {},
    unsent: () => {},
    unreadable: () => {}
  })
  const arrived = (): ReadonlyArray<unknown> => {
    const all: Array<unknown> = []
    for (let got = receiveMessageOnPort(far); got !== undefined; got = receiveMessageOnPort(far)) {
      all.push(got.message)
    }
    return all
  }
  return { line, rejected, arrived }
}

describe("the owner's end of the data line", () => {
  it("sends the commands of one turn as one array, in order, and those of the next as another", async () => {
    const { line, arrived } = openLine()
    line.send(command(1, "a"))
    line.send(command(2, "b"))
    expect(arrived()).toEqual([])
    await null
    line.send(command(3, "c"))
    await null
    expect(arrived()).toEqual([[command(1, "a"), command(2, "b")], [command(3, "c")]])
    line.close()
  })

  it("refuses one payload of an array without failing the others, whatever they transfer", async () => {
    const { line, rejected, arrived } = openLine()
    const { port1, port2 } = new MessageChannel()
    const buffer = new ArrayBuffer(4)
    line.send(command(1, "a", { buffer }), [buffer])
    line.send(command(2, "b", { inner: { port: port2 }, cb: Math.max }), [port2])
    line.send(command(3, "c", { buffer }), [buffer])
    await null
    expect(rejected).toMatchObject([
      {
        epoch: 2,
        _tag: "Rejected",
        problems: [{ path: "payload.cb", message: expect.stringContaining("function max") }]
      },
      { epoch: 3, _tag: "Rejected", problems: [{ path: "payload" }] }
    ])
    expect(arrived()).toMatchObject([[{ epoch: 1, payload: { buffer: expect.any(ArrayBuffer) } }]])
    port1.close()
    port2.close()
    line.close()
  })

  it("delivers what has arrived when it closes, and nothing is sent afterwards", async () => {
    const reports: Array<WorkerReport> = []
    const { port1, port2: far } = new MessageChannel()
    const line = new DataLine(ownerPort(port1), {
      reports: (batch) => reports.push(...batch),
      heartbeat: () => {},
      unsent: () => {},
      unreadable: () => {}
    })
    far.postMessage({ _tag: "Reports", reports: [{ _tag: "Stopped", epoch: 4 }] })
    line.close()
    expect(reports).toEqual([{ _tag: "Stopped", epoch: 4 }])
    line.send(command(5, "late", () => {}))
    await null
    expect(reports).toHaveLength(1)
  })
})
