import { describe, expect, it } from "vitest"
import type { BallastEvent, BallastEventOf, BallastEventTag } from "../../../actors/index.ts"
import { type SimulationDefinition, simulate } from "../../../actors/simulation/index.ts"
import { crowdedWorld } from "./given.ts"

const second = 1_000

/** What happens in a simulated world. */
const happenings = async (definition: SimulationDefinition) => {
  const events: Array<BallastEvent> = []
  const outcome = await simulate({ ...definition, onEvent: (event) => events.push(event) })
  const of = <Tag extends BallastEventTag>(tag: Tag): ReadonlyArray<BallastEventOf<Tag>> =>
    events.filter((event): event is BallastEventOf<Tag> => event._tag === tag)
  /** The share of what was placed meanwhile that went there. */
  const shareOf = (workerId: string, from: number, until: number): number => {
    const placed = of("TaskPlaced").filter(({ at }) => at >= from * second && at < until * second)
    return placed.filter(({ reservation }) => reservation.workerId === workerId).length / Math.max(1, placed.length)
  }
  return { outcome, events, of, shareOf }
}

/** Ten workers at seven tenths of their load, for two minutes. */
const pool = {
  workers: [{ id: "slow" }, { id: "other", count: 9 }],
  workload: {
    arrivals: { type: "poisson", perSecond: 70, tasks: 8_400 },
    kinds: [{ work: { type: "uniform", from: 90, to: 110 } }]
  },
  options: { adaptation: { features: { taskMigration: false } } }
} as const satisfies SimulationDefinition

describe("health, in virtual time (E1–E4, property 33)", () => {
  it("a worker that becomes ten times as slow loses its new work within five seconds, and gets it back after", async () => {
    const { of, shareOf, outcome } = await happenings({
      ...pool,
      faults: [{ type: "slow", worker: "slow", at: 30 * second, factor: 0.1, for: 25 * second }]
    })
    const [ejected, ...others] = of("WorkerEjected")
    expect(others).toEqual([])
    expect(ejected).toMatchObject({ workerId: "slow", signal: "serviceTime" })
    expect(ejected?.figure).toBeGreaterThan(5)
    expect(ejected?.at).toBeLessThan(35 * second)
    expect(shareOf("slow", 0, 30)).toBeGreaterThan(0.07)
    expect(shareOf("slow", 35, 60)).toBe(0)
    expect(of("WorkerReturned")).toMatchObject([{ workerId: "slow", reason: "time" }])
    expect(shareOf("slow", 66, 110)).toBeGreaterThan(0.07)
    expect(outcome.ends.completed).toBe(8_400)
  })

  it("where all become slow nobody is ejected: there is nobody better", async () => {
    const workers = ["slow", ...Array.from({ length: 9 }, (_, index) => `other-${index + 1}`)]
    const { of } = await happenings({
      ...pool,
      workload: { ...pool.workload, arrivals: { type: "poisson", perSecond: 30, tasks: 3_600 } },
      faults: workers.map(
        (worker) => ({ type: "slow", worker, at: 30 * second, factor: 0.25, for: 60 * second }) as const
      )
    })
    expect(of("WorkerEjected")).toEqual([])
  })

  it("where tasks fail everywhere nobody is ejected, however many fail", async () => {
    const { of, outcome } = await happenings({ ...pool, world: { failures: 0.6 } })
    expect(outcome.ends.failed).toBeGreaterThan(4_000)
    expect(of("WorkerEjected")).toEqual([])
  })

  it("the only worker that some of the work can run on stays, however slow it is, and the anomaly is told", async () => {
    const { of, outcome } = await happenings({
      ...pool,
      workers: [
        { id: "slow", capabilities: { labels: { disk: "yes" } } },
        { id: "other", count: 9 }
      ],
      workload: [
        pool.workload,
        {
          arrivals: { type: "regular", perSecond: 2, tasks: 240 },
          kinds: [
            {
              type: "special",
              work: { type: "uniform", from: 90, to: 110 },
              options: { requires: { labels: { disk: "yes" } } }
            }
          ]
        }
      ],
      faults: [{ type: "slow", worker: "slow", at: 30 * second, factor: 0.1, for: 25 * second }]
    })
    const outs = of("WorkerEjected")
    // Where none of it waits or runs at that moment it may be taken out; it is back as soon as some comes.
    for (const { at } of outs) {
      const back = of("WorkerReturned").find((returned) => returned.at > at)
      expect(back?.reason).toBe("needed")
      expect((back?.at ?? Number.POSITIVE_INFINITY) - at).toBeLessThan(2.5 * second)
    }
    expect(of("WorkerAnomaly").map(({ workerId }) => workerId)).toContain("slow")
    expect(outcome.ends.completed).toBe(8_640)
  })

  it("a worker that stays slow is ejected for longer each time, is tried in between, and in the end comes back", async () => {
    const { of, shareOf } = await happenings({
      ...pool,
      workload: { ...pool.workload, arrivals: { type: "poisson", perSecond: 70, tasks: 21_000 } },
      faults: [{ type: "slow", worker: "slow", at: 20 * second, factor: 0.1, for: 150 * second }],
      options: { adaptation: { health: { ejection: { baseTime: "20 seconds" } }, features: { taskMigration: false } } }
    })
    const spans = of("WorkerEjected").map(({ at, until }) => Math.round((until - at) / second))
    expect(spans).toEqual([20, 40, 60, 80])
    expect(of("WorkerReturned").map(({ reason }) => reason)).toEqual(["time", "time", "time", "time"])
    expect(shareOf("slow", 25, 220)).toBeLessThan(0.01)
    expect(shareOf("slow", 250, 300)).toBeGreaterThan(0.07)
  })

  it("can be switched off, and is then told as an anomaly all the same, with its figures", async () => {
    const { of } = await happenings({
      ...pool,
      faults: [{ type: "slow", worker: "slow", at: 30 * second, factor: 0.1, for: 40 * second }],
      options: { adaptation: { health: { ejection: false }, features: { taskMigration: false } } }
    })
    expect(of("WorkerEjected")).toEqual([])
    const [anomaly] = of("WorkerAnomaly")
    expect(anomaly).toMatchObject({ workerId: "slow", signal: "serviceTime", suppressed: 0 })
    expect(anomaly?.figure).toBeGreaterThan(5)
    expect(anomaly?.expected).toBeLessThan(1.5)
    expect(anomaly?.message).toContain("times as long as usual there")
    // Told once a minute, however long it lasts.
    expect(of("WorkerAnomaly").filter(({ workerId }) => workerId === "slow").length).toBeLessThanOrEqual(3)
  })

  it("what runs on a thread that ends is placed elsewhere in the same moment, with its last checkpoint", async () => {
    const { of } = await happenings({
      workers: [{ id: "a" }, { id: "b" }, { id: "c" }],
      workload: {
        arrivals: { type: "regular", perSecond: 1, tasks: 2 },
        kinds: [{ work: { type: "constant", ms: 5_000 }, checkpointEvery: 500 }]
      },
      strategy: "round_robin",
      faults: [
        { type: "crash", worker: "a", at: 3_000 },
        { type: "crash", worker: "b", at: 3_000 }
      ]
    })
    const requeued = of("TaskRequeued")
    expect(requeued.length).toBeGreaterThanOrEqual(1)
    for (const { at, taskId } of requeued) {
      const again = of("TaskPlaced").find((placed) => placed.taskId === taskId && placed.at >= at)
      expect((again?.at ?? Number.POSITIVE_INFINITY) - at).toBeLessThan(1)
      expect(of("TaskCheckpointed").some((saved) => saved.taskId === taskId && saved.at < at)).toBe(true)
    }
  })

  it("an idle worker that stands still is started anew after its ten seconds, and does not wait for the next check", async () => {
    const { of } = await happenings({
      workers: [{ id: "still" }, { id: "other" }],
      workload: {
        arrivals: { type: "regular", perSecond: 0.01, tasks: 1 },
        kinds: [{ work: { type: "constant", ms: 60_000 } }]
      },
      options: { healthInterval: "5 minutes" },
      faults: ["still", "other"].map(
        (worker) => ({ type: "hang", worker, at: 5 * second, for: 600 * second }) as const
      ),
      until: 80 * second
    })
    const [exit] = of("WorkerExited")
    expect(exit?.at).toBeGreaterThan(15 * second - 2_000)
    expect(exit?.at).toBeLessThan(17.5 * second)
    expect(of("WorkerAnomaly").map(({ signal }) => signal)).toContain("heartbeat")
  })

  it("an ejection outlives restarts of the monitor, and ends in its time", async () => {
    const { runtime, simulation, submit, of, parts } = await crowdedWorld({
      workers: 5,
      traits: { w1: { phases: [{ from: 20 * second, until: 40 * second, factor: 0.1 }] } },
      strategy: "round_robin"
    })
    const arrive = (): void => {
      submit(2, 100)
      if (simulation.time.now < 120 * second) simulation.time.after(50, arrive)
    }
    arrive()
    expect(await simulation.runUntil(() => of("WorkerEjected").length > 0, 60 * second)).toBe(true)
    for (let restart = 0; restart < 4; restart += 1) {
      parts.fail("ballast/adaptation/health-monitor")
      await simulation.advance(4 * second)
      expect(runtime.ledger.worker("w1")?.phase).toBe("ejected")
    }
    await simulation.advance(60 * second)
    const [{ until = 0 } = {}] = of("WorkerEjected")
    const [back] = of("WorkerReturned")
    expect(back).toMatchObject({ workerId: "w1", reason: "time" })
    expect((back?.at ?? 0) - until).toBeLessThan(1.5 * second)
    expect(of("ActorRestarted").filter(({ actor }) => actor.endsWith("health-monitor"))).toHaveLength(4)
    expect(runtime.ledger.worker("w1")).toMatchObject({ phase: "up", limit: 50 })
  })

  it("one that is ejected though nobody remembers why comes back at once", async () => {
    const { runtime, simulation, of } = await crowdedWorld({ workers: 5 })
    void runtime.coordinator.askPromise("ChangePhase", { workerId: "w2", event: "eject" })
    await simulation.settle()
    expect(runtime.ledger.worker("w2")?.phase).toBe("ejected")
    await simulation.advance(10 * second)
    expect(of("WorkerReturned")).toMatchObject([{ workerId: "w2", reason: "forgotten" }])
    expect(runtime.ledger.worker("w2")).toMatchObject({ phase: "up", limit: 50 })
  })

  it("what runs on an ejected worker and has saved its state goes on elsewhere (G7)", async () => {
    const { of } = await happenings({
      workers: [
        { id: "slow", capacity: { concurrent: 4 } },
        { id: "other", count: 4, capacity: { concurrent: 4 } }
      ],
      workload: {
        arrivals: { type: "poisson", perSecond: 20, tasks: 2_400 },
        kinds: [
          { type: "short", share: 0.98, work: { type: "uniform", from: 90, to: 110 } },
          { type: "long", share: 0.02, work: { type: "constant", ms: 20_000 }, checkpointEvery: 1_000 }
        ]
      },
      strategy: "round_robin",
      options: { adaptation: { checkInterval: "2 seconds" } },
      faults: [{ type: "slow", worker: "slow", at: 40 * second, factor: 0.1, for: 60 * second }]
    })
    const [ejected] = of("WorkerEjected")
    expect(ejected?.workerId).toBe("slow")
    const cleared = of("MigrationChosen").filter(
      ({ source, at, explanation }) =>
        source === "slow" && at > (ejected?.at ?? 0) && explanation.includes("being cleared")
    )
    expect(cleared.length).toBeGreaterThan(0)
    for (const { taskId } of cleared) {
      expect(of("TaskCompleted").some((done) => done.taskId === taskId)).toBe(true)
    }
    // Nothing is moved to it.
    for (const { target, at } of of("MigrationChosen")) {
      if (at > (ejected?.at ?? 0) && at < (ejected?.until ?? 0)) expect(target).not.toBe("slow")
    }
  })
})

describe("slow start, in virtual time (2.8, X15, property 26)", () => {
  const busy = {
    workers: [
      { id: "a", capacity: { concurrent: 10 } },
      { id: "b", capacity: { concurrent: 10 } }
    ],
    workload: {
      arrivals: { type: "poisson", perSecond: 18, tasks: 720 },
      kinds: [{ work: { type: "constant", ms: 1_000 } }]
    }
  } as const satisfies SimulationDefinition
  const limits = (of: Awaited<ReturnType<typeof happenings>>["of"], workerId: string) =>
    of("WorkerLimited").filter((event) => event.workerId === workerId)

  it("a worker that joins gets its slots one after the other, within five seconds", async () => {
    const joins = [{ type: "join", at: 20 * second, worker: { id: "c", capacity: { concurrent: 10 } } }] as const
    const { of } = await happenings({ ...busy, faults: joins })
    const given = limits(of, "c").map(({ slots, at }) => [Math.round((at - 20 * second) / second), slots])
    expect(given[0]).toEqual([0, 1])
    expect(given.at(-1)?.[1]).toBe(10)
    expect(given.at(-1)?.[0]).toBeLessThanOrEqual(7)
    for (const [index, [, slots = 0]] of given.entries()) expect(slots).toBeGreaterThan(given[index - 1]?.[1] ?? 0)
    expect(of("WorkerPhaseChanged").flatMap(({ workerId, phase }) => (workerId === "c" ? [phase] : []))).toEqual([
      "up",
      "warming",
      "up"
    ])
    // Never more runs at a time than it was given.
    let running = 0
    let limit = 10
    for (const event of of("WorkerLimited")) if (event.workerId === "c") limit = Math.min(limit, event.slots)
    expect(limit).toBe(1)
    for (const placed of of("TaskPlaced")) if (placed.reservation.workerId === "c") running += 1
    expect(running).toBeGreaterThan(20)
  })

  it("workers that start together have all their slots at once: nobody else carries the load", async () => {
    const { of } = await happenings(busy)
    expect(of("WorkerLimited")).toEqual([])
  })

  it("one whose thread was lost begins anew, also in the middle of its slow start", async () => {
    const { of } = await happenings({
      ...busy,
      faults: [
        { type: "crash", worker: "a", at: 15 * second },
        { type: "crash", worker: "a", at: 18 * second }
      ]
    })
    const given = limits(of, "a").map(({ slots }) => slots)
    expect(given.filter((slots) => slots === 1)).toHaveLength(2)
    expect(given.at(-1)).toBe(10)
  })

  it("a worker of one slot has nothing to ramp, and with `slowStart: false` nobody does", async () => {
    const one = await happenings({ ...pool, faults: [{ type: "crash", worker: "slow", at: 10 * second }] })
    expect(one.of("WorkerLimited")).toEqual([])
    const off = await happenings({
      ...busy,
      faults: [{ type: "crash", worker: "a", at: 15 * second }],
      options: { adaptation: { health: { slowStart: false } } }
    })
    expect(off.of("WorkerLimited")).toEqual([])
  })
})
