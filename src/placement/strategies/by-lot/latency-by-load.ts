import type { Millis } from "../../../model/index.ts"

/** Runs kept for each band of load. */
const kept = 9
/** Bands: 0, 1, 2–3, 4–7 … tasks beside. */
const bands = 12

const bandOf = (beside: number): number => Math.min(bands - 1, Math.floor(Math.log2(Math.max(0, beside) + 1)))

const medianOf = (times: ReadonlyArray<Millis>): Millis => {
  const sorted = times.toSorted((a, b) => a - b)
  return sorted[(sorted.length - 1) >> 1] ?? 0
}

interface Band {
  readonly times: Array<Millis>
  next: number
  median: Millis
}

/** How long the latest runs of one worker took: a median for each band of how many tasks ran beside them as they began. */
export class LatencyByLoad {
  readonly #bands: Array<Band | undefined> = []

  add(ms: Millis, beside: number): void {
    const index = bandOf(beside)
    let band = this.#bands[index]
    if (band === undefined) {
      band = { times: [], next: 0, median: ms }
      this.#bands[index] = band
    }
    band.times[band.next] = ms
    band.next = (band.next + 1) % kept
    band.median = medianOf(band.times)
  }

  /** For a run that would begin beside so many: of the nearest band of which something is known, the less loaded of two. */
  at(beside: number): Millis | undefined {
    const index = bandOf(beside)
    for (let distance = 0; distance < bands; distance += 1) {
      const near = this.#bands[index - distance] ?? this.#bands[index + distance]
      if (near !== undefined) return near.median
    }
    return undefined
  }
}
