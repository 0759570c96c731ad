import type { WorkerRecord } from "../../ledger/index.ts"
import type { Candidate } from "../explanation/explanation.ts"
import type { Filter } from "../pipeline/filter.ts"
import type { Question } from "../pool/ranking.ts"
import type { JointScores, JointStrategy } from "../strategy.ts"
import { multiplierFor } from "../weighing/weighing.ts"
import type { Decision } from "./decide.ts"
import { Nonsense } from "./nonsense.ts"
import { multiplied, pointsOf } from "./points.ts"

/** How a candidate came out, with what its score is made of. */
const candidateOf = (
  { scores, partsOf }: JointScores,
  index: number,
  { spec }: WorkerRecord,
  score: number,
  multiplier: number
): Candidate => {
  const answer = scores[index]
  const parts = typeof answer === "object" ? answer : partsOf?.(index)
  return {
    workerId: spec.id,
    score,
    ...(parts === undefined ? {} : { parts }),
    ...(multiplier === 1 ? {} : { multiplier })
  }
}

/** The best of the workers that fit, by scores that were given to all of them together. */
export const scoreJointly = (
  { strategy, task, view, now }: Question<JointStrategy>,
  filter: Filter,
  all: boolean
): Decision => {
  const fitting = view.workers.filter((worker) => filter.fits(worker))
  if (fitting.length === 0) return { worker: undefined, candidates: [] }
  const joint = strategy.scoreAll(task, fitting.slice(), view, now)
  const { faults = [] } = joint
  let best: WorkerRecord | undefined
  let chosen: Candidate | undefined
  let most = Number.NEGATIVE_INFINITY
  let place = 0
  const candidates: Array<Candidate> = []
  fitting.forEach((worker, index) => {
    const points = pointsOf(joint.scores[index] ?? Number.NaN)
    if (!Number.isFinite(points)) throw new Nonsense(`scored ${worker.spec.id} as ${String(points)}`)
    const multiplier = multiplierFor(task, worker)
    const score = multiplied(points, multiplier)
    if (all) candidates.push(candidateOf(joint, index, worker, score, multiplier))
    if (score <= most) return
    most = score
    best = worker
    place = index
  })
  if (!all && best !== undefined) chosen = candidateOf(joint, place, best, most, multiplierFor(task, best))
  return {
    worker: best,
    candidates: chosen === undefined ? candidates : [chosen],
    ...(faults.length > 0 && { faults })
  }
}
