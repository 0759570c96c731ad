import type { WorkerRecord } from "../../ledger/index.ts"
import type { TaskSpec, WorkerId } from "../../model/index.ts"
import type { Pool } from "../pool/pool.ts"
import type { RankStrategy } from "../strategy.ts"
import type { PlacementView } from "../view.ts"

/** Where the turn of a strategy stands: after the worker chosen last, by the pool's count of joins, or by its place in a list. */
interface Turn {
  after: number
  id: WorkerId | undefined
  /** Where a ledger has numbered its workers: only one that joined later has a higher number. */
  number: WorkerRecord["number"]
  index: number
}

const turns = new WeakMap<RankStrategy, Turn>()

/** The place in the pool from which on the first of equals is next. */
export const turnIn = (strategy: RankStrategy, pool: Pool): number => {
  const turn = strategy.ties === "turn" ? turns.get(strategy) : undefined
  return turn === undefined ? 0 : pool.firstAfter(turn.after)
}

/** The same by the place in the list, where there is no pool. */
export const turnAmong = (strategy: RankStrategy, workers: ReadonlyArray<WorkerRecord>): number => {
  const turn = strategy.ties === "turn" ? turns.get(strategy) : undefined
  if (turn === undefined) return 0
  const isIt = ({ spec, number }: WorkerRecord): boolean => spec.id === turn.id && number === turn.number
  const there = workers[turn.index]
  if (there !== undefined && isIt(there)) return turn.index + 1
  const index = workers.findIndex(isIt)
  if (index >= 0) return index + 1
  // It has left: next is whoever came after it.
  const { number } = turn
  if (number === undefined) return turn.index
  const next = workers.findIndex((worker) => (worker.number ?? 0) > number)
  return next < 0 ? workers.length : next
}

/** A thread that has just run something takes up the next run sooner than one that sleeps: by about so much, in ms. */
const wakingMs = 0.05
/** Runs that are not so many times as long had better stay where they are. */
const worthWaking = 10

/** Whether to wake another worker for it would cost a good part of what it takes. */
const isTiny = ({ type }: TaskSpec, { times }: PlacementView): boolean =>
  (times?.workMs(type) ?? Number.POSITIVE_INFINITY) < worthWaking * wakingMs

/** The worker has had its turn. */
export const passTurn = (strategy: RankStrategy, task: TaskSpec, worker: WorkerRecord, view: PlacementView): void => {
  if (strategy.ties !== "turn" || isTiny(task, view)) return
  const { pool, workers } = view
  let turn = turns.get(strategy)
  if (turn === undefined) {
    turn = { after: 0, id: undefined, number: undefined, index: -1 }
    turns.set(strategy, turn)
  }
  turn.id = worker.spec.id
  turn.number = worker.number
  if (pool === undefined) turn.index = workers.indexOf(worker)
  else turn.after = pool.joinOf(worker)
}
