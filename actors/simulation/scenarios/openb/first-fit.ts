import type { SeekStrategy } from "../../../../src/placement/index.ts"

/** The first node that fits, in the order of joining. */
export const firstFit = (): SeekStrategy => ({
  id: "openb-first-fit",
  seek: (_task, { workers }, filter) => workers.find((worker) => filter.fits(worker))
})
