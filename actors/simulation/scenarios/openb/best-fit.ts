import type { ScoreStrategy } from "../../../../src/placement/index.ts"

/** What the largest node has, in thousandths of a core and of a GPU. */
const mostCpu = 128_000
const mostGpu = 8_000

/**
 * The node that has least left of cores and GPUs once the task is there: 0.5 × cores left ÷ 128 + 0.5 × GPUs left ÷ 8,
 * as whole points of a hundred, so that much is level. Source: the published experiments (Weng et al., USENIX ATC '23).
 */
export const bestFit = (): ScoreStrategy => ({
  id: "openb-best-fit",
  score: ({ requirements: { demand } }, { spec, used, devices }) => {
    const cpuLeft = spec.limits.resources.cpu - used.cpu - demand.resources.cpu
    let gpuLeft = 0
    for (const { share } of devices) gpuLeft += 1_000 - share
    for (const { count, share } of demand.devices) gpuLeft -= count * share
    return Math.floor(100 * (1 - (0.5 * cpuLeft) / mostCpu - (0.5 * gpuLeft) / mostGpu))
  }
})
