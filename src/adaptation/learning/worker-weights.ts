import type { WorkerId } from "../../model/index.ts"

export interface WeightSettings {
  /** The most a weight moves in one cycle. */
  readonly step: number
  readonly least: number
  readonly most: number
  /** Off by no more than this factor a weight rests. */
  readonly tolerance: number
}

/** Step and bounds are the sources'. */
export const weightDefaults: WeightSettings = { step: 0.1, least: 0.1, most: 5, tolerance: 1.1 }

/** What a worker has shown, against what it promises. */
export interface ShownPace {
  readonly workerId: WorkerId
  readonly declared: number
  /**
   * What one slot in use gets done against those of the others: work in a second × the share of runs that succeed.
   * `undefined`: too little was seen.
   */
  readonly pace: number | undefined
  /** The factor by which the true pace may be another, at least 1. */
  readonly doubt: number
}

/** A weight as learned. `moving`: on its way to where it was found to belong. */
export interface LearnedWeight {
  readonly weight: number
  /** What the worker declared: with another weight it is another worker. */
  readonly declared: number
  readonly moving: boolean
}

export interface WeightChange {
  readonly workerId: WorkerId
  readonly from: number
  readonly to: number
  /** Where it belongs by what was shown. */
  readonly target: number
}

const rounded = (weight: number): number => Math.round(weight * 1_000) / 1_000

const isPace = (pace: number | undefined): pace is number =>
  pace !== undefined && pace > 0 && pace < Number.POSITIVE_INFINITY

/** What a pace of 1 weighs: the sum of the weights stays as declared, unless all fit into the bounds only otherwise. */
const scaleOf = (
  known: ReadonlyArray<{ readonly declared: number; readonly pace: number }>,
  settings: WeightSettings
) => {
  const sum = (values: ReadonlyArray<number>): number => values.reduce((total, value) => total + value, 0)
  const paces = known.map(({ pace }) => pace)
  const declared = known.map((each) => within(each.declared, settings))
  const ideal = sum(declared) / sum(paces)
  // Not spread over arguments: a hundred thousand would be too many.
  const least = paces.reduce((so, pace) => Math.min(so, pace), Number.POSITIVE_INFINITY)
  const most = paces.reduce((so, pace) => Math.max(so, pace), 0)
  return Math.min(Math.max(ideal, settings.least / least), settings.most / most)
}

const within = (weight: number, { least, most }: WeightSettings): number =>
  weight >= least ? Math.min(most, weight) : least

/**
 * One cycle of the weights (G9): each goes up to one step towards the ratio of the paces shown.
 *
 *     target = pace · Σ declared ÷ Σ pace, of all that are known;  |change| ≤ step;  least ≤ weight ≤ most
 *
 * A weight sets out once it is off by more than the tolerance, or than what the pace is in doubt by where that is more, and
 * goes on until it is there: under constant conditions it comes to rest at the true ratio. Who is not known keeps what it
 * has. Workers that are not in `shown` are forgotten.
 */
export const adjustWeights = (
  before: ReadonlyMap<WorkerId, LearnedWeight>,
  shown: ReadonlyArray<ShownPace>,
  settings: WeightSettings = weightDefaults
): { readonly weights: ReadonlyMap<WorkerId, LearnedWeight>; readonly changes: ReadonlyArray<WeightChange> } => {
  const weights = new Map<WorkerId, LearnedWeight>()
  const changes: Array<WeightChange> = []
  const known = shown.flatMap(({ pace, ...rest }) => (isPace(pace) ? [{ ...rest, pace }] : []))
  // Nobody is fast or slow alone.
  const scale = known.length > 1 ? scaleOf(known, settings) : undefined
  for (const { workerId, declared, pace, doubt } of shown) {
    const known = before.get(workerId)
    const learned = known?.declared === declared ? known : undefined
    if (scale === undefined || !isPace(pace)) {
      if (learned !== undefined) weights.set(workerId, learned)
      continue
    }
    const from = learned?.weight ?? within(declared, settings)
    const target = within(rounded(pace * scale), settings)
    const off = Math.abs(Math.log(from / target))
    if (learned?.moving !== true && off <= Math.log(Math.max(settings.tolerance, doubt))) {
      if (learned !== undefined) weights.set(workerId, learned)
      continue
    }
    const to = rounded(from + Math.max(-settings.step, Math.min(settings.step, target - from)))
    weights.set(workerId, { weight: to, declared, moving: to !== target })
    if (to !== from) changes.push({ workerId, from, to, target })
  }
  return { weights, changes }
}
