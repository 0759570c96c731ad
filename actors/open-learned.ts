import { join } from "node:path"
import * as Schema from "effect/Schema"
import { LearnedState, type LostPart, learnedVersion } from "../src/adaptation/index.ts"
import type { BallastOptions } from "../src/config/index.ts"
import { type DamagedFile, readLearned, setLearnedAside, writeLearned } from "../src/storage/index.ts"

/** What was learned before, and where it is kept. */
export interface OpenLearned {
  readonly learned: LearnedState | undefined
  readonly setAside: ReadonlyArray<DamagedFile>
  /** Absent without a data directory. */
  readonly write?: (state: LearnedState) => Promise<void>
}

const isLearned = Schema.is(LearnedState)

const readIn = (path: string, wallClock: number) => {
  const { found, setAside } = readLearned(path, wallClock)
  if (found === undefined) return { learned: undefined, setAside }
  if (isLearned(found)) return { learned: found, setAside: undefined }
  const reason = `it is not of version ${learnedVersion}`
  return { learned: undefined, setAside: setLearnedAside(path, reason, wallClock) }
}

const fileIn = (dataDir: string): string => join(dataDir, "learned.json")

/** Keeps the whole of a file of which a part could not be taken over: what is written next would have lost it. */
export const setPartsAside = (
  { dataDir, learned }: BallastOptions,
  lost: ReadonlyArray<LostPart>,
  wallClock: number
): ReadonlyArray<DamagedFile> => {
  if (dataDir === undefined || learned !== undefined || lost.length === 0) return []
  const reason = lost.map((each) => `${each.part}: ${each.reason}`).join("; ")
  const setAside = setLearnedAside(fileIn(dataDir), reason, wallClock)
  return setAside === undefined ? [] : [setAside]
}

/** Of a part that stands in both, the one of the option. */
const merged = (kept: LearnedState | undefined, given: LearnedState | undefined): LearnedState | undefined =>
  kept === undefined || given === undefined ? (given ?? kept) : { ...given, parts: { ...kept.parts, ...given.parts } }

/** Reads what earlier runs have left in the data directory, and the option. What is damaged is set aside: never fatal. */
export const openLearned = ({ dataDir, learned: given }: BallastOptions, wallClock: number): OpenLearned => {
  if (dataDir === undefined) return { learned: given, setAside: [] }
  const path = fileIn(dataDir)
  const { learned, setAside } = readIn(path, wallClock)
  return {
    learned: merged(learned, given),
    setAside: setAside === undefined ? [] : [setAside],
    write: (state) => writeLearned(path, state)
  }
}
