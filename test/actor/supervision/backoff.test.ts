import { describe, expect, it } from "vitest"
import { diary, failureOf } from "../given.ts"
import { child, supervised } from "./given.ts"

describe("S4: a start that fails during a restart", () => {
  const failing = (from: number, to: number) => (start: number) => {
    if (start >= from && start <= to) throw new Error(`start ${start}`)
  }

  it("counts as another restart and is tried again", () => {
    const restarts: Array<string> = []
    const { virtual, ref, statuses } = supervised(
      { maxRestarts: 3, children: [child("a", diary({ onStart: failing(2, 3) }))] },
      { onRestart: ({ cause }) => restarts.push(cause instanceof Error ? cause.message : "") }
    )
    ref("a").tell("Crash", {})
    virtual.settle()
    expect(restarts).toEqual(["crash", "start 2", "start 3"])
    expect(statuses()).toEqual({ a: "running" })
    ref("a").tell("Crash", {})
    virtual.settle()
    expect(statuses()).toEqual({ a: "down" })
  })

  it("between tries it reads as restarting, and stop, terminate and queries are obeyed", () => {
    const children = [child("a", diary({ onStart: failing(2, 99) }), { backoff: { base: 100, max: 100, jitter: 0 } })]
    const spec = { maxRestarts: 99, children }
    const one = supervised(spec)
    one.ref("a").tell("Crash", {})
    one.ref("a").tell("Say", { text: "waits" })
    one.virtual.advance(250)
    expect(one.statuses()).toEqual({ a: "restarting" })
    expect(failureOf(one.virtual, one.supervisor.restartChild("a")).message).toContain("it is restarting")
    expect(failureOf(one.virtual, one.supervisor.deleteChild("a")).message).toContain("it is restarting")
    one.virtual.run(one.supervisor.terminateChild("a"))
    expect([one.statuses(), one.virtual.nextDue]).toEqual([{ a: "down" }, undefined])
    expect([one.ref("a").isStopped, one.system.deadLetters.count("stopped")]).toEqual([true, 1])
    const other = supervised({
      maxRestarts: 99,
      children: [child("a", diary(), { backoff: { base: 100, max: 100, jitter: 0 } })]
    })
    other.ref("a").tell("Crash", {})
    other.virtual.advance(50)
    other.virtual.run(other.top.stop)
    expect([other.virtual.now, other.virtual.nextDue]).toEqual([50, undefined])
  })

  it("a long series of failing starts neither piles up on the stack nor blocks others", () => {
    const { virtual, ref, statuses } = supervised({
      maxRestarts: 20_000,
      children: [child("a", diary({ onStart: failing(2, 10_000) }))]
    })
    ref("a").tell("Crash", {})
    virtual.step()
    expect(statuses()).toEqual({ a: "starting" })
    virtual.settle()
    expect(statuses()).toEqual({ a: "running" })
  })
})

describe("S13: backoff", () => {
  it("doubles up to its maximum, and starts over after a quiet time", () => {
    const delays: Array<number> = []
    const { virtual, ref } = supervised(
      {
        maxRestarts: 99,
        window: 1_000,
        children: [child("a", diary(), { backoff: { base: 100, max: 350, jitter: 0 } })]
      },
      { onRestart: ({ delay }) => delays.push(delay) }
    )
    const crashAndWait = (ms: number): void => {
      ref("a").tell("Crash", {})
      virtual.advance(ms)
    }
    for (let count = 0; count < 4; count += 1) crashAndWait(400)
    crashAndWait(3_000)
    crashAndWait(400)
    expect(delays).toEqual([100, 200, 350, 350, 350, 100])
  })

  it("failing starts are no quiet time, however far apart", () => {
    const delays: Array<number> = []
    const onStart = (start: number): void => {
      if (start > 1) throw new Error("no")
    }
    const backoff = { base: 1_000, max: 8_000, jitter: 0 }
    const { virtual, ref } = supervised(
      { maxRestarts: 99, window: 500, children: [child("a", diary({ onStart }), { backoff })] },
      { onRestart: ({ delay }) => delays.push(delay) }
    )
    ref("a").tell("Crash", {})
    virtual.advance(10_000)
    expect(delays).toEqual([1_000, 2_000, 4_000, 8_000])
  })

  it("a backoff of a life that was ended by hand does not shorten that of the next", () => {
    const backoff = { base: 100, max: 100, jitter: 0 }
    const { virtual, supervisor, ref, statuses } = supervised({ children: [child("a", diary(), { backoff })] })
    ref("a").tell("Crash", {})
    virtual.advance(50)
    virtual.run(supervisor.terminateChild("a"))
    virtual.run(supervisor.restartChild("a"))
    ref("a").tell("Crash", {})
    virtual.advance(99)
    expect(statuses()).toEqual({ a: "restarting" })
    virtual.advance(1)
    expect(statuses()).toEqual({ a: "running" })
  })
})
