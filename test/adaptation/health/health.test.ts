import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Assessment, assess, type HealthSignals, healthDefaults, isIll } from "../../../src/adaptation/index.ts"

const sound = (now: number): HealthSignals => ({
  workerId: "a",
  startedAt: 0,
  readyAt: 100,
  lastHeartbeatAt: now,
  running: 0,
  eventLoopDelay: 5,
  recentRuns: 20,
  recentFailures: 0,
  memory: 0.4
})
const judge = (signals: HealthSignals, now: number, previous?: Assessment) =>
  assess(signals, previous, healthDefaults, now)

describe("assess (E1)", () => {
  it("finds a worker that reports, answers and succeeds entirely sound", () => {
    expect(judge(sound(60_000), 60_000)).toMatchObject({ score: 1, verdict: "up", reasons: [] })
  })

  it("lets a fresh worker warm up", () => {
    expect(judge(sound(200), 200).verdict).toBe("warming")
    expect(judge(sound(5_100), 5_100).verdict).toBe("up")
  })

  it("waits for a starting worker up to a limit, then calls it failed", () => {
    const starting = { workerId: "a", startedAt: 0, running: 0 }
    expect(judge(starting, 30_000)).toMatchObject({ verdict: "starting", score: 0 })
    const failed = judge(starting, 30_001)
    expect(failed).toMatchObject({ verdict: "failed", score: 0 })
    expect(failed.reasons[0]).toMatchObject({ signal: "start", figure: 30_001, factor: 0 })
  })

  it("calls an idle worker failed once it has been silent too long, with the figures", () => {
    const silent = { ...sound(0), lastHeartbeatAt: 50_000 }
    expect(judge(silent, 52_000).score).toBe(1)
    expect(judge(silent, 56_000).score).toBeLessThan(0.8)
    const failed = judge(silent, 60_001)
    expect(failed).toMatchObject({ verdict: "failed", score: 0 })
    expect(failed.reasons[0]?.message).toContain("no heartbeat for 10001 ms")
  })

  it("does not take a busy worker's silence for a failure: a computing handler sends no heartbeat", () => {
    const computing = { ...sound(0), lastHeartbeatAt: 50_000, running: 1 }
    const judged = judge(computing, 600_000)
    expect(judged.verdict).toBe("impaired")
    expect(judged.score).toBeGreaterThan(0)
  })

  it("has its tasks go on elsewhere for what is its own, not for a handler that computes without a pause", () => {
    const ill = (signals: HealthSignals) => {
      const assessment = judge(signals, 60_000)
      expect(assessment.verdict).toBe("impaired")
      return isIll(assessment, healthDefaults)
    }
    const computing = { ...sound(0), lastHeartbeatAt: 50_000, eventLoopDelay: 9_000, running: 1 }
    expect(ill(computing)).toBe(false)
    expect(ill({ ...computing, memory: 0.99 })).toBe(true)
    expect(ill({ ...sound(0), lastHeartbeatAt: 60_000, slowness: 9 })).toBe(true)
  })

  it("leaves the silence of a worker with a lease to that", () => {
    expect(judge({ ...sound(0), lastHeartbeatAt: 50_000, isLeased: true }, 600_000)).toMatchObject({
      verdict: "up",
      score: 1
    })
  })

  it("does not blame workers for the silence in which the observer itself stood still", () => {
    const silent = { ...sound(0), lastHeartbeatAt: 50_000 }
    expect(judge({ ...silent, observerDelay: 30_000 }, 81_000)).toMatchObject({ verdict: "up", score: 1 })
  })

  it("stays failed until the worker is started anew, whatever it still sends", () => {
    const failed = judge({ ...sound(0), lastHeartbeatAt: 50_000 }, 70_000)
    expect(judge(sound(71_000), 71_000, failed)).toBe(failed)
    const restarted = { ...sound(80_000), startedAt: 75_000, readyAt: 79_000 }
    expect(judge(restarted, 80_000, failed).verdict).toBe("warming")
  })

  it("lowers the score by late timers, failures and scarce memory, each with its figure", () => {
    const judged = judge({ ...sound(60_000), eventLoopDelay: 500, recentFailures: 5, memory: 0.9 }, 60_000)
    expect(judged.reasons.map(({ signal, figure }) => [signal, figure])).toEqual([
      ["eventLoopDelay", 500],
      ["failures", 0.25],
      ["memory", 0.9]
    ])
    const product = judged.reasons.reduce((score, { factor }) => score * factor, 1)
    expect(judged.score).toBeCloseTo(product)
  })

  it("does not condemn a worker for one failed run", () => {
    expect(judge({ ...sound(60_000), recentRuns: 1, recentFailures: 1 }, 60_000).verdict).toBe("up")
  })

  it("keeps its verdict between the two bounds, so that it does not flap", () => {
    const failing = (recentFailures: number) => ({ ...sound(60_000), recentRuns: 98, recentFailures })
    const up = judge(failing(40), 60_000)
    expect(up.verdict).toBe("up")
    const impaired = judge(failing(60), 60_000, up)
    expect(impaired.verdict).toBe("impaired")
    const still = judge(failing(40), 61_000, impaired)
    expect(still).toMatchObject({ verdict: "impaired", since: 60_000 })
    expect(judge(failing(20), 62_000, still)).toMatchObject({ verdict: "up", since: 62_000 })
  })

  it("gives a finite score within 0–1 and never a better one for a worse figure, whatever the signals (property 34)", () => {
    const figure = fc.option(fc.double(), { nil: undefined })
    const known = <K extends string>(key: K, value: number | undefined) => (value === undefined ? {} : { [key]: value })
    fc.assert(
      fc.property(fc.array(figure, { minLength: 5, maxLength: 5 }), fc.boolean(), (figures, busy) => {
        const [heartbeat, delay, runs, failures, memory] = figures
        const base: HealthSignals = {
          ...{ workerId: "a", startedAt: 0, readyAt: 0, running: busy ? 1 : 0 },
          ...known("lastHeartbeatAt", heartbeat),
          ...known("recentRuns", runs),
          ...known("recentFailures", failures),
          ...known("memory", memory)
        }
        const judged = judge({ ...base, ...known("eventLoopDelay", delay) }, 5_000)
        expect(judged.score).toBeGreaterThanOrEqual(0)
        expect(judged.score).toBeLessThanOrEqual(1)
        const worse = judge({ ...base, eventLoopDelay: Math.max(0, delay ?? 0) + 100 }, 5_000)
        expect(worse.score).toBeLessThanOrEqual(judged.score)
      })
    )
  })
})
