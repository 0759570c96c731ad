import { mkdirSync } from "node:fs"
import { join } from "node:path"
import type { Millis } from "../../model/index.ts"
import { JournalTooNew } from "./errors.ts"
import { type JournalFiles, nodeFiles } from "./files.ts"
import { format } from "./format.ts"
import { Journal, type JournalProblem } from "./journal.ts"
import { type Loaded, load, removeDrafts, removeObsolete, type SetAside, TooNew } from "./load.ts"
import type { TaskImage } from "./task-images.ts"

/**
 * What a run's epochs begin above those that are known of earlier ones. A run that was killed had placed tasks whose
 * events were not durable yet; it cannot have placed this many within one write. Epochs are safe integers, 2⁵³: enough
 * for 2²³ runs, eight million restarts.
 */
export const epochsPerRun = 2 ** 30

export const journalDefaults = {
  segmentBytes: 8 * 1024 * 1024,
  retryDelay: (failures: number): Millis => Math.min(1_000, 10 * 2 ** Math.min(failures, 10))
} as const

export interface OpenJournalOptions {
  /** A folder of the journal's own, made where it is missing. Nobody else may use it meanwhile. */
  readonly directory: string
  /** Wall clock minus the monotonic clock of the events that will be appended, in milliseconds. */
  readonly skew: number
  /** Ended tasks that are remembered. */
  readonly retain: number
  readonly onProblem?: (problem: JournalProblem) => void
  readonly onResumed?: (failures: number) => void
  /** Bytes from which a file of the journal is closed and the next one begun. Default 8 MiB. */
  readonly segmentBytes?: number
  readonly retryDelay?: (failures: number) => Millis
  /** Default: those of this machine. */
  readonly files?: JournalFiles
}

/** What earlier runs have left. */
export interface Recovered {
  /** Tasks that have not ended, in the order of acceptance. Times are on the clock of the new run. */
  readonly unfinished: ReadonlyArray<TaskImage>
  /** Tasks that are remembered, in the order of their ends. */
  readonly ended: ReadonlyArray<TaskImage>
  /** The latest event that was kept. */
  readonly seq: number
  /** From where the new run counts epochs. */
  readonly epoch: number
  /** The number of the new run. */
  readonly run: number
  readonly setAside: ReadonlyArray<SetAside>
  /** Bytes of a last write that was cut off: nobody had been told of what was in it. */
  readonly cut: number
  /** How long it took, in milliseconds. */
  readonly took: Millis
}

/**
 * Reads what earlier runs have left in the directory, and begins a new run. Damaged files are set aside and told of;
 * they never keep it from opening. Rejects with `JournalTooNew`, or with what the file system says where the directory
 * cannot be read.
 */
export const openJournal = async (
  options: OpenJournalOptions
): Promise<{ readonly journal: Journal; readonly recovered: Recovered }> => {
  const { directory, skew, retain, files = nodeFiles } = options
  const { onProblem = () => {}, onResumed = () => {} } = options
  const begin = performance.now()
  mkdirSync(directory, { recursive: true })
  removeDrafts(directory)
  const loaded = loadOrRefuse(directory, retain)
  removeObsolete(directory, loaded.snapshot?.number)
  const { images, segments, snapshot, setAside, cut } = loaded
  const run = loaded.run + 1
  const epoch = loaded.run === 0 ? 0 : loaded.epoch + epochsPerRun
  const { segmentBytes = journalDefaults.segmentBytes, retryDelay = journalDefaults.retryDelay } = options
  const journal = new Journal(
    { directory, files, skew, retain, segmentBytes, retryDelay, onProblem, onResumed },
    {
      run,
      seq: images.seq,
      epoch,
      nextSegment: Math.max(segments.at(-1)?.number ?? 0, snapshot?.number ?? 0) + 1,
      closedBytes: segments.reduce((sum, { bytes }) => sum + bytes, 0),
      snapshotBytes: snapshot?.bytes ?? 0
    }
  )
  await journal.begin()
  const now = (image: TaskImage): TaskImage => shifted(image, -skew)
  return {
    journal,
    recovered: {
      unfinished: images.live.map(now),
      ended: images.ended.map(now),
      seq: images.seq,
      epoch,
      run,
      setAside,
      cut,
      took: performance.now() - begin
    }
  }
}

const loadOrRefuse = (directory: string, retain: number): Loaded => {
  try {
    return load({ directory, retain, wallClock: Date.now() })
  } catch (cause) {
    if (!(cause instanceof TooNew)) throw cause
    const supported = `format ${format} and the data format of Node.js ${process.versions.node}`
    throw new JournalTooNew({ file: join(directory, cause.file), found: cause.found, supported })
  }
}

const later = (at: Millis | undefined, by: Millis): Millis | undefined => (at === undefined ? undefined : at + by)

/** The same task with each of its times moved. */
const shifted = (image: TaskImage, by: Millis): TaskImage => {
  const { spec, crashes, outcome } = image
  const moved = crashes.map((crash) => ({ ...crash, at: crash.at + by }))
  return {
    ...image,
    spec: spec.deadline === undefined ? spec : { ...spec, deadline: spec.deadline + by },
    acceptedAt: image.acceptedAt + by,
    crashes: moved,
    notBefore: later(image.notBefore, by),
    outcome: outcome?._tag === "quarantined" ? { ...outcome, crashes: moved } : outcome,
    endedAt: later(image.endedAt, by)
  }
}
