import { existsSync, readdirSync } from "node:fs"
import { basename, join } from "node:path"
import { readHeader } from "./csv.ts"
import { TraceMissing } from "./errors.ts"

/** Traces of one kind, all with the same columns. */
export const families = ["openb", "swf", "planetlab", "azure-functions", "test-durations"] as const

export type Family = (typeof families)[number]

/** Traces that are read as series of load alone. */
export const seriesFamilies = ["nab-cloudwatch", "azure-llm", "alibaba-genai"] as const

export type SeriesFamily = (typeof seriesFamilies)[number]

/** A file of a family. What it holds is told by its columns, never by its name. */
export interface TraceFile {
  readonly path: string
  /** Without folder and ending. */
  readonly stem: string
  readonly columns: ReadonlyArray<string>
}

const isTable = (name: string): boolean => name.endsWith(".csv") || name.endsWith(".csv.gz")

const foldersBelow = (folder: string): ReadonlyArray<string> => {
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
  return names.map((name) => join(folder, name))
}

/** `dev` first, then the family's own folder, then the others in it. */
const partsOf = (family: string): ReadonlyArray<string> => {
  const below = foldersBelow(family)
  const dev = join(family, "dev")
  return [...below.filter((path) => path === dev), family, ...below.filter((path) => path !== dev)]
}

const tablesIn = (folder: string): ReadonlyArray<TraceFile> => {
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && isTable(entry.name))
    .map(({ name }) => name)
    .sort()
  return names.map((name) => {
    const path = join(folder, name)
    return { path, stem: basename(name).replace(/\.csv(\.gz)?$/, ""), columns: readHeader(path) }
  })
}

/**
 * The tables of a family, grouped by the folder they lie in: `<family>/dev`, `<family>`, `<family>/*`. A family's
 * folder is named after it, with or without a suffix such as `-2019`.
 */
export const partsOfFamily = (folder: string, family: Family | SeriesFamily): ReadonlyArray<ReadonlyArray<TraceFile>> =>
  (existsSync(folder) ? foldersBelow(folder) : [])
    .filter((path) => basename(path) === family || basename(path).startsWith(`${family}-`))
    .flatMap(partsOf)
    .map(tablesIn)
    .filter((files) => files.length > 0)

export const filesOfFamily = (folder: string, family: Family): ReadonlyArray<TraceFile> =>
  partsOfFamily(folder, family).flat()

export const hasColumns = ({ columns }: TraceFile, ...wanted: ReadonlyArray<string>): boolean =>
  wanted.every((column) => columns.includes(column))

/** Files go by their whole name or by its last word: `planetlab_20110303` is `20110303`. */
export const isCalled = ({ stem }: TraceFile, name: string): boolean => stem === name || lastWord(stem) === name

export const lastWord = (stem: string): string => stem.slice(stem.lastIndexOf("_") + 1)

/** The first of the files that is called so. Throws `TraceMissing`. */
export const fileCalled = (
  files: ReadonlyArray<TraceFile>,
  name: string,
  family: Family,
  folder: string
): TraceFile => {
  const file = files.find(({ stem }) => stem === name) ?? files.find((each) => isCalled(each, name))
  if (file !== undefined) return file
  throw new TraceMissing({ trace: `${family} ${name}`, path: folder, known: files.map(({ stem }) => stem) })
}
