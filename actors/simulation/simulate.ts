import type { SimulationDefinition } from "./definition.ts"
import type { Outcome } from "./outcome.ts"
import { Play } from "./play.ts"

/**
 * Runs a world in virtual time, the real runtime in it, and says what came of it. The same definition and seed give the
 * same outcome and the same events, to the byte.
 *
 * ```ts
 * const { sojourn, ends } = await simulate({
 *   workers: [{ id: "fast", speed: 4 }, { count: 3 }],
 *   workload: {
 *     arrivals: { type: "poisson", perSecond: 40, tasks: 1_000 },
 *     kinds: [{ work: { type: "lognormal", mean: 100, sigma: 1 } }]
 *   },
 *   faults: [{ at: 5_000, type: "crash", worker: "fast" }]
 * })
 * ```
 *
 * @throws InvalidOptions all that is wrong with the definition, path and hint each
 */
export const simulate = async (definition: SimulationDefinition): Promise<Outcome> => {
  const play = await Play.open(definition)
  try {
    await play.run()
    return play.outcome
  } finally {
    await play.close()
  }
}
