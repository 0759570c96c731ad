import { existsSync, statSync } from "node:fs"
import { dirname, join } from "node:path"

/** Where to look from; what is left out is this process's own. */
export interface TraceFolderOptions {
  /** The value of `BALLAST_TRACES`; empty: none. */
  readonly named?: string
  /** Folders in, or in a folder of, the project beside which the traces may lie. */
  readonly from?: ReadonlyArray<string>
}

const isFolder = (path: string): boolean => existsSync(path) && statSync(path).isDirectory()

/** The nearest folder upward that is a package's. */
const projectOf = (folder: string): string | undefined => {
  if (existsSync(join(folder, "package.json"))) return folder
  const parent = dirname(folder)
  return parent === folder ? undefined : projectOf(parent)
}

/** Where traces are looked for, in this order, and whether `BALLAST_TRACES` says so. */
interface Places {
  readonly isNamed: boolean
  readonly folders: ReadonlyArray<string>
}

const placesOf = ({
  named = process.env.BALLAST_TRACES,
  from = [process.cwd(), import.meta.dirname]
}: TraceFolderOptions): Places => {
  if (named !== undefined && named !== "") return { isNamed: true, folders: [named] }
  const projects = from.map(projectOf).filter((project) => project !== undefined)
  return { isNamed: false, folders: [...new Set(projects.map((project) => join(project, "..", "shared", "traces")))] }
}

/**
 * The folder that holds the traces: the one `BALLAST_TRACES` names, otherwise `../shared/traces` beside the project one
 * is in, otherwise the same beside this package. `undefined` where there is none; a name that leads nowhere is not
 * replaced by another folder.
 */
export const traceFolder = (options: TraceFolderOptions = {}): string | undefined =>
  placesOf(options).folders.find(isFolder)

/** Why there is no folder of traces: where it was looked for, or that the folder named is none. */
export const noTraceFolder = (options: TraceFolderOptions = {}): string => {
  const { isNamed, folders } = placesOf(options)
  if (isNamed) return `BALLAST_TRACES names ${folders[0]}, which is no folder`
  return folders.length === 0
    ? "BALLAST_TRACES is not set"
    : `BALLAST_TRACES is not set, and there is no ${folders.join(" or ")}`
}
