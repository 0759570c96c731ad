import { readCsv } from "./csv.ts"
import { filesOfFamily, hasColumns, type TraceFile } from "./trace-files.ts"

/** What was published for one mix of pods and one rule: a median over seeds. */
export interface OpenbResult {
  readonly mix: string
  /** As it is called there, such as `FGD`. */
  readonly rule: string
  /** GPUs asked for by all pods up to then, in percent of the cluster's. */
  readonly arrived: number
  /** In percent of all GPUs. */
  readonly unallocated: number
}

const holdsResults = (file: TraceFile): boolean =>
  hasColumns(file, "workload", "policy", "arrived_pct", "unalloc_gpu_pct_median")

/** The published results that lie beside the trace; none where there are none. Throws `TraceMalformed`. */
export const readOpenbResults = (folder: string): ReadonlyArray<OpenbResult> =>
  filesOfFamily(folder, "openb")
    .filter(holdsResults)
    .flatMap(({ path }) =>
      Array.from(readCsv(path).rows, (row) => ({
        mix: row.name("workload"),
        rule: row.name("policy"),
        arrived: row.number("arrived_pct"),
        unallocated: row.number("unalloc_gpu_pct_median")
      }))
    )
