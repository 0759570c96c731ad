import { describe, expect, it } from "vitest"
import { Fault } from "../../../app/cli/demo/fault.ts"

const runtimeWith = (running: () => number) => {
  const crashed: Array<string> = []
  const cancelled: Array<string | undefined> = []
  return {
    crashed,
    cancelled,
    running,
    crash: (workerId: string) => {
      crashed.push(workerId)
      return { cancel: (reason?: string) => cancelled.push(reason) }
    }
  }
}

describe("the fault of a demo", () => {
  it("comes once, from 40 % on, and only while its worker runs two tasks", () => {
    let running = 3
    const runtime = runtimeWith(() => running)
    const fault = new Fault(runtime, 10)
    fault.onProgress(3)
    expect(runtime.crashed).toEqual([])
    running = 1
    fault.onProgress(4)
    expect(runtime.crashed).toEqual([])
    running = 2
    fault.onProgress(5)
    fault.onProgress(6)
    expect(runtime.crashed).toEqual(["large"])
  })

  it("does not come when all is done, and is called off where it did not get its turn", () => {
    const runtime = runtimeWith(() => 2)
    const late = new Fault(runtime, 10)
    late.onProgress(10)
    late.end()
    expect(runtime).toMatchObject({ crashed: [], cancelled: [] })
    const waiting = new Fault(runtime, 10)
    waiting.onProgress(5)
    waiting.end()
    expect(runtime.cancelled).toEqual(["the pass is over"])
  })
})
