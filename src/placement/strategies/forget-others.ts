import type { WorkerId } from "../../model/index.ts"

/** So many more than there are workers may be kept: it is not worth a look at all of them at each end of a run. */
const spare = 16

/** Drops what is kept of workers that have left, once that is more than half of it. */
export const forgetOthers = (
  kept: Map<WorkerId, unknown>,
  workers: ReadonlyArray<{ readonly spec: { readonly id: WorkerId } }>
): void => {
  if (kept.size <= 2 * workers.length + spare) return
  const present = new Set(workers.map(({ spec }) => spec.id))
  for (const id of kept.keys()) if (!present.has(id)) kept.delete(id)
}
