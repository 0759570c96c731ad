import { describe, expect, it } from "vitest"
import { EventBus } from "../../actors/event-bus.ts"
import type { BallastEvent } from "../../actors/events.ts"
import { OutputGate } from "../../actors/output-gate.ts"
import { Ledger } from "../../src/ledger/index.ts"
import { aTask, aWorker, done, withWorkers } from "../ledger/given.ts"
import { aDirectory, listening, open, recover, SmallDisk } from "../storage/journal/given.ts"

/** A ledger whose events pass a gate on a disk with so much room. */
const gated = async (room: number, heldLimit?: number) => {
  const disk = new SmallDisk(room)
  const directory = aDirectory()
  const { told: journalTold, ...options } = listening()
  const { journal } = await open(directory, { files: disk, ...options })
  const bus = new EventBus()
  const seen: Array<string> = []
  let caughtUp = 0
  const outside = new EventBus()
  outside.subscribe((event) => void seen.push(event._tag))
  const caught = (): void => {
    caughtUp += 1
  }
  const gate = new OutputGate(journal, outside, caught, heldLimit)
  bus.subscribe(gate.onEvent)
  const ledger = new Ledger({ onEvent: (event, task) => bus.publish(event, task) })
  withWorkers(ledger, aWorker("w", { slots: 1_000 }))
  return { disk, directory, journal, journalTold, bus, seen, gate, ledger, caughtUp: () => caughtUp }
}

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}

const progress: BallastEvent = { _tag: "TaskProgressed", at: 0, taskId: "a", fraction: 0.5 }
const degraded: BallastEvent = { _tag: "JournalDegraded", at: 0, kind: "write", problem: "no room" }

describe("the gate between what happens and what is told", () => {
  it("tells nothing of a task while the disk is full, and all of it in order once there is room", async () => {
    const { disk, journal, seen, ledger, bus, gate } = await gated(160)
    expect(seen).toEqual(["WorkerAdded", "WorkerPhaseChanged"])
    done(ledger.accept(aTask("a"), 0))
    const { epoch } = done(ledger.place("a", "w", 0))
    bus.publish(progress)
    done(ledger.complete("a", epoch, 1, 0))
    await until(() => journal.stats.failures > 3)
    expect(seen).toHaveLength(2)
    expect(gate.held).toBe(4)
    // What concerns no task is no promise to anybody.
    bus.publish(degraded)
    expect(seen.at(-1)).toBe("JournalDegraded")
    disk.room = 100_000
    await journal.flush()
    expect(seen.slice(3)).toEqual(["TaskAccepted", "TaskPlaced", "TaskProgressed", "TaskCompleted"])
    expect(gate.held).toBe(0)
    await journal.close()
  })

  it("keeps the order of what is held also for events that need not be kept themselves", async () => {
    const { journal, seen, ledger } = await gated(100_000)
    done(ledger.accept(aTask("a"), 0))
    done(ledger.setPhase("w", "draining", 0))
    expect(seen).toHaveLength(2)
    await journal.flush()
    expect(seen.slice(2)).toEqual(["TaskAccepted", "WorkerPhaseChanged"])
    await journal.close()
  })

  it("is behind while very much is held, and tells when it has caught up", async () => {
    const { disk, journal, ledger, gate, caughtUp } = await gated(160, 100)
    for (let n = 0; n < 100; n += 1) done(ledger.accept(aTask(`t${n}`), 0))
    expect(gate.isBehind).toBe(true)
    expect(caughtUp()).toBe(0)
    disk.room = Number.MAX_SAFE_INTEGER
    await journal.flush()
    expect(gate.isBehind).toBe(false)
    expect(caughtUp()).toBe(1)
    await journal.close()
  })

  it("once sealed keeps and tells what came before, and nothing of what happens to tasks afterwards", async () => {
    const { directory, journal, seen, ledger, gate } = await gated(100_000)
    done(ledger.accept(aTask("a"), 0))
    const { epoch } = done(ledger.place("a", "w", 0))
    const sealed = gate.seal()
    done(ledger.complete("a", epoch, 1, 0))
    done(ledger.setPhase("w", "draining", 0))
    await sealed
    expect(seen.slice(2)).toEqual(["TaskAccepted", "TaskPlaced", "WorkerPhaseChanged"])
    await journal.close()
    const { unfinished, ended } = await recover(directory)
    expect(unfinished.map(({ spec }) => spec.id)).toEqual(["a"])
    expect(ended).toEqual([])
  })

  it("names the place of what cannot be kept", async () => {
    const { journal, gate } = await gated(100_000)
    expect(gate.problemIn({ ok: [1, "two"] }, "payload")).toBeUndefined()
    expect(gate.problemIn({ list: [{ cb: () => {} }] }, "payload")).toMatchObject({ path: "payload.list[0].cb" })
    expect(gate.problemIn(new Map([["m", new SharedArrayBuffer(8)]]), "result")).toMatchObject({
      path: 'result.get("m")'
    })
    await journal.close()
  })
})
