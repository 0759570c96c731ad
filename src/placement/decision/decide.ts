import { fitsNow, type WorkerRecord } from "../../ledger/index.ts"
import type { Millis, TaskSpec } from "../../model/index.ts"
import type { Candidate } from "../explanation/explanation.ts"
import type { Filter } from "../pipeline/filter.ts"
import type { Question } from "../pool/ranking.ts"
import { sampleAbove, type Weighed, weighInPool } from "../pool/weigh-in-pool.ts"
import type {
  DecidingStrategy,
  PartFault,
  PickStrategy,
  RankStrategy,
  ScoreStrategy,
  SeekStrategy,
  WeightedStrategy
} from "../strategy.ts"
import type { PlacementView } from "../view.ts"
import { multiplierFor, Weighing } from "../weighing/weighing.ts"
import { Nonsense } from "./nonsense.ts"
import { multiplied, pointsOf } from "./points.ts"
import { rankEach, rankIn } from "./rank.ts"
import { scoreJointly } from "./score-jointly.ts"

/** What one strategy made of one task. */
export interface Decision {
  /** `undefined`: nobody fits. */
  readonly worker: WorkerRecord | undefined
  /** All that fit where all were asked for, otherwise the chosen one. */
  readonly candidates: ReadonlyArray<Candidate>
  /** Parts of the strategy that were wrong and had no say. */
  readonly faults?: ReadonlyArray<PartFault>
  /** Where only some of those that fit were scored: how many, and of how many. */
  readonly sampled?: Weighed["sampled"]
}

const nobody: Decision = { worker: undefined, candidates: [] }

/** Columns of the last single decision of each weighted strategy: as long as the pool keeps its size, they serve again. */
const kept = new WeakMap<WeightedStrategy, Weighing>()

export const weighingFor = (strategy: WeightedStrategy, workers: number): Weighing => {
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

const weigh = ({ strategy, task, view }: Question<WeightedStrategy>, filter: Filter, all: boolean): Decision => {
  const { pool } = view
  if (pool !== undefined && !all) return asWeighed(weighInPool(pool, strategy, task, view, filter.refused))
  const weighing = weighingFor(strategy, view.workers.length)
  if (weighing.refill(task, view, filter) === 0) return nobody
  const sampled =
    pool === undefined || view.workers.length <= sampleAbove
      ? undefined
      : weighInPool(pool, strategy, task, view, filter.refused)
  const best = sampled === undefined ? weighing.run.best(0) : view.workers.indexOf(sampled.worker)
  const worker = view.workers[best]
  const candidates: Array<Candidate> = []
  view.workers.forEach((record, index) => {
    if (index === best || (all && weighing.batch.eligible[index] === 1)) {
      candidates.push(candidateOf(weighing, 0, index, record))
    }
  })
  return sampled?.sampled === undefined ? { worker, candidates } : { worker, candidates, sampled: sampled.sampled }
}

const asWeighed = (weighed: Weighed | undefined): Decision => {
  if (weighed === undefined) return nobody
  const { worker, candidate, sampled } = weighed
  return sampled === undefined ? { worker, candidates: [candidate] } : { worker, candidates: [candidate], sampled }
}

const scoreEach = ({ strategy, task, view, now }: Question<ScoreStrategy>, filter: Filter, all: boolean): Decision => {
  let best: WorkerRecord | undefined
  let chosen: Candidate | undefined
  const candidates: Array<Candidate> = []
  for (const worker of view.workers) {
    if (!filter.fits(worker)) continue
    const answer = strategy.score(task, worker, view, now)
    const points = pointsOf(answer)
    if (!Number.isFinite(points)) throw new Nonsense(`scored ${worker.spec.id} as ${String(points)}`)
    const multiplier = multiplierFor(task, worker)
    const candidate: Candidate = {
      workerId: worker.spec.id,
      score: multiplied(points, multiplier),
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

const pickOne = ({ strategy, task, view, now }: Question<PickStrategy>, filter: Filter, all: boolean): Decision => {
  const fitting = view.workers.filter((worker) => filter.fits(worker))
  if (fitting.length === 0) return nobody
  const candidates = all ? fitting.map(({ spec }) => ({ workerId: spec.id })) : undefined
  const picked: unknown = strategy.pick(task, fitting.slice(), view, now)
  const worker = fitting.find(({ spec }) => spec.id === picked)
  if (worker === undefined) throw new Nonsense(`picked ${String(picked)}, which is none of the workers that fit`)
  return { worker, candidates: candidates ?? [{ workerId: worker.spec.id }] }
}

/** Holds every worker that fits to be as good as any other. */
const whoever: RankStrategy = { id: "whoever fits", rank: () => 0, multiplied: false }

/** Whether a worker fits at all: by what is kept of the pool, or by a look at each. */
export const somebodyFits = (task: TaskSpec, view: PlacementView, filter: Filter, now: Millis): boolean =>
  view.pool === undefined
    ? view.workers.some((worker) => !filter.wasRefused(worker.spec.id) && fitsNow(task.requirements, worker))
    : rankIn(view.pool, { strategy: whoever, task, view, now }, filter).worker !== undefined

const seekOne = ({ strategy, task, view, now }: Question<SeekStrategy>, filter: Filter, all: boolean): Decision => {
  const worker = strategy.seek(task, view, filter, now)
  if (worker === undefined && somebodyFits(task, view, filter, now)) {
    throw new Nonsense("found nobody, though a worker fits")
  }
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
  strategy: DecidingStrategy,
  task: TaskSpec,
  view: PlacementView,
  filter: Filter,
  now: Millis,
  all: boolean
): Decision => {
  const asked = { task, view, now }
  if ("factors" in strategy) {
    const { seek } = strategy
    // The quick way knows the winner alone.
    if (seek === undefined || all) return weigh({ ...asked, strategy }, filter, all)
    return seekOne({ ...asked, strategy: { id: strategy.id, seek } }, filter, false)
  }
  if ("rank" in strategy) {
    const question = { ...asked, strategy }
    return view.pool === undefined || all ? rankEach(question, filter, all) : rankIn(view.pool, question, filter)
  }
  if ("seek" in strategy) return seekOne({ ...asked, strategy }, filter, all)
  if ("score" in strategy) return scoreEach({ ...asked, strategy }, filter, all)
  if ("scoreAll" in strategy) return scoreJointly({ ...asked, strategy }, filter, all)
  if ("pick" in strategy) return pickOne({ ...asked, strategy }, filter, all)
  throw new Nonsense("neither ranks, scores, picks nor seeks")
}
