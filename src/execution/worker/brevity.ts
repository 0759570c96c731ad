/** Milliseconds below which a run holds its thread only briefly. */
const brief = 0.05

/** Of the longest time remembered of a type, what is left at each later run. */
const fading = 0.99

/** Which types of runs have lately held the thread only briefly: before the others, reports must leave. */
export class Brevity {
  readonly #longest = new Map<string, number>()

  /** A run of the type has held the thread for so long, in milliseconds. */
  held(type: string, ms: number): void {
    this.#longest.set(type, Math.max(ms, (this.#longest.get(type) ?? 0) * fading))
  }

  /** `false` also where none was seen. */
  isBrief(type: string): boolean {
    return (this.#longest.get(type) ?? Number.POSITIVE_INFINITY) < brief
  }
}
