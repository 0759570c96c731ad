import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  type EjectionInput,
  type Ejections,
  ejectionDefaults,
  type Outlier,
  sweepEjections
} from "../../../src/adaptation/index.ts"
import type { WorkerPhase } from "../../../src/model/index.ts"

const second = 1_000
const outlier = (workerId: string, severity = 2): Outlier => ({
  workerId,
  signal: "consecutiveFailures",
  figure: 7,
  expected: 0,
  severity,
  message: "7 runs in a row failed"
})
const pool = (phases: Readonly<Record<string, WorkerPhase>>) =>
  Object.entries(phases).map(([workerId, phase]) => ({ workerId, phase }))
const up = (count: number): Record<string, WorkerPhase> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`w${index}`, "up" as const]))

const sweep = (before: Ejections, input: Partial<EjectionInput>, now: number) =>
  sweepEjections(before, { workers: [], outliers: [], canDoWithout: () => true, ...input }, ejectionDefaults, now)

describe("ejection (E3, 2.9)", () => {
  it("takes an outlier out for 30 s, and longer each time, up to five minutes", () => {
    let ejections: Ejections = new Map()
    let now = 0
    const spans: Array<number> = []
    for (let time = 0; time < 14; time += 1) {
      const out = sweep(ejections, { workers: pool(up(10)), outliers: [outlier("w3")] }, now)
      spans.push((out.eject[0]?.until ?? 0) - now)
      now = out.eject[0]?.until ?? 0
      const back = sweep(out.ejections, { workers: pool({ ...up(10), w3: "ejected" }) }, now)
      expect(back.restore).toEqual([{ workerId: "w3", why: "time" }])
      ejections = back.ejections
    }
    expect(spans).toEqual([30, 60, 90, 120, 150, 180, 210, 240, 270, 300, 300, 300, 300, 300].map((s) => s * second))
  })

  it("takes the longest span for the first, too, where that is the shorter", () => {
    const settings = { ...ejectionDefaults, longest: second }
    const input = { workers: pool(up(10)), outliers: [outlier("w3")], canDoWithout: () => true }
    expect(sweepEjections(new Map(), input, settings, 0).eject[0]?.until).toBe(second)
  })

  it("forgives one ejection for each 10 s without a cause", () => {
    let ejections: Ejections = new Map([
      ["w0", { times: 3, until: undefined, since: 0, forgivenAt: 0, cause: "serviceTime" as const }]
    ])
    const after: Array<number | undefined> = []
    for (let now = 0; now <= 30 * second; now += 5 * second) {
      ejections = sweep(ejections, { workers: pool(up(5)) }, now).ejections
      after.push(ejections.get("w0")?.times)
    }
    expect(after).toEqual([3, 3, 2, 2, 1, 1, undefined])
  })

  it("takes out a tenth of the pool at a time at most, the worst first, and always may take one", () => {
    const outliers = Array.from({ length: 6 }, (_, index) => outlier(`w${index}`, index + 1))
    const ids = (count: number) =>
      sweep(new Map(), { workers: pool(up(count)), outliers }, 0).eject.map(({ outlier: { workerId } }) => workerId)
    expect(ids(30)).toEqual(["w5", "w4", "w3"])
    expect(ids(9)).toEqual(["w5"])
    expect(ids(2)).toEqual(["w1"])
  })

  it("never takes out the only worker, nor one that something waiting needs", () => {
    expect(sweep(new Map(), { workers: pool(up(1)), outliers: [outlier("w0")] }, 0).eject).toEqual([])
    const needed = { workers: pool(up(10)), outliers: [outlier("w0")], canDoWithout: () => false }
    expect(sweep(new Map(), needed, 0).eject).toEqual([])
  })

  it("brings back at once whom something needs that has come since", () => {
    const out = sweep(new Map(), { workers: pool(up(10)), outliers: [outlier("w0")] }, 0)
    const workers = pool({ ...up(10), w0: "ejected" })
    const back = sweep(out.ejections, { workers, canDoWithout: (id) => id !== "w0" }, second)
    expect(back.restore).toEqual([{ workerId: "w0", why: "needed" }])
  })

  it("brings all back, and takes out nobody, while less than half of the pool takes work", () => {
    const out = sweep(new Map(), { workers: pool(up(10)), outliers: [outlier("w0")] }, 0)
    const few = {
      ...up(10),
      w0: "ejected",
      w1: "failed",
      w2: "starting",
      w3: "failed",
      w4: "starting",
      w5: "failed"
    } as const
    const panic = sweep(out.ejections, { workers: pool(few), outliers: [outlier("w9")] }, second)
    expect(panic).toMatchObject({ isPanic: true, eject: [], restore: [{ workerId: "w0", why: "panic" }] })
    // Those that are out on purpose count neither way.
    const rested = { ...few, w1: "maintenance", w2: "resting", w3: "draining" } as const
    expect(sweep(out.ejections, { workers: pool(rested) }, second).isPanic).toBe(false)
  })

  it("brings back an ejected worker that nobody remembers, and forgets that one is out whom somebody has brought back", () => {
    const forgotten = sweep(new Map(), { workers: pool({ ...up(4), w0: "ejected" }) }, 0)
    expect(forgotten.restore).toEqual([{ workerId: "w0", why: "forgotten" }])
    const out = sweep(new Map(), { workers: pool(up(10)), outliers: [outlier("w0")] }, 0)
    const resumed = sweep(out.ejections, { workers: pool(up(10)) }, 6 * second)
    expect(resumed.ejections.get("w0")).toMatchObject({ times: 1, until: undefined })
    expect(resumed.restore).toEqual([])
  })

  it("waits for the ledger to carry an ejection out, and does not ask for it twice", () => {
    const out = sweep(new Map(), { workers: pool(up(10)), outliers: [outlier("w0")] }, 0)
    const pending = sweep(out.ejections, { workers: pool(up(10)), outliers: [outlier("w0"), outlier("w1")] }, second)
    expect(pending.eject).toEqual([])
    const done = sweep(pending.ejections, { workers: pool({ ...up(10), w0: "ejected" }) }, 2 * second)
    expect(done.restore).toEqual([])
    expect(done.ejections.get("w0")).toMatchObject({ until: 30 * second, times: 1 })
  })

  it("holds its bounds in any life of a pool: the share, the last one, the cap, and everybody comes back", () => {
    const seen = { ejected: 0, panics: 0, full: 0, needed: 0, capped: 0 }
    const step = fc.record({
      outliers: fc.array(fc.nat({ max: 39 }), { maxLength: 8 }),
      fails: fc.array(fc.nat({ max: 39 }), { maxLength: 10 }),

      heals: fc.boolean(),
      pausing: fc.integer({ min: 100, max: 90_000 }),
      needed: fc.option(fc.nat({ max: 39 }), { freq: 4 })
    })
    const longests = fc.constantFrom(60 * second, 300 * second)
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.array(step, { minLength: 5, maxLength: 40 }),
        longests,
        (size, steps, longest) => {
          const settings = { ...ejectionDefaults, longest }
          const phases: Record<string, WorkerPhase> = up(size)
          const since = new Map<string, number>()
          let ejections: Ejections = new Map()
          let now = 0
          for (const { outliers, fails, heals, pausing, needed } of steps) {
            now += pausing
            for (const index of fails) phases[`w${index % size}`] = "failed"
            if (heals) for (const id of Object.keys(phases)) if (phases[id] === "failed") phases[id] = "up"
            const indispensable = needed === null ? undefined : `w${needed % size}`
            const input = {
              workers: pool(phases),
              outliers: outliers.map((index) => outlier(`w${index % size}`, 1 + index / 10)),
              canDoWithout: (id: string) => id !== indispensable
            }
            const decision = sweepEjections(ejections, input, settings, now)
            ejections = decision.ejections
            for (const { workerId, why } of decision.restore) {
              expect(phases[workerId]).toBe("ejected")
              phases[workerId] = "up"
              since.delete(workerId)
              if (why === "needed") seen.needed += 1
            }
            for (const { outlier: found, until } of decision.eject) {
              expect(phases[found.workerId]).toBe("up")
              expect(found.workerId).not.toBe(indispensable)
              expect(until - now).toBeGreaterThanOrEqual(30 * second)
              expect(until - now).toBeLessThanOrEqual(longest)
              if (until - now === longest) seen.capped += 1
              phases[found.workerId] = "ejected"
              since.set(found.workerId, now)
              seen.ejected += 1
            }
            for (const id of [...since.keys()]) if (phases[id] !== "ejected") since.delete(id)
            const out = Object.values(phases).filter((phase) => phase === "ejected").length
            const open = Object.values(phases).filter((phase) => phase === "up").length
            expect(out).toBeLessThanOrEqual(Math.max(1, Math.floor(size / 10)))
            if (out === Math.max(1, Math.floor(size / 10))) seen.full += 1
            if (decision.isPanic) {
              seen.panics += 1
              expect(out).toBe(0)
            }
            if (decision.eject.length > 0) expect(open).toBeGreaterThanOrEqual(1)
            for (const at of since.values()) expect(now - at).toBeLessThanOrEqual(longest + 90_000)
          }
          // With nothing against anybody any more, all come back.
          for (const id of Object.keys(phases)) if (phases[id] === "failed") phases[id] = "up"
          const end = sweepEjections(
            ejections,
            { workers: pool(phases), outliers: [], canDoWithout: () => true },
            ejectionDefaults,
            now + 300 * second
          )
          const back = new Set(end.restore.map(({ workerId }) => workerId))
          for (const [id, phase] of Object.entries(phases)) if (phase === "ejected") expect(back.has(id)).toBe(true)
        }
      ),
      { numRuns: 800, seed: 25 }
    )
    expect(seen.ejected).toBeGreaterThan(500)
    expect(seen.panics).toBeGreaterThan(50)
    expect(seen.full).toBeGreaterThan(500)
    expect(seen.needed).toBeGreaterThan(50)
    expect(seen.capped).toBeGreaterThan(5)
  })
})
