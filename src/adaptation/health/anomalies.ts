import type { Millis, WorkerId } from "../../model/index.ts"

/** Something of a worker is not as it usually is, or as it is elsewhere, with the figures that show it (E4). */
export interface Anomaly {
  readonly workerId: WorkerId
  readonly signal: string
  readonly figure: number
  readonly expected: number
  /** How far beyond: standard deviations for what is measured again and again, otherwise times the bound. */
  readonly deviation: number
  readonly message: string
}

export interface AnomalySettings {
  /** Time between two reports of one signal of one worker, unless it has become twice as bad. Default 60 s. */
  readonly pause: Millis
  /** Reports in a minute, over all workers; those beyond are counted. Default 30. */
  readonly perMinute: number
}

export const anomalyDefaults: AnomalySettings = { pause: 60_000, perMinute: 30 }

interface Told {
  readonly at: Millis
  readonly deviation: number
}

/** Which anomalies are worth telling: each once in a while, and all together no flood. */
export class AnomalyLog {
  readonly #settings: AnomalySettings
  readonly #told = new Map<WorkerId, Map<string, Told>>()
  #minute = Number.NEGATIVE_INFINITY
  #inMinute = 0
  #suppressed = 0

  constructor(settings: Partial<AnomalySettings> = {}) {
    this.#settings = { ...anomalyDefaults, ...settings }
  }

  /** Whether it is to be told; how many were not, since the last that was, because there were too many. */
  note({ workerId, signal, deviation }: Anomaly, now: Millis): { readonly suppressed: number } | undefined {
    const ofWorker = this.#told.get(workerId) ?? new Map<string, Told>()
    const last = ofWorker.get(signal)
    if (last !== undefined && now - last.at < this.#settings.pause && !(deviation >= 2 * last.deviation))
      return undefined
    if (now - this.#minute >= 60_000) {
      this.#minute = now
      this.#inMinute = 0
    }
    if (this.#inMinute >= this.#settings.perMinute) {
      this.#suppressed += 1
      return undefined
    }
    this.#inMinute += 1
    ofWorker.set(signal, { at: now, deviation })
    this.#told.set(workerId, ofWorker)
    const suppressed = this.#suppressed
    this.#suppressed = 0
    return { suppressed }
  }

  forget(workerId: WorkerId): void {
    this.#told.delete(workerId)
  }
}

/** Measures after which what is usual of a figure is known. */
const known = 8
const gain = 0.05
/** Standard deviations from which on a figure is unusual. */
const unusual = 4

/** One figure of one worker that is measured again and again, against its own history. */
export class UsualFigure {
  #mean = 0
  #variance = 0
  #seen = 0

  /**
   * Standard deviations that the figure lies above what is usual, where that is unusual; it is learned from then. Not finite
   * and negative figures count for nothing.
   *
   * @param spread what it always varies by
   */
  note(
    figure: number | undefined,
    spread: number
  ): { readonly expected: number; readonly deviation: number } | undefined {
    if (figure === undefined || !(figure >= 0 && figure < Number.POSITIVE_INFINITY)) return undefined
    const expected = this.#mean
    const sigma = Math.max(spread, Math.sqrt(this.#variance))
    const deviation = (figure - expected) / sigma
    const isKnown = this.#seen >= known
    this.#seen += 1
    const weight = Math.max(gain, 1 / this.#seen)
    // One that is far off moves what is usual no further than one that is just unusual.
    const step = isKnown ? Math.max(-unusual, Math.min(unusual, deviation)) * sigma : figure - expected
    this.#mean += step * weight
    this.#variance += (step * step - this.#variance) * weight
    return isKnown && deviation > unusual ? { expected, deviation } : undefined
  }
}
