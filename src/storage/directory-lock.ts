import { join, resolve } from "node:path"
import { DataDirectoryLocked } from "../model/index.ts"
import { takeLock } from "./lock-file.ts"

/** A data directory that is this runtime's alone. */
export interface DirectoryLock {
  /** As an absolute path. */
  readonly directory: string
  /** Lets go of it; does nothing where it was let go already. */
  release(): void
}

/**
 * Makes the directory where it is missing, and takes it for this runtime. The lock of a process that was killed is taken
 * over. Throws `DataDirectoryLocked` where another runtime, in this process or another, holds it; what the file system
 * throws where the directory cannot be written.
 */
export const lockDirectory = (directory: string): DirectoryLock => {
  const absolute = resolve(directory)
  const lock = takeLock(join(absolute, "ballast.lock"))
  if ("heldBy" in lock) throw new DataDirectoryLocked({ directory: absolute, pid: lock.heldBy })
  return { directory: absolute, release: lock.release }
}
