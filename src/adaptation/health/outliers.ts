import type { WorkerId } from "../../model/index.ts"
import type { Outcomes } from "./run-outcomes.ts"
import type { Slowness } from "./service-times.ts"

export interface OutlierSettings {
  /** Failures in a row, of a type that succeeds elsewhere, from which on a worker is one. Default 5. */
  readonly consecutiveFailures: number
  /** Standard deviations of the workers' success rates that it lies below their mean. Default 1.9. */
  readonly deviations: number
  /** Workers with enough runs that rates are compared of at least. Default 5. */
  readonly workers: number
  /** Runs of late from which on a worker's rate counts. Default 100. */
  readonly runs: number
  /** Share of its runs that fails, from which on it is one, however the others do; `false`: never. Default `false`. */
  readonly failureShare: number | false
  /** How many times as long as usual its runs take at least, the others' being taken out; `false`: never. Default 3. */
  readonly slow: number | false
}

export const outlierDefaults: OutlierSettings = {
  consecutiveFailures: 5,
  deviations: 1.9,
  workers: 5,
  runs: 100,
  failureShare: false,
  slow: 3
}

/** What is seen of a worker; missing and not finite figures count for nothing. */
export interface OutlierSignals {
  readonly workerId: WorkerId
  readonly outcomes: Outcomes
  readonly slowness: Slowness | undefined
}

export interface Outlier {
  readonly workerId: WorkerId
  readonly signal: "consecutiveFailures" | "successRate" | "failureShare" | "serviceTime"
  readonly figure: number
  /** What it is on the others, or usually. */
  readonly expected: number
  /** How far it lies beyond the bound: 1 lies at it. The greater the worse. */
  readonly severity: number
  readonly message: string
}

/** A row of failures that one in so many would be by chance (− ln of that) counts: there are many rows. */
const surprising = Math.log(1_000_000)
/** A rate has to lie below what chance alone makes of the others' by so many standard deviations, and by so large a share. */
const significant = 4
const leastExcess = 0.05

const percent = (share: number): string => `${Math.round(share * 100)} %`

/**
 * Who does markedly worse than the others at the same work (2.9). Each worker once, by what it is worst in.
 *
 * Envoy's rules, corrected where they condemn by chance: a row of failures counts only where it is improbable on any other
 * worker; a success rate must also lie below what chance makes of theirs; whoever is slower than usual is so only if the
 * others are not.
 */
export const findOutliers = (
  workers: ReadonlyArray<OutlierSignals>,
  settings: OutlierSettings
): ReadonlyArray<Outlier> => {
  const byRate = belowTheMean(workers, settings)
  return workers.flatMap((worker) => {
    const found = [
      inARow(worker, settings),
      byRate.get(worker.workerId),
      failing(worker, settings),
      slower(worker, workers, settings)
    ].filter((outlier) => outlier !== undefined && Number.isFinite(outlier.severity))
    const worst = found.reduce<Outlier | undefined>(
      (most, each) => (each !== undefined && each.severity > (most?.severity ?? 0) ? each : most),
      undefined
    )
    return worst === undefined ? [] : [worst]
  })
}

const inARow = (
  { workerId, outcomes: { streak, surprise } }: OutlierSignals,
  { consecutiveFailures }: OutlierSettings
): Outlier | undefined => {
  if (!(streak >= consecutiveFailures) || !(surprise >= surprising)) return undefined
  const message = `${streak} runs in a row failed, of a type that succeeds elsewhere (one in ${Math.round(Math.exp(Math.min(surprise, 20)))} by chance)`
  const severity = streak / consecutiveFailures
  return { workerId, signal: "consecutiveFailures", figure: streak, expected: 0, severity, message }
}

/** Success beside the others at the same types: 1 is as they do. */
const relativeRate = ({ runs, failures, expected }: Outcomes): number => 1 - Math.max(0, failures - expected) / runs

const belowTheMean = (
  workers: ReadonlyArray<OutlierSignals>,
  settings: OutlierSettings
): ReadonlyMap<WorkerId, Outlier> => {
  const found = new Map<WorkerId, Outlier>()
  const judged = workers.filter(
    ({ outcomes }) => outcomes.runs >= settings.runs && Number.isFinite(relativeRate(outcomes))
  )
  if (judged.length < settings.workers) return found
  const rates = judged.map(({ outcomes }) => relativeRate(outcomes))
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length
  const deviation = Math.sqrt(rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / rates.length)
  const bound = mean - settings.deviations * deviation
  for (const [index, { workerId, outcomes }] of judged.entries()) {
    const rate = rates[index] ?? 1
    if (!(rate < bound)) continue
    const { runs, failures, expected, variance } = outcomes
    const excess = failures - expected
    if (!(excess / runs > leastExcess) || !(excess > significant * Math.sqrt(variance))) continue
    const message = `${percent(1 - failures / runs)} of its latest runs succeeded, ${percent(1 - expected / runs)} of the same elsewhere`
    const figure = 1 - failures / runs
    const severity = 1 + (bound - rate) / Math.max(0.01, deviation)
    found.set(workerId, { workerId, signal: "successRate", figure, expected: 1 - expected / runs, severity, message })
  }
  return found
}

const failing = (
  { workerId, outcomes: { runs, failures, expected } }: OutlierSignals,
  { failureShare, runs: enough }: OutlierSettings
): Outlier | undefined => {
  if (failureShare === false || !(runs >= enough)) return undefined
  const share = failures / runs
  // Where the others fail as well it is the tasks that fail.
  if (!(share >= failureShare) || !(share - expected / runs > leastExcess)) return undefined
  const message = `${percent(share)} of its latest runs failed, ${percent(expected / runs)} of the same elsewhere`
  const severity = 1 + (share - failureShare)
  return { workerId, signal: "failureShare", figure: share, expected: expected / runs, severity, message }
}

const slower = (
  { workerId, slowness }: OutlierSignals,
  workers: ReadonlyArray<OutlierSignals>,
  { slow }: OutlierSettings
): Outlier | undefined => {
  // First what costs least: hardly ever is there more to do.
  if (slow === false || slowness === undefined || !(slowness.least >= slow)) return undefined
  const elsewhere = slownessElsewhere(workerId, workers)
  // With nobody to compare with, it may be the tasks that are larger.
  if (elsewhere === undefined) return undefined
  if (!(slowness.least / elsewhere >= slow)) return undefined
  // One that was faster than all others for a time is not slow when it is as they are.
  if (!(slowness.beside / elsewhere >= Math.sqrt(slow))) return undefined
  const message = `its latest runs took ${slowness.factor.toFixed(1)} times as long as usual there, elsewhere ${elsewhere.toFixed(1)} times`
  const severity = slowness.least / elsewhere / slow
  return { workerId, signal: "serviceTime", figure: slowness.factor, expected: elsewhere, severity, message }
}

/** How many times as long as usual runs take on the others, at least 1; `undefined`: there is nobody to compare with. */
const slownessElsewhere = (workerId: WorkerId, workers: ReadonlyArray<OutlierSignals>): number | undefined => {
  const others = workers.flatMap((other) =>
    other.workerId === workerId || other.slowness === undefined || !Number.isFinite(other.slowness.factor)
      ? []
      : [other.slowness.factor]
  )
  return others.length === 0 ? undefined : Math.max(1, medianOf(others))
}

/** By what factor at least the worker has become slow, the others' being taken out; `undefined` where it has not. */
export const slownessBeside = (
  { workerId, slowness }: OutlierSignals,
  workers: ReadonlyArray<OutlierSignals>
): number | undefined => {
  const least = slowness?.least
  if (least === undefined || !(least > 1)) return undefined
  const elsewhere = slownessElsewhere(workerId, workers)
  return elsewhere === undefined ? undefined : Math.max(1, least / elsewhere)
}

const medianOf = (figures: ReadonlyArray<number>): number => {
  const sorted = figures.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  const upper = sorted[half] ?? 1
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? upper) + upper) / 2
}
