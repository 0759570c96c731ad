import type { Ledger } from "../ledger/index.ts"
import { type Millis, resourceNames, type TaskId, type TaskStatus, type WorkerPhase } from "../model/index.ts"

/** What a ledger shows, line by line under a name, so that two can be compared and their difference read. */
export type LedgerView = ReadonlyMap<string, string>

export interface ViewedTask {
  readonly status: TaskStatus
  readonly attempts: number
  readonly failures: number
  /** The worker and the reason of each. */
  readonly crashes: ReadonlyArray<string>
  readonly suspect: boolean
  readonly saved: unknown
  readonly run: { readonly workerId: string; readonly epoch: number } | undefined
  readonly move: { readonly id: number; readonly workerId: string; readonly released: boolean } | undefined
}

export interface ViewedWorker {
  readonly phase: WorkerPhase
  readonly heldFor: TaskId | undefined
  readonly running: Iterable<TaskId>
  /** In their order. */
  readonly ahead: Iterable<TaskId>
  readonly stopping: Iterable<number>
  readonly slots: number
  /** How many may be taken at this time. */
  readonly limit: number
  /** Whether one task has it to itself. */
  readonly alone: boolean
  readonly used: ReadonlyArray<number>
  /** Share and memory taken of each device. */
  readonly devices: ReadonlyArray<readonly [number, number]>
}

export interface ViewedKey {
  readonly holders: number
  readonly waiting: number
  readonly limit: number
}

/** Writes the lines of a view. */
export class ViewWriter {
  readonly lines = new Map<string, string>()

  task(id: TaskId, { status, attempts, failures, crashes, suspect, saved, run, move }: ViewedTask): void {
    const where = run === undefined ? "" : ` on ${run.workerId}#${run.epoch}`
    const moving =
      move === undefined ? "" : `, ${move.released ? "released" : "offered"} ${move.id} to ${move.workerId}`
    const state = saved === undefined ? "" : `, saved ${JSON.stringify(saved)}`
    const counts = `${attempts}/${failures}/${crashes.length}${suspect ? " suspect" : ""}`
    this.lines.set(`task ${id}`, [`${status}${where}${moving}${state}`, counts, ...crashes].join(", "))
  }

  worker(id: string, worker: ViewedWorker): void {
    const { phase, heldFor, running, ahead, stopping, slots, limit, alone, used, devices } = worker
    const list = (items: Iterable<string | number>): string => [...items].sort().join(" ")
    const room = `${slots} of ${limit} slots${alone ? " for one" : ""}`
    const taken = `${room}, ${used.join(" ")}, devices ${devices.map((device) => device.join("/")).join(" ")}`
    this.lines.set(
      `worker ${id}`,
      [
        `${phase}, kept for ${heldFor ?? "none"}`,
        `runs ${list(running)}, ahead ${[...ahead].join(" ")}, stops ${list(stopping)}`,
        taken
      ].join(", ")
    )
  }

  key(name: string, { holders, waiting, limit }: ViewedKey): void {
    this.lines.set(`key ${name}`, `${holders} of ${limit} hold it, ${waiting} wait`)
  }

  first(shape: string, taskId: TaskId): void {
    this.lines.set(`first of ${shape}`, taskId)
  }

  count(status: string, count: number): void {
    if (count !== 0) this.lines.set(`tasks ${status}`, String(count))
  }

  next(taskId: TaskId | undefined, due: Millis | undefined): void {
    this.lines.set("next", `${taskId ?? "none"}, due ${due ?? "never"}`)
  }
}

const none: ReadonlySet<string> = new Set()

/** What the ledger shows: tasks, workers, keys, the first of each lane, counts, what comes next. */
export const viewOf = (ledger: Ledger): LedgerView => {
  const writer = new ViewWriter()
  for (const [id, task] of ledger.tasks) {
    const { status, attempts, failures, suspect, state: saved, assignment, migration } = task
    const crashes = task.crashes.map(({ workerId, reason }) => `${workerId} ${reason}`)
    const move = migration && {
      id: migration.id,
      workerId: migration.reservation.workerId,
      released: migration.phase === "released"
    }
    writer.task(id, { status, attempts, failures, crashes, suspect, saved, run: assignment, move })
  }
  for (const [id, worker] of ledger.workers) {
    const { phase, heldFor, running, ahead, stopping, slots, limit, alone, used, devices } = worker
    writer.worker(id, {
      phase,
      heldFor,
      running: Array.from(running.values(), ({ taskId }) => taskId),
      ahead: ahead.map(({ spec }) => spec.id),
      stopping: stopping.keys(),
      slots,
      limit,
      alone,
      used: resourceNames.map((name) => used[name]),
      devices: devices.map(({ share, memory }) => [share, memory])
    })
  }
  for (const { key, holders, admitted, lot, limit } of ledger.state.waiting.keys()) {
    writer.key(key, { holders, waiting: admitted.size + lot, limit })
  }
  for (const { spec } of ledger.heads()) writer.first(spec.requirements.shape, spec.id)
  for (const [status, count] of Object.entries(ledger.counts)) writer.count(status, count)
  writer.next(ledger.next(none)?.spec.id, ledger.nextDue())
  return writer.lines
}

/** Where two views differ. Empty: they are the same. */
export const differences = (actual: LedgerView, expected: LedgerView): ReadonlyArray<string> => {
  const names = new Set([...actual.keys(), ...expected.keys()])
  return [...names]
    .filter((name) => actual.get(name) !== expected.get(name))
    .map((name) => `${name}: is "${actual.get(name) ?? "missing"}", expected "${expected.get(name) ?? "missing"}"`)
}
