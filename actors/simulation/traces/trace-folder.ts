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

/**
 * The folder that holds the traces: the one `BALLAST_TRACES` names, otherwise `../shared/traces` beside the project one
 * is in, otherwise the same beside this package. `undefined` where there is none; a name that leads nowhere is not
 * replaced by another folder.
 */
export const traceFolder = ({
  named = process.env.BALLAST_TRACES,
  from = [process.cwd(), import.meta.dirname]
}: TraceFolderOptions = {}): string | undefined => {
  if (named !== undefined && named !== "") return isFolder(named) ? named : undefined
  return from
    .map(projectOf)
    .flatMap((project) => (project === undefined ? [] : [join(project, "..", "shared", "traces")]))
    .find(isFolder)
}
