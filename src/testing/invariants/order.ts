import { type Millis, priorityRank, type WorkerId } from "../../model/index.ts"
import type { LedgerHistory, SeenTask } from "../history.ts"
import { headStartOf } from "../model-entries.ts"
import { maySlipIn } from "../passages.ts"
import type { Invariant } from "./invariant.ts"

const rank = ({ spec, acceptedAt }: SeenTask, ageing: Millis): number =>
  priorityRank[spec.priority] * ageing + acceptedAt - headStartOf(spec, ageing)

/** The smaller rank first; of equal rank, the first accepted. */
const comesBefore = (a: SeenTask, b: SeenTask, ageing: Millis): boolean =>
  rank(a, ageing) < rank(b, ageing) || (rank(a, ageing) === rank(b, ageing) && a.seq < b.seq)

/** Tasks of one lane fit the same workers: those of one shape, and apart from them the suspects among these. */
export const laneOf = ({ spec, suspect }: SeenTask): string => `${spec.requirements.shape}${suspect ? " alone" : ""}`

/** Whether the task could run, were there room for it: it has no key, or its key is free and it is the key's first. */
export const isReady = (
  task: SeenTask,
  waiting: ReadonlyArray<SeenTask>,
  history: LedgerHistory,
  ageing: Millis
): boolean => {
  const { concurrencyKey: key } = task.spec
  if (key === undefined) return true
  if (history.holdersOf(key).length > 0) return false
  return !waiting.some((other) => other.spec.concurrencyKey === key && comesBefore(other, task, ageing))
}

/**
 * Whether the task that is placed there slips in before the one the worker is kept free for: then those of its lane that
 * may not do so are no reason against it. `undefined`: it does not.
 */
export const slipsInAt = (placed: SeenTask, workerId: WorkerId, history: LedgerHistory, ageing: Millis, at: Millis) => {
  const worker = history.workers.get(workerId)
  const holder = worker?.heldFor === undefined ? undefined : history.tasks.get(worker.heldFor)
  const { passage } = worker ?? {}
  if (holder === undefined || holder === placed || passage === undefined) return undefined
  if (!comesBefore(holder, placed, ageing)) return undefined
  const may = ({ spec, suspect }: SeenTask): boolean => maySlipIn(spec, suspect, passage, at)
  return may(placed) ? may : undefined
}

/**
 * Tasks of one shape fit the same workers, so among them the order is plain: the first whose concurrency key allows
 * it. Of two tasks of one key and shape the first goes first in any case. A worker that is kept free for a task takes
 * nothing that ranks behind it, but for what was granted passage; of those the first that may goes first. A task that
 * waits for a worker of its own choice, though others could take it, holds up nobody. That nothing starves is seen at the end of a scenario: everything that waits must run.
 */
export const order = {
  id: "D8",
  promise:
    "waiting work of equal priority, fit and expected duration is first come, first served; no waiting task starves",
  *onEvent(event, { history, ageing, isAside }) {
    if (event._tag !== "TaskPlaced" || event.migrationId !== undefined) return
    const placed = history.tasks.get(event.taskId)
    if (placed === undefined) return
    const { concurrencyKey: key } = placed.spec
    const waiting = [...history.tasks.values()].filter(({ status }) => status === "queued")
    const maySlip = slipsInAt(placed, event.reservation.workerId, history, ageing, event.at)
    for (const other of waiting) {
      if (maySlip?.(other) === false || isAside?.(other.spec.id)) continue
      if (laneOf(other) !== laneOf(placed) || !comesBefore(other, placed, ageing)) continue
      const ofOneKey = key !== undefined && other.spec.concurrencyKey === key
      if (ofOneKey || isReady(other, waiting, history, ageing)) {
        yield `${event.taskId} is placed before ${other.spec.id}, which came first`
      }
    }
    const keptFor = history.workers.get(event.reservation.workerId)?.heldFor
    const holder = keptFor === undefined ? undefined : history.tasks.get(keptFor)
    if (holder !== undefined && holder !== placed && comesBefore(holder, placed, ageing) && maySlip === undefined) {
      yield `${event.taskId} takes ${event.reservation.workerId}, which is kept free for ${keptFor}`
    }
  },
  *atEnd(ledger) {
    for (const [workerId, { heldFor }] of ledger.workers) {
      if (heldFor !== undefined) yield `${workerId} is kept free for ${heldFor}, which has ended`
    }
  }
} satisfies Invariant
