import { readFileSync, renameSync } from "node:fs"
import { open, rename } from "node:fs/promises"
import { basename } from "node:path"

/** A damaged file, and where the whole of it was kept. */
export interface DamagedFile {
  readonly file: string
  readonly keptAs: string
  readonly reason: string
}

export interface LearnedFileRead {
  /** What it holds; absent where there is no such file, or none that can be read. */
  readonly found?: unknown
  readonly setAside?: DamagedFile
}

/** Puts what cannot be read under another name, so that it is not written over. */
export const setLearnedAside = (path: string, reason: string, wallClock: number): DamagedFile | undefined => {
  const keptAs = `${path}.corrupt-${new Date(wallClock).toISOString().replaceAll(/[:.]/g, "-")}`
  try {
    renameSync(path, keptAs)
    return { file: basename(path), keptAs: basename(keptAs), reason }
  } catch {
    // Whatever it was, what is written next takes its place.
    return undefined
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const textIn = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8")
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined
    throw error
  }
}

/** Reads what an earlier run has learned. A file that is no JSON is set aside: whatever it holds, it is never fatal. */
export const readLearned = (path: string, wallClock: number): LearnedFileRead => {
  try {
    const text = textIn(path)
    return text === undefined ? {} : { found: JSON.parse(text) }
  } catch (error) {
    const setAside = setLearnedAside(path, reasonOf(error), wallClock)
    return setAside === undefined ? {} : { setAside }
  }
}

/** Puts the file in its place with all its content, or not at all. */
export const writeLearned = async (path: string, state: unknown): Promise<void> => {
  const draft = `${path}.tmp`
  const file = await open(draft, "w")
  try {
    await file.writeFile(JSON.stringify(state))
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, path)
}
