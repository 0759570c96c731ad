import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { audit, Ledger, maySlipIn, type TaskRecord } from "../../src/ledger/index.ts"
import { Milli, type Millis, type WorkerId } from "../../src/model/index.ts"
import { expectedEnd, type Occupied, plannedStart } from "../../src/placement/index.ts"
import { aDevice, asking, aTask, aWorker, done, wholeOnes } from "../ledger/given.ts"

const occupied = (ledger: Ledger, endOf: (task: TaskRecord) => Millis): ReadonlyArray<Occupied> =>
  [...ledger.workers.values()].map((worker) => ({
    worker,
    pace: 1,
    occupants: [...worker.running.values()].flatMap(({ taskId }) => {
      const task = ledger.task(taskId)
      return task?.reservation === undefined ? [] : [{ reservation: task.reservation, endsAt: endOf(task) }]
    })
  }))

const withWorkers = (...slots: ReadonlyArray<number>): Ledger => {
  const ledger = new Ledger()
  for (const [index, each] of slots.entries()) {
    done(ledger.addWorker(aWorker(`w${index}`, { slots: each, resources: { cpu: each * 1_000 } }), 0))
    done(ledger.setPhase(`w${index}`, "up", 0))
  }
  return ledger
}

const needs = (cpu: number) => asking({ cpu: cpu * 1_000 })

/** Begins a run that takes so many cores and is declared to take so long. */
const begin = (
  ledger: Ledger,
  id: string,
  workerId: WorkerId,
  cpu: number,
  ms: Millis | undefined,
  now: Millis
): void => {
  done(ledger.accept(aTask(id, { requirements: needs(cpu), ...(ms !== undefined && { expectedDuration: ms }) }), now))
  done(ledger.place(id, workerId, now))
}

const declaredEnd = ({ spec, assignment }: TaskRecord): Millis =>
  (assignment?.startedAt ?? 0) + (spec.expectedDuration ?? Number.POSITIVE_INFINITY)

describe("when a run ends", () => {
  it("is its beginning and what was expected, and half as long again each time that has passed", () => {
    expect(expectedEnd(100, 50, 100)).toBe(150)
    expect(expectedEnd(100, 50, 150)).toBe(150)
    expect(expectedEnd(100, 50, 151)).toBe(175)
    expect(expectedEnd(100, 50, 176)).toBe(212.5)
    expect(expectedEnd(100, undefined, 200)).toBe(Number.POSITIVE_INFINITY)
  })
})

describe("where and when the first in order begins", () => {
  it("is where enough has ended first, and what will be left there is spared", () => {
    const ledger = withWorkers(4, 4)
    begin(ledger, "a", "w0", 2, 300, 0)
    begin(ledger, "b", "w0", 2, 100, 0)
    begin(ledger, "c", "w1", 4, 250, 0)
    const planned = plannedStart(needs(3), occupied(ledger, declaredEnd), 10)
    expect(planned).toMatchObject({
      workerId: "w1",
      passage: { until: 250, pace: 1, spare: { slots: 3, resources: { cpu: 1_000 } } }
    })
    expect(plannedStart(needs(2), occupied(ledger, declaredEnd), 10)).toMatchObject({
      workerId: "w0",
      passage: { until: 100, spare: { slots: 2, resources: { cpu: 0 } } }
    })
  })

  it("is nowhere where nobody can say when what is in the way ends, or none could ever take it", () => {
    const ledger = withWorkers(4)
    begin(ledger, "a", "w0", 3, undefined, 0)
    begin(ledger, "b", "w0", 1, 100, 0)
    expect(plannedStart(needs(2), occupied(ledger, declaredEnd), 10)).toBeUndefined()
    expect(plannedStart(needs(1), occupied(ledger, declaredEnd), 10)?.passage.until).toBe(100)
    expect(plannedStart(needs(5), occupied(ledger, declaredEnd), 10)).toBeUndefined()
    done(ledger.setPhase("w0", "draining", 20))
    expect(plannedStart(needs(1), occupied(ledger, declaredEnd), 20)).toBeUndefined()
  })

  it("waits for devices too, and for all of a worker where it is to have it alone", () => {
    const ledger = new Ledger()
    const devices = [aDevice("cuda"), aDevice("cuda")]
    done(ledger.addWorker(aWorker("w0", { slots: 4, devices }), 0))
    done(ledger.setPhase("w0", "up", 0))
    for (const [id, ms] of [
      ["a", 200],
      ["b", 100]
    ] as const) {
      const requirements = asking({}, [wholeOnes("cuda", 1)])
      done(ledger.accept(aTask(id, { requirements, expectedDuration: ms }), 0))
      done(ledger.place(id, "w0", 0))
    }
    const both = asking({}, [wholeOnes("cuda", 2)])
    expect(plannedStart(both, occupied(ledger, declaredEnd), 0)?.passage.until).toBe(200)
    const one = asking({}, [wholeOnes("cuda", 1)])
    expect(plannedStart(one, occupied(ledger, declaredEnd), 0)?.passage.until).toBe(100)
    const plain = needs(0)
    const alone = { ...plain, demand: { ...plain.demand, whole: true as const } }
    const planned = plannedStart(alone, occupied(ledger, declaredEnd), 0)
    expect(planned?.passage).toMatchObject({ until: 200, spare: { slots: 0 } })
  })

  it("is what trying every moment on every worker finds", () => {
    const run = fc.record({
      worker: fc.nat({ max: 2 }),
      cpu: fc.integer({ min: 1, max: 4 }),
      ms: fc.option(fc.integer({ min: 1, max: 50 }), { nil: undefined, freq: 6 })
    })
    let found = 0
    let tied = 0
    fc.assert(
      fc.property(fc.array(run, { maxLength: 14 }), fc.integer({ min: 1, max: 8 }), (runs, cpu) => {
        const ledger = withWorkers(4, 6, 8)
        const kept: Array<{ readonly worker: number; readonly cpu: number; readonly end: number }> = []
        for (const [index, { worker, cpu: cores, ms }] of runs.entries()) {
          const used = kept.filter((other) => other.worker === worker)
          const size = [4, 6, 8][worker] ?? 0
          const free = size - used.reduce((sum, other) => sum + other.cpu, 0)
          if (free < cores || used.length >= size) continue
          begin(ledger, `r${index}`, `w${worker}`, cores, ms, 0)
          kept.push({ worker, cpu: cores, end: ms ?? Number.POSITIVE_INFINITY })
        }
        const moments = [0, ...kept.map(({ end }) => end)].filter(Number.isFinite).sort((a, b) => a - b)
        const fitsAt = (worker: number, at: Millis): boolean => {
          const left = kept.filter((other) => other.worker === worker && (at === 0 || other.end > at))
          const size = [4, 6, 8][worker] ?? 0
          return left.reduce((sum, other) => sum + other.cpu, cpu) <= size && left.length < size
        }
        const naive = moments.flatMap((at) =>
          [0, 1, 2].filter((worker) => fitsAt(worker, at)).map((w) => [`w${w}`, at])
        )
        const planned = plannedStart(needs(cpu), occupied(ledger, declaredEnd), 0)
        expect(planned && [planned.workerId, planned.passage.until]).toEqual(naive[0])
        if (naive[0] !== undefined && naive[0][1] !== 0) found += 1
        if (naive[0] !== undefined && naive[1]?.[1] === naive[0][1]) tied += 1
      }),
      { numRuns: 400 }
    )
    expect(found).toBeGreaterThan(40)
    expect(tied).toBeGreaterThan(40)
  })
})

interface Job {
  readonly cpu: number
  readonly ms: Millis
  readonly at: Millis
}

/** When each job began, in a pool in which the first in order blocks what is kept for it; with backfilling or without. */
const starts = (jobs: ReadonlyArray<Job>, slots: ReadonlyArray<number>, backfills: boolean) => {
  const ledger = withWorkers(...slots)
  const began = new Map<string, Millis>()
  let slipped = 0
  let now = 0
  const running = (): ReadonlyArray<TaskRecord> =>
    [...ledger.tasks.values()].filter(({ status }) => status === "running")
  const waiting = (): ReadonlyArray<TaskRecord> =>
    [...ledger.tasks.values()]
      .filter(({ status }) => status === "queued")
      .sort((a, b) => a.rank - b.rank || a.seq - b.seq)
  const place = (task: TaskRecord): boolean =>
    [...ledger.workers.keys()].some((workerId) => ledger.place(task.spec.id, workerId, now).ok)
  const schedule = (): void => {
    for (const task of waiting()) {
      if (place(task)) {
        began.set(task.spec.id, now)
        continue
      }
      const planned = plannedStart(task.spec.requirements, occupied(ledger, declaredEnd), now)
      for (const { spec, heldFor } of ledger.workers.values()) if (heldFor !== undefined) ledger.unhold(spec.id, now)
      if (!backfills || planned === undefined) return
      done(ledger.hold(planned.workerId, task.spec.id, now, planned.passage))
      for (const other of waiting()) {
        if (other === task) continue
        const worker = ledger.worker(planned.workerId)
        const could = worker?.passage !== undefined && maySlipIn(other.spec, worker.passage, now)
        const placed = place(other) || (could && ledger.backfill(other.spec.id, planned.workerId, now).ok)
        if (!placed) continue
        slipped += 1
        began.set(other.spec.id, now)
      }
      return
    }
  }
  const ends = (): Millis => Math.min(...running().map(declaredEnd))
  const left = [...jobs.entries()].sort(([, a], [, b]) => a.at - b.at)
  for (;;) {
    const next = Math.min(left[0]?.[1].at ?? Number.POSITIVE_INFINITY, ends())
    if (next === Number.POSITIVE_INFINITY) return { began, slipped }
    now = next
    for (const task of running()) {
      if (declaredEnd(task) <= now && task.assignment !== undefined) {
        done(ledger.complete(task.spec.id, task.assignment.epoch, 1, now))
      }
    }
    while ((left[0]?.[1].at ?? Number.POSITIVE_INFINITY) <= now) {
      const [index, { cpu, ms }] = left.shift() ?? [0, { cpu: 1, ms: 1 }]
      done(ledger.accept(aTask(`j${index}`, { requirements: needs(cpu), expectedDuration: ms }), now))
    }
    schedule()
    expect(audit(ledger)).toEqual([])
  }
}

describe("backfilling, run times being what is declared", () => {
  const job = fc.record({
    cpu: fc.integer({ min: 1, max: 4 }),
    ms: fc.integer({ min: 1, max: 30 }),
    at: fc.integer({ min: 0, max: 40 })
  })

  it("the first that is blocked begins no later than if nobody were let by", () => {
    let blocked = 0
    let slips = 0
    fc.assert(
      fc.property(
        fc.array(job, { minLength: 4, maxLength: 25 }),
        fc.constantFrom([4], [4, 4], [5, 7]),
        (jobs, slots) => {
          // Of one size of burst the same happens until the first is blocked; from there on only it is compared.
          const burst = jobs.map((each) => ({ ...each, at: 0 }))
          const without = starts(burst, slots, false)
          const withIt = starts(burst, slots, true)
          slips += withIt.slipped
          const order = [...without.began].filter(([, at]) => at > 0).sort(([, a], [, b]) => a - b)
          const [first] = order
          if (first === undefined) return
          blocked += 1
          expect(withIt.began.get(first[0])).toBeLessThanOrEqual(first[1])
        }
      ),
      { numRuns: 150 }
    )
    expect(blocked).toBeGreaterThan(100)
    expect(slips).toBeGreaterThan(100)
  })

  it("every job begins, however many small ones come after a large one, and the large one as planned when it came first", () => {
    const small = Array.from({ length: 200 }, (_, index): Job => ({ cpu: 1, ms: 7, at: 1 + index }))
    const { began } = starts([{ cpu: 3, ms: 20, at: 0 }, { cpu: 4, ms: 20, at: 1 }, ...small], [4], true)
    expect(began.size).toBe(202)
    expect(began.get("j1")).toBe(20)
  })

  it("what it lets by leaves the ledger's own books right, and nothing is let by that would be in the way", () => {
    fc.assert(
      fc.property(fc.array(job, { minLength: 4, maxLength: 25 }), (jobs) => {
        const { began } = starts(jobs, [4, 6], true)
        expect(began.size).toBe(jobs.length)
      }),
      { numRuns: 100 }
    )
  })
})

describe("the ledger, asked to let a task by", () => {
  const nothing = { cpu: Milli(0), memory: Milli(0), network: Milli(0), storage: Milli(0) }
  const blockedBy = (passage: { until: Millis; slots?: number; cpu?: number }) => {
    const ledger = withWorkers(4)
    begin(ledger, "running", "w0", 2, 100, 0)
    done(ledger.accept(aTask("large", { priority: "high", requirements: needs(4), expectedDuration: 10 }), 0))
    const spare = { slots: passage.slots ?? 0, resources: { ...nothing, cpu: Milli((passage.cpu ?? 0) * 1_000) } }
    done(ledger.hold("w0", "large", 0, { until: passage.until, spare, pace: 1 }))
    return ledger
  }
  const wait = (ledger: Ledger, id: string, expectedDuration: Millis | undefined, cpu = 1): void => {
    const said = expectedDuration === undefined ? {} : { expectedDuration }
    done(ledger.accept(aTask(id, { requirements: needs(cpu), ...said }), 1))
  }
  const answer = (ledger: Ledger, id: string, now: Millis): string => {
    const placed = ledger.backfill(id, "w0", now)
    return placed.ok ? "placed" : placed.refusal._tag
  }

  it("lets by what will have ended, to the millisecond, and what declares nothing not at all", () => {
    const ledger = blockedBy({ until: 100 })
    wait(ledger, "just", 50)
    wait(ledger, "silent", undefined, 2)
    expect(answer(ledger, "just", 51)).toBe("HeldForAnother")
    expect(answer(ledger, "silent", 1)).toBe("HeldForAnother")
    expect(answer(ledger, "just", 50)).toBe("placed")
  })

  it("lets by what is spared as long as it is spared", () => {
    const ledger = blockedBy({ until: 100, slots: 2, cpu: 1 })
    wait(ledger, "one", 1_000)
    wait(ledger, "two", 1_000)
    expect(answer(ledger, "one", 2)).toBe("placed")
    expect(ledger.worker("w0")?.passage?.spare).toMatchObject({ slots: 1, resources: { cpu: 0 } })
    expect(answer(ledger, "two", 2)).toBe("HeldForAnother")
  })

  it("of one shape it lets a shorter one by past a longer, and not past another that may", () => {
    const ledger = blockedBy({ until: 100 })
    wait(ledger, "longer", 200)
    wait(ledger, "short", 20)
    wait(ledger, "shorter", 10)
    expect(answer(ledger, "shorter", 2)).toBe("NotFirst")
    expect(answer(ledger, "short", 2)).toBe("placed")
    expect(answer(ledger, "shorter", 2)).toBe("placed")
    expect(answer(ledger, "longer", 2)).toBe("DoesNotFit")
  })

  it("places what ranks before the other as usual, and keeps its word where that one was granted no passage", () => {
    const ledger = withWorkers(4)
    done(ledger.accept(aTask("large", { requirements: needs(4) }), 0))
    done(ledger.hold("w0", "large", 0))
    wait(ledger, "short", 1)
    expect(answer(ledger, "short", 2)).toBe("HeldForAnother")
    done(ledger.accept(aTask("urgent", { priority: "critical", requirements: needs(1) }), 1))
    expect(answer(ledger, "urgent", 2)).toBe("placed")
  })

  it("a passage that is granted again takes the place of the earlier, and goes with the hold", () => {
    const ledger = blockedBy({ until: 100 })
    wait(ledger, "task", 150)
    expect(answer(ledger, "task", 2)).toBe("HeldForAnother")
    done(ledger.hold("w0", "large", 3, { until: 200, spare: { slots: 0, resources: nothing }, pace: 1 }))
    expect(ledger.worker("w0")?.passage?.until).toBe(200)
    done(ledger.unhold("w0", 3))
    expect(ledger.worker("w0")?.passage).toBeUndefined()
  })

  it("counts a slow worker's pace", () => {
    const ledger = blockedBy({ until: 100 })
    done(ledger.hold("w0", "large", 0, { until: 100, spare: { slots: 0, resources: nothing }, pace: 2 }))
    wait(ledger, "task", 40)
    expect(answer(ledger, "task", 30)).toBe("HeldForAnother")
    expect(answer(ledger, "task", 20)).toBe("placed")
  })
})
