import { readdirSync, statSync } from "node:fs"
import { dirname, extname, join, relative, sep } from "node:path"
import { UsageError } from "../usage-error.ts"

/** A file to be worked on. */
export interface SourceFile {
  /** Below the folder, with `/`. */
  readonly name: string
  readonly path: string
  readonly bytes: number
  /** The first two folders of its name, which share a concurrency key; `.` at the top. */
  readonly group: string
}

const extensions = new Set([".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".json", ".md"])

const isHidden = (name: string): boolean => name.startsWith(".") || name === "node_modules"

const filesBelow = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return isHidden(entry.name) ? [] : filesBelow(path)
      return entry.isFile() && extensions.has(extname(entry.name)) ? [path] : []
    })

const groupOf = (name: string): string => {
  const folder = dirname(name)
  return folder === "." ? "." : folder.split("/").slice(0, 2).join("/")
}

/**
 * Every source file below the folder, by name; hidden folders and `node_modules` inside it are left out.
 * Throws a `UsageError` where there is none.
 */
export const sourceFiles = (folder: string): ReadonlyArray<SourceFile> => {
  const all = filesBelow(folder).map((path): SourceFile => {
    const name = relative(folder, path).split(sep).join("/")
    return { name, path, bytes: statSync(path).size, group: groupOf(name) }
  })
  // An empty file is no work.
  const files = all.filter(({ bytes }) => bytes > 0)
  if (files.length > 0) return files
  const hint = `name a folder that holds some of ${[...extensions].join(" ")}`
  throw new UsageError("BALLAST_NO_SOURCE_FILES", `there are no source files below ${folder}`, hint)
}

/** The files of each group in turn, so that no group's limit holds up the rest. */
export const inTurn = (files: ReadonlyArray<SourceFile>): ReadonlyArray<SourceFile> => {
  const groups = Map.groupBy(files, ({ group }) => group)
  const longest = Math.max(0, ...[...groups.values()].map((group) => group.length))
  return Array.from({ length: longest }, (_, index) =>
    [...groups.values()].flatMap((group) => group[index] ?? [])
  ).flat()
}
