import type { WorkerRecord } from "../../../ledger/index.ts"
import type { PlacementView } from "../../view.ts"

/** A speed no division trips over. */
const least = 1e-9

const usable = (speed: number): number => (speed > least && speed < Number.POSITIVE_INFINITY ? speed : least)

/** How fast one slot of the worker is, for tasks of this type where it is given: as learned, otherwise as declared. */
export const speedOn = ({ spec }: WorkerRecord, { times }: PlacementView, type?: string): number =>
  usable(times === undefined ? spec.weight : times.speedOf(spec.id, type))
