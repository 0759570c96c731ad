import type { Chance, SimulationDefinition } from "../../../../actors/simulation/index.ts"
import type { PickStrategy } from "../../../../src/placement/index.ts"

/** Twenty tasks for a fast worker and two slow ones. */
export default {
  seed: 40,
  workers: [
    { id: "fast", speed: 4, capacity: { concurrent: 3 } },
    { id: "slow", count: 2 }
  ],
  workload: {
    arrivals: { type: "poisson", perSecond: 250, tasks: 20 },
    kinds: [{ work: { type: "exponential", mean: 20 } }]
  },
  faults: [{ at: 50, type: "crash", worker: "slow-1" }]
} satisfies SimulationDefinition

let asked = 0

/** Remembers, in its module, how often it was asked. */
export const counting: PickStrategy = {
  id: "counting",
  pick(_, candidates) {
    asked += 1
    return candidates[asked % candidates.length]?.spec.id ?? ""
  }
}

export const randomly = (chance: Chance): PickStrategy => ({
  id: "randomly",
  pick: (_, candidates) => candidates[Math.floor(chance() * candidates.length)]?.spec.id ?? ""
})

export const lost: PickStrategy = { id: "lost", pick: () => "nowhere" }

export const none = {}
