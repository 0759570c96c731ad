import type { WorkerRecord } from "../../ledger/index.ts"
import type { Millis, TaskSpec } from "../../model/index.ts"
import type { Candidate } from "../explanation/explanation.ts"
import type { Filter } from "../pipeline/filter.ts"
import type { Pool } from "../pool/pool.ts"
import { counts, type Question, rankingOf, rankOn } from "../pool/ranking.ts"
import type { RankStrategy } from "../strategy.ts"
import type { PlacementView } from "../view.ts"
import type { Decision } from "./decide.ts"
import { turnAmong, turnIn } from "./turn.ts"

const nobody: Decision = { worker: undefined, candidates: [] }

const rankedAs = (strategy: RankStrategy, task: TaskSpec, { spec }: WorkerRecord, score: number): Candidate => {
  const workerId = spec.id
  return counts(strategy, task) && spec.priorityMultiplier !== 1
    ? { workerId, score, multiplier: spec.priorityMultiplier }
    : { workerId, score }
}

/** The best of all, by what is kept of the pool, and nothing but that. */
export const bestIn = (
  pool: Pool,
  strategy: RankStrategy,
  task: TaskSpec,
  view: PlacementView,
  now: Millis
): WorkerRecord | undefined => {
  const ranking = rankingOf(strategy, task, pool)
  ranking.update(pool, strategy, task, view, now)
  return pool.at(ranking.best(turnIn(strategy, pool)))
}

/** The best by what is kept of the pool. */
export const rankIn = (pool: Pool, question: Question, filter: Filter): Decision => {
  const { strategy, task } = question
  const ranking = rankingOf(strategy, task, pool)
  ranking.update(pool, strategy, task, question.view, question.now)
  const start = turnIn(strategy, pool)
  if (filter.refused === undefined || filter.refused.size === 0) {
    const worker = pool.at(ranking.best(start))
    return worker === undefined ? nobody : { worker, candidates: [rankedAs(strategy, task, worker, ranking.highest)] }
  }
  const { place, rank } = ranking.bestWithout(filter.refused, pool, start)
  const worker = pool.at(place)
  return worker === undefined ? nobody : { worker, candidates: [rankedAs(strategy, task, worker, rank)] }
}

/** The best by asking about each, in order: the first of the best that is not before its turn, or else the first of the best. */
export const rankEach = ({ strategy, task, view, now }: Question, filter: Filter, all: boolean): Decision => {
  const { pool, workers } = view
  const start = pool === undefined ? turnAmong(strategy, workers) : turnIn(strategy, pool)
  let best: WorkerRecord | undefined
  let highest = Number.NEGATIVE_INFINITY
  let isDue = false
  const candidates: Array<Candidate> = []
  for (let index = 0; index < workers.length; index += 1) {
    const worker = workers[index]
    if (worker === undefined || !filter.fits(worker)) continue
    const rank = rankOn(strategy, task, worker, view, now)
    if (all) candidates.push(rankedAs(strategy, task, worker, rank))
    if (rank < highest || (rank === highest && isDue)) continue
    const comes = (pool === undefined ? index : (pool.placeOf(worker.spec.id) ?? 0)) >= start
    if (rank === highest && !comes) continue
    best = worker
    highest = rank
    isDue = comes
  }
  if (best === undefined) return nobody
  return { worker: best, candidates: all ? candidates : [rankedAs(strategy, task, best, highest)] }
}
