import { inTurn, type SourceFile } from "./source-files.ts"
import type { Speed } from "./speeds.ts"

/** One file as a task, in the terms of what it is to be done with. */
export interface PlannedTask {
  readonly type: "compress" | "compressLarge"
  readonly file: SourceFile
  readonly quality: number
  readonly passes: number
  /** Seconds on a thread that has a core to itself. */
  readonly expectedSeconds: number
}

export interface Plan {
  /** In the order of submission. */
  readonly tasks: ReadonlyArray<PlannedTask>
  /** How many of them, at the end, are the largest files. */
  readonly thorough: number
  readonly expectedSeconds: number
}

export interface PlanSettings {
  /** How long one pass over the input should take, in seconds. */
  readonly seconds: number
  /** Threads' worth of computing that there is. */
  readonly cores: number
  /** Tasks that run at once. */
  readonly slots: number
}

/** The share of all computing that goes to the largest files. */
const thoroughShare = 0.5
/** By how much the effort for one of them may exceed its part. */
const tolerance = 2.5
/** Seconds that a file takes however small it is: reading it, and its way to the thread and back. */
const perFile = 0.0015

interface Effort {
  readonly quality: number
  readonly passes: number
  readonly bytesPerSecond: number
}

/** Bytes that setting up a compressor is worth: what the smallest file takes at least. */
const leastBytes = 4_096

/** The most thorough quality that takes no more than `most` seconds, repeated until about `seconds` are spent. */
const effortFor = (bytes: number, seconds: number, most: number, speeds: ReadonlyArray<Speed>): Effort => {
  const chosen = speeds.find(({ bytesPerSecond }) => bytes / bytesPerSecond <= most) ?? speeds.at(-1)
  const { quality, bytesPerSecond } = chosen ?? { quality: 1, bytesPerSecond: 1e8 }
  return {
    quality,
    bytesPerSecond,
    passes: Math.max(1, Math.floor((seconds * bytesPerSecond) / Math.max(leastBytes, bytes)))
  }
}

/**
 * Turns files into tasks that together take about the time asked for: all files at one quality, each group in turn,
 * and at the end the largest ones, more thoroughly, the larger the later. That end is what tells schedulers apart:
 * whoever leaves a large file on a slow worker waits for it.
 */
export const planTasks = (
  files: ReadonlyArray<SourceFile>,
  speeds: ReadonlyArray<Speed>,
  { seconds, cores, slots }: PlanSettings
): Plan => {
  const budget = seconds * cores
  // One for each slot: so every worker begins some, the slow one too, since nobody knows yet how long they take.
  const thorough = Math.min(slots, Math.ceil(files.length / 2))
  const bySize = [...files].sort((a, b) => a.bytes - b.bytes || (a.name < b.name ? -1 : 1))
  const largest = bySize.slice(files.length - thorough)
  const others = bySize.slice(0, files.length - thorough)
  const part = (budget * thoroughShare) / thorough

  const planned = (
    type: PlannedTask["type"],
    file: SourceFile,
    { quality, passes, bytesPerSecond }: Effort
  ): PlannedTask => ({
    type,
    file,
    quality,
    passes,
    expectedSeconds: perFile + (passes * file.bytes) / bytesPerSecond
  })
  const bytes = others.reduce((sum, file) => sum + file.bytes, 0)
  const rest = budget * (1 - thoroughShare)
  const common = effortFor(bytes, rest, rest, speeds)
  // A folder of few files is not worked on for ever: none of them takes longer than one of the largest.
  const largestOther = Math.max(leastBytes, others.at(-1)?.bytes ?? 0)
  const most = Math.max(1, Math.floor((part * common.bytesPerSecond) / largestOther))
  const effort = { ...common, passes: Math.min(common.passes, most) }

  const tasks = [
    ...inTurn(others.toSorted((a, b) => (a.name < b.name ? -1 : 1))).map((file) => planned("compress", file, effort)),
    ...largest
      .map((file) => planned("compressLarge", file, effortFor(file.bytes, part, part * tolerance, speeds)))
      .sort((a, b) => a.expectedSeconds - b.expectedSeconds)
  ]
  const work = tasks.reduce((sum, { expectedSeconds }) => sum + expectedSeconds, 0)
  return { tasks, thorough, expectedSeconds: work / cores }
}
