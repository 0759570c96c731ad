import type { Transferable } from "node:worker_threads"

/** Parts of a payload that are moved to the worker's thread rather than copied. They can be moved once. */
export type Transfer = ReadonlyArray<Transferable>
