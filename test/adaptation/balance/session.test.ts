import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  beginLook,
  endLook,
  isAwake,
  noSession,
  type Session,
  sessionDefaults,
  unevennessOf,
  type WorkerLoad
} from "../../../src/adaptation/index.ts"

const worker = (workerId: string, backlogSeconds: number, more: Partial<WorkerLoad> = {}): WorkerLoad => ({
  ...{ workerId, phase: "up", utilisation: 0.5, slots: 4, running: 1, speed: 1, health: 1, backlogSeconds },
  ...more
})
const interval = 30_000

/** Looks at ever the same unevenness, at which nothing is worth moving; which of them looked for moves. */
const looksAt = (unevenness: number, count: number, from: Session = noSession) => {
  let session = from
  return Array.from({ length: count }, (_, index) => {
    const now = index * interval
    session = beginLook(session, unevenness, sessionDefaults, now)
    const looked = isAwake(session)
    session = endLook(session, 0, interval, sessionDefaults, now)
    return { looked, session }
  })
}

describe("unevenness", () => {
  it("is nothing where all are done at the same time, and all where one has everything", () => {
    expect(unevennessOf([worker("a", 10), worker("b", 30, { speed: 3 })])).toBeCloseTo(0, 9)
    expect(unevennessOf([worker("a", 10), worker("b", 0), worker("c", 0)])).toBe(1)
    expect(unevennessOf([worker("a", 0), worker("b", 0)])).toBe(0)
  })

  it("lies between, grows with a move from the poorer to the richer, and leaves out what takes no work", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 2, maxLength: 8 }), (seconds) => {
        const of = (each: ReadonlyArray<number>) => unevennessOf(each.map((backlog, n) => worker(`w${n}`, backlog)))
        const before = of(seconds)
        expect(before).toBeGreaterThanOrEqual(0)
        expect(before).toBeLessThanOrEqual(1)
        const sorted = seconds.toSorted((a, b) => a - b)
        const [least = 0, most = 0] = [sorted[0], sorted.at(-1)]
        expect(of([0, ...sorted.slice(1, -1), most + least])).toBeGreaterThanOrEqual(before - 1e-9)
      })
    )
    const gone = worker("gone", 500, { phase: "draining" })
    expect(unevennessOf([worker("a", 5), worker("b", 5), gone])).toBeCloseTo(0, 9)
  })
})

describe("a session of rebalancing", () => {
  it("begins where things are uneven, and is over where they are even", () => {
    const begun = beginLook(noSession, 0.2, sessionDefaults, 0)
    expect(begun.phase).toBe("active")
    expect(beginLook(begun, 0.0005, sessionDefaults, 30_000)).toMatchObject({ phase: "idle", failed: 0 })
  })

  it("sleeps after a few looks that got nowhere, twice as long each time, up to a limit", () => {
    const looked = looksAt(0.2, 120).map(({ looked }) => looked)
    const pauses: Array<number> = []
    let pause = 0
    for (const each of looked) {
      if (!each) pause += 1
      else {
        if (pause > 0) pauses.push(pause)
        pause = 0
      }
    }
    expect(pauses.slice(0, 5)).toEqual([1, 2, 4, 8, 16])
    expect(Math.max(...pauses)).toBe(16)
  })

  it("goes on as long as something moves or gets better", () => {
    let session = noSession
    for (let look = 0; look < 20; look += 1) {
      session = beginLook(session, 0.5 - look * 0.02, sessionDefaults, look * interval)
      expect(isAwake(session)).toBe(true)
      session = endLook(session, 0, interval, sessionDefaults, look * interval)
    }
    let moving = noSession
    for (let look = 0; look < 20; look += 1) {
      moving = beginLook(moving, 0.3, sessionDefaults, look * interval)
      expect(isAwake(moving)).toBe(true)
      moving = endLook(moving, 1, interval, sessionDefaults, look * interval)
    }
  })

  it("is woken before its time, too, where things were so uneven that they can hardly become much more so", () => {
    const asleep: Session = { phase: "asleep", unevenness: 0.8, stalled: 3, failed: 4, until: 1e6 }
    const at = (unevenness: number) => beginLook(asleep, unevenness, sessionDefaults, 1_000).phase
    expect([at(0.8), at(0.84), at(0.9), at(1)]).toEqual(["asleep", "asleep", "active", "active"])
  })

  it("is woken before its time when things have become much worse", () => {
    const asleep = looksAt(0.2, 40).findLast(({ session }) => session.phase === "asleep")?.session ?? noSession
    expect(asleep.phase).toBe("asleep")
    const now = asleep.until - 10 * interval
    expect(beginLook(asleep, 0.25, sessionDefaults, now).phase).toBe("asleep")
    expect(beginLook(asleep, 0.31, sessionDefaults, now)).toMatchObject({ phase: "active", failed: 0 })
  })
})
