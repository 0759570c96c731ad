import { hasAzureFunctions } from "./azure-functions.ts"
import { openbMixes } from "./openb.ts"
import { planetlabDays } from "./planetlab.ts"
import { swfLogs } from "./swf.ts"
import { hasTestDurations } from "./test-durations.ts"
import type { Family } from "./trace-files.ts"

/** A trace that can be read, by the name its reader takes. */
export interface TraceName {
  readonly family: Family
  /** Absent where the family is read as a whole. */
  readonly name?: string
}

/** What there is in a folder, as from `traceFolder()`. */
export const listTraces = (folder: string): ReadonlyArray<TraceName> => [
  ...openbMixes(folder).map((name) => ({ family: "openb", name }) as const),
  ...swfLogs(folder).map((name) => ({ family: "swf", name }) as const),
  ...planetlabDays(folder).map((name) => ({ family: "planetlab", name }) as const),
  ...(hasAzureFunctions(folder) ? [{ family: "azure-functions" } as const] : []),
  ...(hasTestDurations(folder) ? [{ family: "test-durations" } as const] : [])
]
