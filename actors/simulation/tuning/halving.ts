import { combined, keyOf, simpler } from "./candidates.ts"
import type { Contest, Standing } from "./contest.ts"
import type { Patch } from "./settings-patch.ts"

export interface HalvingSettings {
  /** Stretches of the first round; each further one has so many times as many, until there are no more. */
  readonly first: number
  readonly growth: number
  /** Of each round the share that goes on. */
  readonly kept: number
  /** What a simpler candidate may be worse by, as a share of the figure. */
  readonly forgiven: number
}

export const halvingDefaults: HalvingSettings = { first: 2, growth: 2, kept: 1 / 3, forgiven: 0.005 }

/**
 * Successive halving (Jamieson and Talwalkar 2016): all candidates on a few stretches, the best of them on more, until few
 * are left on all. After the first round the best settings are put together, too; of the winner, whatever does not earn its
 * place is left out. Gives those of the last round, the best first.
 *
 * @param stretches places, in the order in which they are used
 */
export const halve = async (
  contest: Contest,
  candidates: ReadonlyArray<Patch>,
  stretches: ReadonlyArray<number>,
  settings: HalvingSettings = halvingDefaults
): Promise<ReadonlyArray<Standing>> => {
  const { first, growth, kept } = settings
  let size = Math.min(first, stretches.length)
  let standings = await contest.rank(candidates, stretches.slice(0, size))
  while (size < stretches.length) {
    const going = standings.slice(0, Math.max(3, Math.ceil(standings.length * kept))).map(({ patch }) => patch)
    const better = standings.filter(({ score }) => score < 0).map(({ patch }) => patch)
    const joined = size === first ? combined(better) : []
    const next = new Map([...going, ...joined].map((patch) => [keyOf(patch), patch]))
    size = Math.min(stretches.length, size * growth)
    standings = await contest.rank([...next.values()], stretches.slice(0, size))
  }
  const [winner] = standings
  if (winner === undefined) return []
  const pruned = await prune(contest, winner, stretches, settings)
  return pruned === winner ? standings : [pruned, ...standings]
}

/** The same with as few settings as do as well. */
const prune = async (
  contest: Contest,
  winner: Standing,
  stretches: ReadonlyArray<number>,
  settings: HalvingSettings
): Promise<Standing> => {
  const [best] = await contest.rank(simpler(winner.patch), stretches)
  if (best === undefined || best.score > winner.score + settings.forgiven) return winner
  return prune(contest, best, stretches, settings)
}
