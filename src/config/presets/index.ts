import { arbitrage } from "./arbitrage.ts"

/** Whole systems as data, to start from: options of a runtime, and of the tasks of each type. */
export const presets = { arbitrage } as const
