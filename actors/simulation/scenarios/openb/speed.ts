import type { Strategy } from "../../../../src/placement/index.ts"
import type { OpenbTrace } from "../../traces/index.ts"
import { openbSpecs, PackedCluster } from "./packing.ts"

/** Milliseconds of some steady clock: a real one, for how fast something is does not show in a simulated one. */
type Clock = () => number

/**
 * Decisions a second while the pods of one seed arrive: accept, filter, score, reserve and commit on the devices named, or
 * find that nobody fits. What is read from the trace is made ready before. A strategy is warmed up with `warmUp` pods on a
 * cluster of its own.
 */
export const decisionsPerSecond = (
  trace: OpenbTrace,
  make: () => Strategy,
  seed: string,
  { clock = () => performance.now(), warmUp = 2_000 }: { readonly clock?: Clock; readonly warmUp?: number } = {}
): number => {
  const specs = openbSpecs(trace, seed)
  const warm = new PackedCluster(trace, make())
  for (const spec of specs.slice(0, warmUp)) warm.place(spec)
  const cluster = new PackedCluster(trace, make())
  const start = clock()
  for (const spec of specs) cluster.place(spec)
  return (1_000 * specs.length) / (clock() - start)
}
