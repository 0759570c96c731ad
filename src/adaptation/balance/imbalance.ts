import type { WorkerId } from "../../model/index.ts"
import type { Forecast } from "../prediction/forecast.ts"
import type { Thresholds } from "./thresholds.ts"
import { closedBecause, drainSeconds, isActive, isMeasured, type WorkerLoad } from "./worker-load.ts"

export interface ImbalanceSettings {
  /** The rules that may ask to act. */
  readonly rules: ReadonlyArray<ImbalanceRule>
  /** Gap of utilisation, 0–1, above which the thresholds' rule acts. */
  readonly imbalanceThreshold: number
  /** Gap of backlog, in seconds until done, from which the backlog's rule acts … */
  readonly backlogGap: number
  /** … where it is also this share of the longest backlog. */
  readonly backlogShare: number
  /** By how much more than `imbalanceThreshold` a forecast gap must be. */
  readonly forecastMargin: number
  /** Confidence above which a forecast is acted upon. */
  readonly minConfidence: number
  /** Health below which a worker takes no moved work. */
  readonly minHealth: number
}

export const imbalanceDefaults: ImbalanceSettings = {
  rules: ["thresholds", "backlog", "forecast"],
  imbalanceThreshold: 0.4,
  backlogGap: 2,
  backlogShare: 0.25,
  forecastMargin: 0.1,
  minConfidence: 0.7,
  minHealth: 0.5
}

export type ImbalanceRule = "thresholds" | "backlog" | "forecast"

export interface Imbalance {
  readonly act: boolean
  /** The rules that ask to act. */
  readonly rules: ReadonlyArray<ImbalanceRule>
  /** max − min utilisation of the active workers, 0–1: `imbalance_score`. */
  readonly utilisationGap: number
  /** Longest − shortest time until a backlog is done, in seconds. */
  readonly backlogGap: number
  /** The least gap of utilisation the forecasts allow; `undefined` where none can be relied upon. */
  readonly predictedGap: number | undefined
  /** Workers to take work from, the most loaded first. */
  readonly over: ReadonlyArray<WorkerId>
  /** Workers that could take it, the least loaded first. */
  readonly under: ReadonlyArray<WorkerId>
  readonly reasons: ReadonlyArray<string>
}

/**
 * Whether, and between which workers, to rebalance. Any of three rules is enough, of those that are asked:
 * - thresholds (G2): max utilisation > high, min < low, and the gap > `imbalanceThreshold`;
 * - backlog (X2): one worker will be done later than another by `backlogGap` seconds and by `backlogShare` of its time,
 *   whatever the thresholds; once acting, half of either keeps it acting;
 * - forecast (X4): the same as thresholds, but for what is to come, by a larger margin, at the near ends of the
 *   intervals, and only on forecasts that are confident and have beaten "no change".
 * Workers that take no work, and such whose figures cannot be used, are left out.
 */
export const findImbalance = (
  workers: ReadonlyArray<WorkerLoad>,
  thresholds: Thresholds,
  forecasts: ReadonlyMap<WorkerId, Forecast>,
  settings: ImbalanceSettings,
  previous?: Imbalance
): Imbalance => {
  const active = workers.filter((load) => isActive(load) && isMeasured(load))
  const open = active.filter((load) => closedBecause(load, settings.minHealth) === undefined)
  const byUse = [...active].sort((a, b) => b.utilisation - a.utilisation)
  const byDrain = [...active].sort((a, b) => drainSeconds(b) - drainSeconds(a))
  const [busiest, idlest] = [byUse[0], byUse[byUse.length - 1]]
  const [longest, shortest] = [byDrain[0], byDrain[byDrain.length - 1]]
  if (busiest === undefined || idlest === undefined || longest === undefined || shortest === undefined) {
    const reasons = ["no active worker has usable figures"]
    return {
      act: false,
      rules: [],
      utilisationGap: 0,
      backlogGap: 0,
      predictedGap: undefined,
      over: [],
      under: [],
      reasons
    }
  }

  const rules: Array<ImbalanceRule> = []
  const reasons: Array<string> = []
  const over = new Set<WorkerId>()
  const under = new Set<WorkerId>()

  const utilisationGap = busiest.utilisation - idlest.utilisation
  if (
    settings.rules.includes("thresholds") &&
    busiest.utilisation > thresholds.high &&
    idlest.utilisation < thresholds.low &&
    utilisationGap > settings.imbalanceThreshold
  ) {
    rules.push("thresholds")
    reasons.push(
      `utilisation of ${busiest.workerId} ${figure(busiest.utilisation)} > ${figure(thresholds.high)}, of ` +
        `${idlest.workerId} ${figure(idlest.utilisation)} < ${figure(thresholds.low)}, gap ${figure(utilisationGap)} > ` +
        figure(settings.imbalanceThreshold)
    )
    for (const { workerId, utilisation } of byUse) if (utilisation > thresholds.high) over.add(workerId)
    for (const { workerId, utilisation } of open) if (utilisation < thresholds.low) under.add(workerId)
  }

  const backlogGap = drainSeconds(longest) - drainSeconds(shortest)
  const ease = previous?.rules.includes("backlog") === true ? 0.5 : 1
  if (
    settings.rules.includes("backlog") &&
    backlogGap >= settings.backlogGap * ease &&
    backlogGap >= settings.backlogShare * ease * drainSeconds(longest) &&
    backlogGap > 0
  ) {
    rules.push("backlog")
    reasons.push(
      `${longest.workerId} needs ${figure(drainSeconds(longest))} s for its backlog, ${shortest.workerId} ` +
        `${figure(drainSeconds(shortest))} s`
    )
    const middle = (drainSeconds(longest) + drainSeconds(shortest)) / 2
    for (const load of byDrain) if (drainSeconds(load) > middle) over.add(load.workerId)
    for (const load of open) if (drainSeconds(load) < middle) under.add(load.workerId)
  }

  const predicted = active.map((load) => predict(load, forecasts.get(load.workerId), settings.minConfidence))
  const rising = highest(predicted, ({ value }) => value)
  const falling = highest(predicted, ({ value }) => -value)
  const proven = rising?.proven === true || falling?.proven === true
  const predictedGap = rising !== undefined && falling !== undefined && proven ? rising.low - falling.high : undefined
  const needed = settings.imbalanceThreshold + settings.forecastMargin
  if (
    settings.rules.includes("forecast") &&
    rising !== undefined &&
    falling !== undefined &&
    predictedGap !== undefined &&
    rising.value > thresholds.high &&
    falling.value < thresholds.low &&
    predictedGap > needed
  ) {
    rules.push("forecast")
    reasons.push(
      `${rising.workerId} is to reach ${figure(rising.value)} and ${falling.workerId} ${figure(falling.value)}: ` +
        `a gap of at least ${figure(predictedGap)} > ${figure(needed)}`
    )
    const openIds = new Set(open.map(({ workerId }) => workerId))
    for (const { workerId, value } of predicted) {
      if (value > thresholds.high) over.add(workerId)
      if (value < thresholds.low && openIds.has(workerId)) under.add(workerId)
    }
  }

  if (rules.length === 0) {
    reasons.push(`balanced: utilisation gap ${figure(utilisationGap)}, backlog gap ${figure(backlogGap)} s`)
  }
  return {
    act: rules.length > 0,
    rules,
    utilisationGap,
    backlogGap,
    predictedGap,
    over: byDrain.filter(({ workerId }) => over.has(workerId)).map(({ workerId }) => workerId),
    // Two rules may see one worker from both sides; what is loaded by either takes nothing.
    under: byDrain
      .filter(({ workerId }) => under.has(workerId) && !over.has(workerId))
      .map(({ workerId }) => workerId)
      .reverse(),
    reasons
  }
}

interface Expected {
  readonly workerId: WorkerId
  readonly value: number
  readonly low: number
  readonly high: number
  /** From a forecast that has earned it; otherwise the value is today's: "no change". */
  readonly proven: boolean
}

/** Whether the forecast has earned it to be acted upon: by its own record against "no change", and by its confidence. */
export const isReliable = (forecast: Forecast, minConfidence = imbalanceDefaults.minConfidence): boolean =>
  forecast.beatsNoChange && forecast.confidence > minConfidence

const predict = (
  { workerId, utilisation }: WorkerLoad,
  forecast: Forecast | undefined,
  minConfidence: number
): Expected =>
  forecast !== undefined && isReliable(forecast, minConfidence)
    ? { workerId, value: forecast.value, low: forecast.low, high: forecast.high, proven: true }
    : { workerId, value: utilisation, low: utilisation, high: utilisation, proven: false }

const highest = (all: ReadonlyArray<Expected>, by: (expected: Expected) => number): Expected | undefined =>
  all.reduce<Expected | undefined>((best, next) => (best === undefined || by(next) > by(best) ? next : best), undefined)

const figure = (value: number): string => value.toFixed(2)
