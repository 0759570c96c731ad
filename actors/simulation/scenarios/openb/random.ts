import type { PickStrategy } from "../../../../src/placement/index.ts"
import type { Chance } from "../../workload/index.ts"
import { shuffled } from "./arrivals.ts"

/** Any of the nodes that fit, and there any of the GPUs that have enough left, each as likely. */
export const random = (chance: Chance): PickStrategy => ({
  id: "openb-random",
  pick: (_task, candidates) => candidates[Math.floor(chance() * candidates.length)]?.spec.id ?? "",
  devices: ({ requirements: { demand } }, { devices }) =>
    demand.devices.flatMap(({ count, share }) => {
      const able = devices.flatMap((used, index) => (1_000 - used.share >= share ? [index] : []))
      return shuffled(able, chance).slice(0, count)
    })
})
