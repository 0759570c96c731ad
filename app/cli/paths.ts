import { mkdirSync, openSync, statSync } from "node:fs"
import { resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { UsageError } from "./usage-error.ts"

const kindOf = (path: string): "file" | "folder" | undefined => {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) return undefined
  return found.isDirectory() ? "folder" : "file"
}

/** The absolute path of a file that is there. */
export const existingFile = (path: string, what: string): string => {
  const absolute = resolve(path)
  const kind = kindOf(absolute)
  if (kind === "file") return absolute
  throw new UsageError(
    "BALLAST_NO_SUCH_FILE",
    `${what} ${path} ${kind === "folder" ? "is a folder" : "does not exist"}`,
    `looked for ${absolute}`
  )
}

/** The absolute path of a folder that is there. */
export const existingFolder = (path: string): string => {
  const absolute = resolve(path)
  const kind = kindOf(absolute)
  if (kind === "folder") return absolute
  throw new UsageError(
    "BALLAST_NO_SUCH_FOLDER",
    `the folder ${path} ${kind === "file" ? "is a file" : "does not exist"}`,
    `name a folder with source files; looked for ${absolute}`
  )
}

/** The URL a worker thread loads the handlers from. */
export const handlersUrl = (path: string): URL => pathToFileURL(existingFile(path, "the handlers' module"))

const why = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** The descriptor of a file that is made, or emptied, to be written. */
export const openForWriting = (path: string): number => {
  try {
    return openSync(path, "w")
  } catch (error) {
    const hint = "name a file in a folder that exists and may be written"
    throw new UsageError("BALLAST_CANNOT_WRITE", `${path} cannot be written: ${why(error)}`, hint)
  }
}

/** The absolute path of a folder that is made where it is not there. */
export const ensureFolder = (path: string): string => {
  const absolute = resolve(path)
  try {
    mkdirSync(absolute, { recursive: true })
    return absolute
  } catch (error) {
    const hint = "name a folder that may be written"
    throw new UsageError("BALLAST_CANNOT_WRITE", `the folder ${path} cannot be made: ${why(error)}`, hint)
  }
}
