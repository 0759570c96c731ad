import { Aheads } from "../../../actors/aheads.ts"
import { Dispatch } from "../../../actors/dispatch/index.ts"
import { RunTimes } from "../../../src/adaptation/index.ts"
import { Ledger, type TaskRecord } from "../../../src/ledger/index.ts"
import type { Assignment, Millis, TaskSpec, WorkerId } from "../../../src/model/index.ts"
import {
  Inflow,
  inlineRunner,
  Patience,
  Placement,
  type Strategy,
  type StrategyId
} from "../../../src/placement/index.ts"
import { allSound, nothingKnown, taskSpec, workerSpec } from "../pool.ts"

/** Chance from a seed (mulberry32). */
export const chanceFrom = (seed: number) => {
  let state = seed | 0
  return (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Bounded Pareto: most are short, a few are very long. */
export const pareto = (chance: number, { shape = 1.1, least = 1, most = 200 } = {}): Millis => {
  const low = least ** shape
  const high = most ** shape
  return (-(chance * high - chance * low - high) / (high * low)) ** (-1 / shape)
}

export interface Arrival {
  readonly at: Millis
  /** What it takes at speed 1. */
  readonly work: Millis
  readonly declared?: Millis
}

export interface World {
  /** The speed of each worker, one task at a time each; in the order of joining. */
  readonly speeds: ReadonlyArray<number>
  readonly strategy?: Strategy | StrategyId
  /** Whether free workers may be declined. Without it: a central queue. Default: yes. */
  readonly patient?: boolean
}

export interface Passage {
  readonly makespan: Millis
  /** From acceptance to end, in the order of ending. */
  readonly sojourns: ReadonlyArray<Millis>
  readonly times: RunTimes
}

interface Run {
  readonly assignment: Assignment
  readonly endsAt: Millis
  readonly ms: Millis
}

/** The real ledger and dispatch among workers that only tell when they are done: virtual time, no threads. */
export const pass = (arrivals: ReadonlyArray<Arrival>, { speeds, strategy, patient = true }: World): Passage => {
  const times = new RunTimes()
  const inflow = new Inflow()
  const runs = new Map<WorkerId, Run>()
  const speedOf = new Map(speeds.map((speed, index) => [`w${index}`, speed]))
  const workOf = new Map<string, Arrival>()
  let now = 0
  const ledger: Ledger = new Ledger({ onEvent: (event, task) => dispatch.onEvent(event, task) })
  const never = (): never => {
    throw new Error("nothing of the kind can happen here")
  }
  const patience = new Patience({
    times,
    waiting: () => ledger.waitingWork,
    inflow: (at) => inflow.rate(at, times.meanWorkMs),
    task: (taskId) => ledger.task(taskId),
    busy: () => 1
  })
  const dispatch = new Dispatch({
    aheads: new Aheads(),
    ledger,
    placement: new Placement({ strategy: strategy ?? "least_connections" }),
    view: { performance: nothingKnown, health: allSound, ...(patient && { patience }) },
    listener: {
      placed: ({ spec }: TaskRecord, assignment) => {
        const { workerId } = assignment
        const ms = (workOf.get(spec.id)?.work ?? 0) / (speedOf.get(workerId) ?? 1)
        runs.set(workerId, { assignment, endsAt: now + ms, ms })
      },
      staysAtHand: () => false,
      unschedulable: never,
      stranded: never,
      scored: never
    },
    runner: inlineRunner,
    reserveAfter: 30_000,
    backfill: true,
    requeue: { requeue: "age", maxRequeueAttempts: 5 },
    retain: 100
  })
  for (const workerId of speedOf.keys()) {
    ledger.addWorker(workerSpec(workerId, { slots: 1 }), now)
    ledger.setPhase(workerId, "up", now)
  }
  const sojourns: Array<Millis> = []
  let next = 0
  for (;;) {
    for (let arrival = arrivals[next]; arrival !== undefined && arrival.at <= now; arrival = arrivals[++next]) {
      const { declared } = arrival
      const spec: TaskSpec = { ...taskSpec(`t${next}`), ...(declared !== undefined && { expectedDuration: declared }) }
      workOf.set(spec.id, arrival)
      inflow.accepted(arrival.at, declared)
      ledger.accept(spec, arrival.at)
    }
    dispatch.pass(now)
    const ends = [...runs.values()].map(({ endsAt }) => endsAt)
    const then = Math.min(...ends, arrivals[next]?.at ?? Number.POSITIVE_INFINITY, dispatch.nextDue)
    if (then === Number.POSITIVE_INFINITY) break
    now = then
    dispatch.due(now)
    for (const [workerId, { assignment, endsAt, ms }] of runs) {
      if (endsAt > now) continue
      runs.delete(workerId)
      const task = ledger.task(assignment.taskId)
      if (task === undefined) continue
      times.record(workerId, task.spec.type, { ms, expectedMs: task.spec.expectedDuration }, now)
      ledger.complete(assignment.taskId, assignment.epoch, undefined, now)
      sojourns.push(now - task.acceptedAt)
    }
  }
  if (ledger.queued > 0) throw new Error(`${ledger.queued} tasks wait for ever`)
  return { makespan: now, sojourns, times }
}

/** No order and no choice of workers can end sooner. */
export const lowerBound = (arrivals: ReadonlyArray<Arrival>, { speeds }: World): Millis => {
  const work = arrivals.reduce((sum, arrival) => sum + arrival.work, 0)
  const longest = arrivals.reduce((most, arrival) => Math.max(most, arrival.work), 0)
  return Math.max(work / speeds.reduce((sum, speed) => sum + speed, 0), longest / Math.max(...speeds))
}

export const median = (values: ReadonlyArray<number>): number => quantile(values, 0.5)

export const quantile = (values: ReadonlyArray<number>, q: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(q * (values.length - 1))] ?? Number.NaN
