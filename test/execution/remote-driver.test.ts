import { describe, expect, it } from "vitest"
import { RemoteDriver } from "../../src/execution/remote/index.ts"
import { VirtualTime } from "../../src/virtual-time/index.ts"
import { aWorker } from "../ledger/given.ts"

const given = () => {
  const time = new VirtualTime()
  const exits: Array<string> = []
  const sinkOf = (name: string) => ({
    ready: () => undefined,
    reports: () => undefined,
    heartbeat: () => undefined,
    exit: () => exits.push(name)
  })
  const none = {
    open: () => {
      throw new Error("it is from outside")
    }
  }
  const driver = new RemoteDriver(none, { now: () => time.now, after: (ms, happen) => time.after(ms, happen) })
  const open = (name: string) => driver.open({ ...aWorker("r"), isolation: "remote" }, sinkOf(name))
  return { time, driver, exits, open }
}

describe("the driver of outside workers", () => {
  it("forgets a worker whose lease has run out, and the lease with it", () => {
    const { time, driver, exits, open } = given()
    driver.grant("r", 40)
    open("first")
    time.advance(40)
    expect(exits).toEqual(["first"])
    expect(driver.of("r")).toBeUndefined()
    open("second")
    expect(driver.of("r")?.lease).toBe(30_000)
  })

  it("keeps the worker that has come back when the one before it ends", async () => {
    const { driver, exits, open } = given()
    const first = open("first")
    const second = open("second")
    await first.terminate()
    expect(exits).toEqual(["first"])
    expect(driver.of("r")).toBe(second)
  })
})
