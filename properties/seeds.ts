import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Failure } from "./property.ts"

const folder = join(import.meta.dirname, "seeds")

/** Cases that failed once. */
export const keptFailures = (): ReadonlyArray<{ readonly file: string; readonly failure: Failure }> => {
  if (!existsSync(folder)) return []
  const files = readdirSync(folder).filter((file) => file.endsWith(".json"))
  return files.sort().map((file) => {
    const failure: Failure = JSON.parse(readFileSync(join(folder, file), "utf8"))
    return { file, failure }
  })
}

/** Keeps a failing case, so that the tests replay it from now on. Returns the file's path. */
export const keepFailure = (failure: Failure): string => {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${failure.property.replaceAll(/\W+/g, "-")}-${failure.seed}.json`)
  writeFileSync(file, `${JSON.stringify(failure, null, 2)}\n`)
  return file
}
