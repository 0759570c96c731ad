import { describe, expect, it } from "vitest"
import { simulate } from "../../actors/simulation/index.ts"

describe("workers that join a large pool of unequal ones", () => {
  it.each(["least_connections", "round_robin", "performance_based"])(
    "are never idle while a task waits, though nobody knows how fast they are: %s",
    async (strategy) => {
      let waited = 0
      let taken = 0
      let beside = 0
      await simulate({
        workers: [
          { id: "slow", count: 60, speed: 1 },
          { id: "fast", count: 10, speed: 10 }
        ],
        strategy,
        workload: [
          {
            arrivals: { type: "poisson", perSecond: 300, tasks: 9_000 },
            kinds: [{ work: { type: "constant", ms: 500 }, declared: { error: 0 } }]
          },
          {
            arrivals: { type: "poisson", perSecond: 25, tasks: 400, after: 40_000 },
            kinds: [{ work: { type: "constant", ms: 20_000 }, declared: { error: 0 } }]
          }
        ],
        faults: [{ at: 42_000, type: "join", worker: { id: "fresh", count: 60, speed: 10 } }],
        watch: {
          every: 17.3,
          look: ({ now, waiting, workers }) => {
            if (now < 40_000) return
            const fresh = workers.filter(({ id }) => id.startsWith("fresh"))
            if (waiting > 0) waited += 1
            if (fresh.some(({ running }) => running > 0)) taken += 1
            if (waiting > 0 && fresh.some(({ running }) => running === 0)) beside += 1
          }
        }
      })
      // Before they joined tasks did wait for the fast ones, and afterwards they have work.
      expect(waited).toBeGreaterThan(0)
      expect(taken).toBeGreaterThan(0)
      expect(beside).toBe(0)
    }
  )
})
