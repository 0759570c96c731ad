import type { WorkerRecord } from "../../../ledger/index.ts"
import type { PlacementView } from "../../view.ts"

/** What predicted load weighs in a score, as a share of the whole (S1). */
export const predictedLoadWeight = 0.2

/** What load the worker is heading for, 0–1: as forecast; where nothing can be relied on, what it is now. */
export const loadAhead = ({ spec, slots, limit }: WorkerRecord, { forecast }: PlacementView): number => {
  const load = forecast?.of(spec.id)
  const known = load === undefined || Number.isNaN(load) ? slots / limit : load
  return Math.min(1, Math.max(0, known))
}
