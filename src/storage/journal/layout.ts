import { join } from "node:path"

/** The files of a journal's directory. Numbers rise; a snapshot stands for all segments up to its number. */
export interface Layout {
  readonly segments: ReadonlyArray<number>
  readonly snapshots: ReadonlyArray<number>
  /** Left behind by a process that was killed: never complete. */
  readonly drafts: ReadonlyArray<string>
}

const padded = (number: number): string => String(number).padStart(10, "0")

export const segmentName = (number: number): string => `journal-${padded(number)}.log`
export const snapshotName = (number: number): string => `snapshot-${padded(number)}.snap`
/** A file that is being written under another name, until it is complete. */
export const draftOf = (path: string): string => `${path}.tmp`
export const segmentPath = (directory: string, number: number): string => join(directory, segmentName(number))
export const snapshotPath = (directory: string, number: number): string => join(directory, snapshotName(number))

const numbersIn = (names: ReadonlyArray<string>, pattern: RegExp): ReadonlyArray<number> =>
  names
    .flatMap((name) => {
      const digits = pattern.exec(name)?.[1]
      return digits === undefined ? [] : [Number(digits)]
    })
    .sort((a, b) => a - b)

/** What is there, the oldest first. Anything else in the directory is left alone. */
export const layoutOf = (names: ReadonlyArray<string>): Layout => ({
  segments: numbersIn(names, /^journal-(\d+)\.log$/),
  snapshots: numbersIn(names, /^snapshot-(\d+)\.snap$/),
  drafts: names.filter((name) => /^(journal-\d+\.log|snapshot-\d+\.snap)\.tmp$/.test(name))
})

/** The name under which a damaged file is kept. */
export const corruptName = (name: string, wallClock: number): string =>
  `${name}.corrupt-${new Date(wallClock).toISOString().replaceAll(/[:.]/g, "-")}`
