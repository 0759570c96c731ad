/** A case in which a property did not hold, as it is kept in `seeds/` and replayed. */
export interface Failure {
  readonly property: string
  readonly seed: number
  /** fast-check's path to the shrunk case. */
  readonly path: string
  /** The case itself, as plain data: it outlives changes of the generators. */
  readonly counterexample: unknown
  readonly message: string
}

/** How often the runs came across a hard case, and how often they must for the property to mean something. */
export interface Reach {
  readonly what: string
  /** Share of runs, 0–1. */
  readonly share: number
  readonly floor: number
}

export interface PropertyReport {
  readonly property: string
  /** Runs made; fewer than asked for where one failed. */
  readonly runs: number
  readonly seed: number
  /** Median number of commands a run executed, and the least it may be. */
  readonly medianCommands: number
  readonly medianFloor: number
  readonly reached: ReadonlyArray<Reach>
  readonly failure?: Failure
}

/** Something that always holds, checked on generated cases. Register it in `index.ts`. */
export interface Property {
  readonly name: string
  /** What holds, in one sentence. */
  readonly promise: string
  readonly run: (runs: number, seed: number) => PropertyReport | Promise<PropertyReport>
  /** Runs a kept case again: what does not hold, or `undefined` where all is well. */
  readonly replay: (failure: Failure) => string | undefined | Promise<string | undefined>
}

/** Why a report proves too little, though nothing failed: hard cases too rare, runs too short. */
export const shortfalls = ({ medianCommands, medianFloor, reached }: PropertyReport): ReadonlyArray<string> => {
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`
  const short = medianCommands < medianFloor ? [`median of ${medianCommands} commands, at least ${medianFloor}`] : []
  const rare = reached
    .filter(({ share, floor }) => share < floor)
    .map(({ what, share, floor }) => `${what} in ${percent(share)} of runs, at least ${percent(floor)}`)
  return [...short, ...rare]
}

export const median = (numbers: ReadonlyArray<number>): number => {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
