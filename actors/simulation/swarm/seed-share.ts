import type { SwarmMode } from "./action.ts"
import { checkSeed } from "./check-seed.ts"
import type { SwarmCase } from "./swarm-case.ts"
import type { SwarmRunOptions } from "./swarm-run.ts"

/** The seeds of one of those who share them: `from`, `from + step` … below `end`. */
export interface SeedShare {
  readonly mode: SwarmMode
  readonly from: number
  readonly step: number
  readonly end: number
}

/** What came of a seed. */
export interface SeedResult {
  readonly seed: number
  readonly message: string | undefined
  readonly commands: number
  readonly reached: ReadonlyArray<SwarmCase>
}

/** Runs the scenarios of a share one after the other. */
export async function* runShare(share: SeedShare, options: SwarmRunOptions = {}): AsyncGenerator<SeedResult> {
  const { mode, from, step, end } = share
  for (let seed = from; seed < end; seed += step) {
    const { message, commands, reached } = await checkSeed(mode, seed, options)
    yield { seed, message, commands, reached }
  }
}
