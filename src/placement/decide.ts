import { fitsNow, type WorkerRecord } from "../ledger/index.ts"
import type { Millis, TaskSpec } from "../model/index.ts"
import type { Candidate } from "./explanation.ts"
import type { Filter } from "./filter.ts"
import type { Parts, PickStrategy, ScoreStrategy, SeekStrategy, Strategy, WeightedStrategy } from "./strategy.ts"
import type { PlacementView } from "./view.ts"
import { multiplierFor, Weighing } from "./weighing.ts"

/** What one strategy made of one task. */
export interface Decision {
  /** `undefined`: nobody fits. */
  readonly worker: WorkerRecord | undefined
  /** All that fit where all were asked for, otherwise the chosen one. */
  readonly candidates: ReadonlyArray<Candidate>
}

/** What a strategy answered, where no answer of that kind is allowed. */
export class Nonsense extends Error {
  override readonly name = "Nonsense"
}

const nobody: Decision = { worker: undefined, candidates: [] }

/** Columns of the last single decision of each weighted strategy: as long as the pool keeps its size, they serve again. */
const kept = new WeakMap<WeightedStrategy, Weighing>()

const weighingFor = (strategy: WeightedStrategy, workers: number): Weighing => {
  const known = kept.get(strategy)
  if (known !== undefined && known.batch.size.workers === workers) return known
  const weighing = Weighing.ofOne(strategy, workers)
  kept.set(strategy, weighing)
  return weighing
}

/** How a worker of a weighing came out for one of its tasks. */
export const candidateOf = (weighing: Weighing, task: number, worker: number, record: WorkerRecord): Candidate => {
  const workerId = record.spec.id
  const score = weighing.run.score(task, worker)
  const parts = weighing.partsOf(task, worker)
  return weighing.batch.urgent[task] === 1
    ? { workerId, score, parts, multiplier: record.spec.priorityMultiplier }
    : { workerId, score, parts }
}

const weigh = (
  strategy: WeightedStrategy,
  task: TaskSpec,
  view: PlacementView,
  filter: Filter,
  all: boolean
): Decision => {
  const weighing = weighingFor(strategy, view.workers.length)
  if (weighing.refill(task, view, filter) === 0) return nobody
  const best = weighing.run.best(0)
  const worker = view.workers[best]
  const candidates: Array<Candidate> = []
  view.workers.forEach((record, index) => {
    if (index === best || (all && weighing.batch.eligible[index] === 1)) {
      candidates.push(candidateOf(weighing, 0, index, record))
    }
  })
  return { worker, candidates }
}

/** No parts are no score: what looks like an object without any may be a promise. */
const sumOf = (parts: Parts): number => {
  const points = Object.values(parts)
  return points.length === 0 ? Number.NaN : points.reduce((sum, part) => sum + part, 0)
}

const scoreEach = (
  strategy: ScoreStrategy,
  task: TaskSpec,
  view: PlacementView,
  filter: Filter,
  now: Millis,
  all: boolean
): Decision => {
  let best: WorkerRecord | undefined
  let chosen: Candidate | undefined
  const candidates: Array<Candidate> = []
  for (const worker of view.workers) {
    if (!filter.fits(worker)) continue
    const answer = strategy.score(task, worker, view, now)
    const plain = typeof answer === "object" && answer !== null ? sumOf(answer) : answer
    if (!Number.isFinite(plain)) throw new Nonsense(`scored ${worker.spec.id} as ${String(plain)}`)
    const multiplier = multiplierFor(task, worker)
    const candidate: Candidate = {
      workerId: worker.spec.id,
      score: plain < 0 ? plain / multiplier : plain * multiplier,
      ...(typeof answer === "object" ? { parts: answer } : {}),
      ...(multiplier === 1 ? {} : { multiplier })
    }
    if (all) candidates.push(candidate)
    if (chosen === undefined || (candidate.score ?? 0) > (chosen.score ?? 0)) {
      chosen = candidate
      best = worker
    }
  }
  if (chosen === undefined) return nobody
  return { worker: best, candidates: all ? candidates : [chosen] }
}

const pickOne = (
  strategy: PickStrategy,
  task: TaskSpec,
  view: PlacementView,
  filter: Filter,
  now: Millis,
  all: boolean
): Decision => {
  const fitting = view.workers.filter((worker) => filter.fits(worker))
  if (fitting.length === 0) return nobody
  const candidates = all ? fitting.map(({ spec }) => ({ workerId: spec.id })) : undefined
  const picked: unknown = strategy.pick(task, fitting.slice(), view, now)
  const worker = fitting.find(({ spec }) => spec.id === picked)
  if (worker === undefined) throw new Nonsense(`picked ${String(picked)}, which is none of the workers that fit`)
  return { worker, candidates: candidates ?? [{ workerId: worker.spec.id }] }
}

const seekOne = (
  strategy: SeekStrategy,
  task: TaskSpec,
  view: PlacementView,
  filter: Filter,
  now: Millis,
  all: boolean
): Decision => {
  const worker = strategy.seek(task, view, filter, now)
  if (worker !== undefined && (!fitsNow(task.requirements, worker) || filter.wasRefused(worker.spec.id))) {
    throw new Nonsense(`found ${worker.spec.id}, which does not fit`)
  }
  if (!all) return worker === undefined ? nobody : { worker, candidates: [{ workerId: worker.spec.id }] }
  filter.passedOver.length = 0
  const candidates: Array<Candidate> = []
  for (const each of view.workers) if (filter.fits(each)) candidates.push({ workerId: each.spec.id })
  return { worker, candidates }
}

/**
 * Filter and score: asks the strategy for the best worker that fits, and with `all` names every candidate.
 * Changes nothing, neither in the view nor in the strategy. Throws what the strategy throws, and `Nonsense` for an
 * answer that is none.
 */
export const decide = (
  strategy: Strategy,
  task: TaskSpec,
  view: PlacementView,
  filter: Filter,
  now: Millis,
  all: boolean
): Decision => {
  if ("factors" in strategy) {
    const { seek } = strategy
    // The quick way knows the winner alone.
    if (seek === undefined || all) return weigh(strategy, task, view, filter, all)
    return seekOne({ id: strategy.id, seek }, task, view, filter, now, false)
  }
  if ("seek" in strategy) return seekOne(strategy, task, view, filter, now, all)
  if ("score" in strategy) return scoreEach(strategy, task, view, filter, now, all)
  if ("pick" in strategy) return pickOne(strategy, task, view, filter, now, all)
  throw new Nonsense("neither scores, picks nor seeks")
}
