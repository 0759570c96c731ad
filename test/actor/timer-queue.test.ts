import { execFile } from "node:child_process"
import { promisify } from "node:util"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { TimerQueue } from "../../src/actor/system/timer-queue.ts"
import { VirtualTime } from "../../src/testing/index.ts"
import { diary, given } from "./given.ts"

/** Virtual time that counts how often somebody goes to sleep. */
class CountingTime extends VirtualTime {
  sleeps = 0

  override sleep(duration: Duration.Duration): Effect.Effect<void> {
    this.sleeps += 1
    return super.sleep(duration)
  }
}

const queueIn = () => {
  const virtual = new CountingTime()
  const queue = new TimerQueue(virtual, virtual.context)
  const log: Array<string> = []
  const note = (name: string) => (): void => {
    log.push(`${name}@${virtual.now}`)
  }
  return { virtual, queue, log, note }
}

const nothing = { ring: () => {} }

describe("K5: the one sleeper of all timers", () => {
  it("serves a thousand timers that are set and cancelled one after another, and is gone when all is quiet", () => {
    const { virtual, queue } = queueIn()
    for (let count = 0; count < 1_000; count += 1) queue.cancel(queue.schedule(5_000, nothing))
    expect([virtual.sleeps, virtual.readyTasks]).toEqual([1, 1])
    virtual.settle()
    expect([virtual.readyTasks, virtual.nextDue]).toEqual([0, undefined])
  })

  it("is not needed for questions that are asked one after another and answered at once", () => {
    const { virtual, system } = given()
    let sleeps = 0
    const sleep = virtual.sleep.bind(virtual)
    virtual.sleep = (duration) => {
      sleeps += 1
      return sleep(duration)
    }
    const ref = system.spawn(diary())
    const texts = Array.from({ length: 100 }, (_, index) => String(index))
    const replies = virtual.run(Effect.forEach(texts, (text) => ref.ask("Echo", { text })))
    expect(replies).toEqual(texts)
    expect([sleeps, virtual.readyTasks, virtual.nextDue]).toEqual([0, 0, undefined])
  })

  it("stays where a new timer was set before all was quiet", () => {
    const { virtual, queue, log, note } = queueIn()
    queue.cancel(queue.schedule(10, nothing))
    queue.after(20, note("a"))
    virtual.settle()
    expect([virtual.sleeps, virtual.nextDue]).toEqual([1, 10])
    virtual.advance(10)
    expect([virtual.sleeps, virtual.nextDue, log]).toEqual([2, 20, []])
    virtual.advance(10)
    expect([log, virtual.nextDue]).toEqual([["a@20"], undefined])
  })

  it("goes to sleep again after it was called off, and after the last timer has rung", () => {
    const { virtual, queue, log, note } = queueIn()
    for (let count = 0; count < 2; count += 1) {
      queue.cancel(queue.schedule(10, nothing))
      virtual.settle()
      expect(virtual.nextDue).toBeUndefined()
      queue.after(20, note("a"))
      virtual.advance(100)
    }
    expect([log, virtual.sleeps]).toEqual([["a@20", "a@120"], 4])
  })

  it("is woken for a sooner timer, not for a later one", () => {
    const { virtual, queue, log, note } = queueIn()
    queue.after(30, note("c"))
    queue.after(50, note("d"))
    queue.after(30, note("c2"))
    expect([virtual.sleeps, virtual.nextDue]).toEqual([1, 30])
    queue.after(10, note("a"))
    expect([virtual.sleeps, virtual.nextDue]).toEqual([2, 10])
    virtual.advance(50)
    expect(log).toEqual(["a@10", "c@30", "c2@30", "d@50"])
  })

  it("goes to sleep once after it has rung, however many timers were set meanwhile", () => {
    const { virtual, queue, log, note } = queueIn()
    queue.after(10, () => {
      for (const ms of [40, 30, 20, 0]) queue.after(ms, note(`after ${ms}`))
    })
    virtual.advance(10)
    expect([log, virtual.sleeps, virtual.nextDue]).toEqual([["after 0@10"], 2, 30])
  })

  it("takes no part in timers that never come, nor do these hold it", () => {
    const { virtual, queue, log, note } = queueIn()
    queue.after(Number.POSITIVE_INFINITY, note("infinity"))
    queue.after(Number.MAX_VALUE, note("huge"))
    expect(virtual.sleeps).toBe(0)
    queue.cancel(queue.schedule(10, nothing))
    virtual.settle()
    expect(virtual.nextDue).toBeUndefined()
    queue.after(-5, note("past"))
    queue.after(Number.NaN, note("no number"))
    virtual.settle()
    expect(log).toEqual(["past@0", "no number@0"])
  })

  it("goes on behind an alarm that throws", () => {
    const { virtual, queue, log, note } = queueIn()
    queue.after(10, () => {
      throw new Error("its own fault")
    })
    queue.after(10, note("b"))
    queue.after(20, note("c"))
    virtual.advance(20)
    expect(log).toEqual(["b@10", "c@20"])
  })

  it("cancelling twice, or after it rang, touches no other timer", () => {
    const { virtual, queue, log, note } = queueIn()
    const cancel = queue.after(10, note("cancelled"))
    const rang = queue.schedule(5, { ring: note("a") })
    queue.after(20, note("b"))
    cancel()
    cancel()
    virtual.advance(5)
    queue.cancel(rang)
    cancel()
    virtual.advance(15)
    expect(log).toEqual(["a@5", "b@20"])
  })

  it("is gone at once when the queue is closed, also by an alarm", () => {
    const { virtual, queue, log, note } = queueIn()
    queue.after(10, note("a"))
    queue.close()
    expect(virtual.nextDue).toBeUndefined()
    queue.after(10, () => queue.close())
    queue.after(10, note("b"))
    virtual.advance(100)
    expect([log, virtual.nextDue]).toEqual([[], undefined])
  })

  it("is called off by whoever defers for the queue, where one is given", () => {
    const virtual = new VirtualTime()
    const deferred: Array<() => void> = []
    const queue = new TimerQueue(virtual, virtual.context, (task) => deferred.push(task))
    for (let count = 0; count < 3; count += 1) queue.cancel(queue.schedule(10, nothing))
    virtual.settle()
    expect([deferred.length, virtual.nextDue]).toEqual([1, 10])
    deferred[0]?.()
    expect(virtual.nextDue).toBeUndefined()
  })

  it("tells the time of the clock it was given, to the fraction", () => {
    const virtual = new VirtualTime()
    const queue = new TimerQueue(Context.get(virtual.context, Clock.Clock), virtual.context)
    virtual.advance(12.5)
    expect(queue.now()).toBe(12.5)
  })
})

/** Runs a module of its own process to that process's own end; gives what it wrote. */
const runs = async (body: string): Promise<string> => {
  const door = new URL("../../src/actor/index.ts", import.meta.url).href
  const code = `
    import * as Context from "effect/Context"
    import * as Effect from "effect/Effect"
    import { Actor, ActorSystem } from ${JSON.stringify(door)}
    const system = new ActorSystem(Context.empty())
    ${body}`
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", code], {
    timeout: 30_000
  })
  return stdout
}

describe("a process with a system that is never shut down", () => {
  it("ends when its question is answered, however long that might have taken", async () => {
    const stdout = await runs(`
      const Echo = Actor.make("Echo", {
        protocol: { Echo: Actor.ask() },
        initial: 0,
        handlers: { Echo: (count, payload, { reply }) => { reply("answer"); return count } }
      })
      const ref = system.spawn(Echo)
      console.log(await Effect.runPromise(ref.ask("Echo", {}, { timeout: 3_600_000 })))`)
    expect(stdout).toBe("answer\n")
  })

  it("ends when its last timer is cancelled", async () => {
    expect(await runs("system.timers.after(3_600_000, () => {})()")).toBe("")
  })

  it("ends only when its timers have rung", async () => {
    const stdout = await runs(`
      system.timers.cancel(system.timers.schedule(3, { ring: () => console.log("cancelled") }))
      system.timers.after(30, () => console.log("second"))
      system.timers.after(10, () => console.log("first"))`)
    expect(stdout).toBe("first\nsecond\n")
  })
})
