import type { Millis } from "../../../src/model/index.ts"
import type { RecordedTask } from "../workload/index.ts"
import { type CsvRow, readCsv } from "./csv.ts"
import { fileCalled, filesOfFamily, hasColumns, type TraceFile } from "./trace-files.ts"

/** A batch job. */
export interface SwfJob {
  readonly id: number
  /** From the start of the log. */
  readonly submitAt: Millis
  readonly run: Millis
  readonly procs: number
  /** How long its user said it would take at most. */
  readonly estimate?: Millis
  readonly user?: number
}

/** A log in the Standard Workload Format (Parallel Workloads Archive), as CSV. */
export interface SwfLog {
  readonly log: string
  /** Of the machine; where that is not stated, the most any job has asked for. */
  readonly procs: number
  /** In the order of submission. */
  readonly jobs: ReadonlyArray<SwfJob>
  /** Rows left out: without run time or processors there is nothing to schedule. */
  readonly dropped: number
}

const second: Millis = 1_000
/** Some logs hold estimates of decades: what exceeds a year is none. */
const longestEstimate: Millis = 365 * 86_400_000

const holdsJobs = (file: TraceFile): boolean => hasColumns(file, "job_id", "submit_s", "run_s")
const holdsMachines = (file: TraceFile): boolean => hasColumns(file, "log", "procs")

/** The logs there are. */
export const swfLogs = (folder: string): ReadonlyArray<string> =>
  filesOfFamily(folder, "swf")
    .filter(holdsJobs)
    .map(({ stem }) => stem)

/** The format writes what is not known as -1. */
const known = (row: CsvRow, column: string): number | undefined => {
  const value = row.optional(column)
  return value === undefined || value < 0 ? undefined : value
}

const toJob = (row: CsvRow): SwfJob | undefined => {
  const run = known(row, "run_s") ?? 0
  const procs = Math.max(known(row, "procs_alloc") ?? 0, known(row, "procs_req") ?? 0)
  if (run === 0 || procs === 0) return undefined
  const estimate = (known(row, "time_req_s") ?? Number.POSITIVE_INFINITY) * second
  const user = known(row, "user")
  return {
    id: row.number("job_id"),
    submitAt: row.number("submit_s") * second,
    run: run * second,
    procs,
    ...(estimate <= longestEstimate && { estimate }),
    ...(user !== undefined && { user })
  }
}

const procsOf = (files: ReadonlyArray<TraceFile>, log: string): number | undefined => {
  for (const { path } of files.filter(holdsMachines)) {
    for (const row of readCsv(path).rows) if (row.text("log") === log) return row.count("procs")
  }
  return undefined
}

/** Reads one log, such as `lublin_256`. Throws `TraceMissing` and `TraceMalformed`. */
export const readSwf = (folder: string, log: string): SwfLog => {
  const files = filesOfFamily(folder, "swf")
  const { path, stem } = fileCalled(files.filter(holdsJobs), log, "swf", folder)
  const jobs: Array<SwfJob> = []
  let dropped = 0
  for (const row of readCsv(path).rows) {
    const job = toJob(row)
    if (job === undefined) dropped += 1
    else jobs.push(job)
  }
  jobs.sort((a, b) => a.submitAt - b.submitAt)
  const most = jobs.reduce((procs, job) => Math.max(procs, job.procs), 0)
  return { log: stem, procs: procsOf(files, stem) ?? most, jobs, dropped }
}

/** What the scheduler is told of a job's duration: its user's estimate, its run time as it will be, or nothing. */
export type SwfKnowledge = "estimate" | "exact" | "none"

/** The jobs as tasks of as many cores as the job has processors. Estimates that are missing are the run time itself. */
export const swfTasks = ({ jobs }: SwfLog, knowledge: SwfKnowledge = "estimate"): ReadonlyArray<RecordedTask> =>
  jobs.map(({ submitAt, run, procs, estimate = run, user }) => ({
    at: submitAt,
    work: run,
    options: {
      requires: { cpu: procs },
      ...(knowledge !== "none" && { expectedDuration: knowledge === "exact" ? run : estimate }),
      ...(user !== undefined && { tenant: String(user) })
    }
  }))
