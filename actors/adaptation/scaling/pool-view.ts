import type { PoolMember, PoolReading } from "../../../src/adaptation/index.ts"
import { isEmpty, type LedgerReader, takesWork, unmetEver, type WorkerRecord } from "../../../src/ledger/index.ts"
import type { Millis, Requirements, WorkerId } from "../../../src/model/index.ts"
import type { RunRecord } from "../../run-record.ts"
import type { WorkerPool } from "./worker-pool.ts"

/** What is seen of a pool and of the work that waits for it. */
export interface PoolSources {
  readonly ledger: LedgerReader
  readonly runs: RunRecord
  readonly pool: WorkerPool
  /** What parked tasks ask for: nobody there can ever take them. */
  readonly parked: () => ReadonlyArray<Requirements>
  /** Submissions that wait outside a full queue. */
  readonly outside: () => number
}

/** Who of the pool is there, on the way, on the way out, and lost. */
export interface PoolView {
  readonly members: ReadonlyArray<PoolMember>
  /** Asked for, and not registered yet. */
  readonly asked: number
  /** There, and not to be counted on now: in maintenance, ejected. */
  readonly away: number
  /** Whoever drains is there until it has nothing left. */
  readonly leaving: ReadonlyArray<WorkerRecord>
  /** Given up on: it will not come back. */
  readonly lost: ReadonlyArray<WorkerId>
  /** Slots that one of its workers may use, in the mean: fewer than it has, where somebody wants that. */
  readonly slotsEach: number
  /** Slots of workers that are none of the pool's. */
  readonly otherSlots: number
}

/** As those may use that have come to rest: who warms up will use more. Before there is any: as they have. */
const slotsOf = (settled: ReadonlyArray<WorkerRecord>, { kinds }: WorkerPool): number => {
  const slots = settled.length > 0 ? settled.map(({ limit }) => limit) : kinds.map(({ spec }) => spec.limits.slots)
  return Math.max(1, slots.reduce((sum, each) => sum + each, 0) / Math.max(1, slots.length))
}

/** How full the worker is, 0–1: by its slots or, where several tasks share its thread, by what they compute. */
const loadOf = (worker: WorkerRecord, runs: RunRecord): number => {
  if (worker.slots === 0) return 0
  const slots = Math.min(1, worker.slots / worker.limit)
  return worker.spec.limits.slots === 1 || worker.alone ? slots : Math.max(slots, runs.busy(worker.spec.id))
}

export const readingOf = ({ ledger, runs, pool }: PoolSources): PoolReading => {
  let arrived = 0
  for (const count of Object.values(ledger.counts)) arrived += count
  let running = 0
  let load = 0
  for (const worker of ledger.workers.values()) {
    running += worker.slots
    if (pool.members.has(worker.spec.id)) load += loadOf(worker, runs)
  }
  const { completed, failed } = ledger.counts
  return { arrived, ended: completed + failed, running, load }
}

/** Kinds that could ever take such a task. */
const kindsFor = (requirements: Requirements, { kinds }: WorkerPool): ReadonlyArray<number> =>
  kinds.flatMap(({ spec }, kind) => (unmetEver(requirements, spec).length === 0 ? [kind] : []))

/** The work that waits for the pool. */
export interface PoolQueue {
  readonly waiting: number
  readonly oldestWait: Millis
  /** By kind, how much of it such a worker could take. */
  readonly forKind: ReadonlyArray<number>
  /** Kinds without which some of it could not be done. */
  readonly needed: ReadonlySet<number>
}

export const queueOf = ({ ledger, pool, outside }: PoolSources, now: Millis): PoolQueue => {
  const forKind = pool.kinds.map(() => 0)
  const needed = new Set<number>()
  let waiting = 0
  let oldest = now
  for (const { first, size } of ledger.lanes.values()) {
    if (first === undefined) continue
    const able = kindsFor(first.spec.requirements, pool)
    if (able.length === 0) continue
    waiting += size
    oldest = Math.min(oldest, first.acceptedAt)
    for (const kind of able) forKind[kind] = (forKind[kind] ?? 0) + size
    const [only] = able
    if (able.length === 1 && only !== undefined) needed.add(only)
  }
  return { waiting: waiting + (waiting > 0 ? outside() : 0), oldestWait: now - oldest, forKind, needed }
}

/** Kinds that parked tasks need and nobody of which is there or on the way: one for each that is missing. */
export const missingKinds = (sources: PoolSources): ReadonlyArray<number> => {
  const { pool, parked } = sources
  const missing = new Set<number>()
  const there = new Set([...pool.members.values()].map(({ kind }) => kind))
  for (const requirements of parked()) {
    const able = kindsFor(requirements, pool)
    const [first] = able
    if (first === undefined || able.some((kind) => there.has(kind) || missing.has(kind))) continue
    missing.add(first)
  }
  return [...missing]
}

export const viewPool = ({ ledger, runs, pool }: PoolSources, needed: ReadonlySet<number>): PoolView => {
  const members: Array<PoolMember> = []
  const leaving: Array<WorkerRecord> = []
  const lost: Array<WorkerId> = []
  const settled: Array<WorkerRecord> = []
  let asked = 0
  let away = 0
  for (const [workerId, { kind, since }] of pool.members) {
    const worker = ledger.worker(workerId)
    if (worker === undefined) {
      asked += 1
      continue
    }
    const { phase } = worker
    if (phase === "failed") lost.push(workerId)
    else if (phase === "draining") leaving.push(worker)
    else if (phase === "maintenance" || phase === "ejected") away += 1
    else {
      if (phase === "up") settled.push(worker)
      members.push({
        workerId,
        state: phase === "resting" ? "resting" : phase === "starting" ? "coming" : "up",
        running: worker.slots + worker.ahead.length + worker.stopping.size,
        speed: runs.speedOf(worker),
        joinedAt: since,
        needed: needed.has(kind)
      })
    }
  }
  let otherSlots = 0
  for (const worker of ledger.workers.values()) {
    if (!pool.members.has(worker.spec.id) && takesWork(worker.phase)) otherSlots += worker.limit
  }
  return { members, asked, away, leaving, lost, slotsEach: slotsOf(settled, pool), otherSlots }
}

/** Whether it was to leave and has nothing left. */
export const hasLeft = (worker: WorkerRecord): boolean => worker.phase === "draining" && isEmpty(worker)
