import { describe, expect, it } from "vitest"
import type { RunCommand, WorkerExit, WorkerReport } from "../../src/execution/index.ts"
import { RemoteConnection } from "../../src/execution/remote/index.ts"
import { Epoch } from "../../src/model/index.ts"
import { VirtualTime } from "../../src/virtual-time/index.ts"

const lease = 1_000

const command = (epoch: number): RunCommand => ({
  epoch: Epoch(epoch),
  taskId: `t${epoch}`,
  type: "work",
  payload: { epoch },
  attempt: 1,
  state: undefined
})

const given = () => {
  const time = new VirtualTime()
  const said: Array<WorkerReport> = []
  const asks: Array<{ readonly open: number; readonly seen: number }> = []
  const exits: Array<WorkerExit> = []
  const sink = {
    ready: () => undefined,
    reports: (batch: ReadonlyArray<WorkerReport>) => said.push(...batch),
    heartbeat: () => undefined,
    asks: (open: number, seen: number) => asks.push({ open, seen }),
    exit: (exit: WorkerExit) => exits.push(exit)
  }
  const clock = { now: () => time.now, after: (ms: number, happen: () => void) => time.after(ms, happen) }
  const connection = new RemoteConnection(sink, clock, lease)
  const never = new Promise<void>(() => undefined)
  /** A run, given to the worker that asks for it. */
  const fetch = async (epoch: number) => {
    const pulled = connection.pull(never)
    connection.run(command(epoch))
    return pulled
  }
  return { time, said, asks, exits, connection, never, fetch }
}

describe("a connection to an outside worker", () => {
  it("asks for as many runs as there are calls that wait, and gives the first to whoever asked first", async () => {
    const { connection, asks, never } = given()
    const first = connection.pull(never)
    const second = connection.pull(never)
    expect(asks.map(({ open }) => open)).toEqual([1, 2])
    connection.run(command(1))
    connection.run(command(2))
    expect((await first)?.epoch).toBe(1)
    expect((await second)?.epoch).toBe(2)
  })

  it("asks for none once the wait is over", async () => {
    const { connection, asks } = given()
    expect(await connection.pull(Promise.resolve())).toBeUndefined()
    expect(asks.map(({ open }) => open)).toEqual([1, 0])
  })

  it("keeps a run that nobody waits for any more for the next who asks", async () => {
    const { connection, never } = given()
    await connection.pull(Promise.resolve())
    connection.run(command(1))
    expect((await connection.pull(never))?.epoch).toBe(1)
  })

  it("gives back what nobody fetches within the lease, though the worker is there", async () => {
    const { connection, said, time } = given()
    await connection.pull(Promise.resolve())
    connection.run(command(1))
    for (let beat = 0; beat < 2; beat += 1) {
      time.advance(lease / 2)
      connection.heartbeat(0)
    }
    expect(said).toEqual([{ _tag: "Yielded", epoch: 1, state: undefined }])
    expect(connection.running).toBe(0)
  })

  it("gives back at once what it is to hand over and nobody has fetched", () => {
    const { connection, said } = given()
    connection.run(command(1))
    connection.yieldAt(Epoch(1))
    expect(said).toEqual([{ _tag: "Yielded", epoch: 1, state: undefined }])
  })

  it("says which run had got to it as it asks, and asks again with each heartbeat", async () => {
    const { connection, said, asks, fetch, never } = given()
    await fetch(3)
    void connection.pull(never)
    connection.heartbeat(0)
    expect(said).toEqual([])
    expect(asks).toEqual([
      { open: 1, seen: 0 },
      { open: 1, seen: 3 },
      { open: 1, seen: 3 }
    ])
  })

  it("takes the time of a run from when it was fetched", async () => {
    const { connection, fetch, said, time } = given()
    await fetch(1)
    time.advance(250)
    expect(connection.update(Epoch(1), { status: "completed", result: 7 })).toBe(true)
    expect(said).toEqual([{ _tag: "Completed", epoch: 1, value: 7, ms: 250 }])
  })

  it("hears of an end only once, and of no run that it was not given", async () => {
    const { connection, fetch, said } = given()
    await fetch(1)
    connection.run(command(2))
    expect(connection.update(Epoch(1), { status: "completed" })).toBe(true)
    expect(connection.update(Epoch(1), { status: "completed" })).toBe(false)
    expect(connection.update(Epoch(2), { status: "completed" })).toBe(false)
    expect(said).toHaveLength(1)
  })

  it("tells of checkpoint and progress, in this order", async () => {
    const { connection, fetch, said } = given()
    await fetch(1)
    connection.update(Epoch(1), { status: "running", progress: 0.5, note: "half", state: { page: 3 } })
    expect(said).toEqual([
      { _tag: "Checkpointed", epoch: 1, state: { page: 3 } },
      { _tag: "Progress", epoch: 1, fraction: 0.5, note: "half" }
    ])
  })

  it("ends where nothing is heard for the lease, and any word renews it", async () => {
    const { connection, fetch, exits, time } = given()
    await fetch(1)
    time.advance(lease - 1)
    connection.heartbeat(0.5)
    time.advance(lease - 1)
    connection.update(Epoch(1), { status: "running", progress: 0.1 })
    time.advance(lease - 1)
    expect(exits).toEqual([])
    time.advance(1)
    expect(exits).toEqual([{ reason: "terminated", culprits: [] }])
    expect(connection.isOpen).toBe(false)
    expect(connection.update(Epoch(1), { status: "completed" })).toBe(false)
  })

  it("does not end while somebody waits for a run", async () => {
    const { connection, exits, time, never } = given()
    const pulled = connection.pull(never)
    time.advance(10 * lease)
    expect(exits).toEqual([])
    await connection.terminate()
    expect(await pulled).toBeUndefined()
    expect(exits).toHaveLength(1)
  })

  it("says what is to be cancelled until it has ended", async () => {
    const { connection, fetch, said } = given()
    await fetch(1)
    connection.cancel(Epoch(1), "not needed")
    const wanted = { taskId: "t1", epoch: 1, action: "cancel", reason: "not needed" }
    expect(connection.requests).toEqual([wanted])
    expect(connection.requests).toEqual([wanted])
    connection.update(Epoch(1), { status: "released" })
    expect(said).toEqual([{ _tag: "Stopped", epoch: 1 }])
    expect(connection.requests).toEqual([])
  })

  it("takes a cancelled run to have stopped after the lease, whatever the worker does", async () => {
    const { connection, fetch, said, time, exits } = given()
    await fetch(1)
    connection.cancel(Epoch(1), "not needed")
    for (let beat = 0; beat < 3; beat += 1) {
      time.advance(lease / 2)
      connection.heartbeat(1)
    }
    expect(said).toEqual([{ _tag: "Stopped", epoch: 1 }])
    expect(exits).toEqual([])
    expect(connection.update(Epoch(1), { status: "completed" })).toBe(false)
  })

  it("stops at once what nobody has fetched", () => {
    const { connection, said } = given()
    connection.run(command(1))
    connection.cancel(Epoch(1), "not needed")
    expect(said).toEqual([{ _tag: "Stopped", epoch: 1 }])
  })

  it("hands a run over with its state where that is wanted", async () => {
    const { connection, fetch, said } = given()
    await fetch(1)
    connection.yieldAt(Epoch(1))
    expect(connection.requests).toMatchObject([{ epoch: 1, action: "yield" }])
    connection.update(Epoch(1), { status: "released", state: { page: 4 } })
    expect(said).toEqual([{ _tag: "Yielded", epoch: 1, state: { page: 4 } }])
  })

  it("takes back what the worker does not know of, but nothing that may still be on its way", async () => {
    const { connection, fetch, said, time } = given()
    await fetch(1)
    time.advance(10)
    connection.heartbeat(0, new Set())
    expect(said).toEqual([])
    time.advance(10)
    await fetch(2)
    connection.heartbeat(0, new Set())
    expect(said).toEqual([{ _tag: "Yielded", epoch: 1, state: undefined }])
    expect(connection.running).toBe(1)
  })
})
