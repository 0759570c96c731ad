import type { PickStrategy } from "../../../../src/placement/index.ts"
import type { Chance } from "../../workload/index.ts"

/** Any of the nodes that fit, each as likely. */
export const random = (chance: Chance): PickStrategy => ({
  id: "openb-random",
  pick: (_task, candidates) => candidates[Math.floor(chance() * candidates.length)]?.spec.id ?? ""
})
