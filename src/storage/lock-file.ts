import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { threadId } from "node:worker_threads"

/** A lock this process holds. */
export interface LockFile {
  readonly path: string
  /** Lets go of it; does nothing where it was let go already. */
  release(): void
}

/** A lock that another process, or another part of this one, holds. */
export interface LockHeld {
  readonly heldBy: number
}

interface Owner {
  readonly pid: number
  /** When that process was started, as the machine tells it: a pid alone may have been given anew. */
  readonly started: string | null
  /** Sets apart two locks of one process. */
  readonly nonce: string
}

let locks = 0

/**
 * Takes the lock at `path`, whose folder is made where it is missing. A lock whose process is gone is taken over.
 *
 * The file appears with its content in one step, so that it is never seen half written. It guards processes that see
 * each other's pids: not two machines, or two containers, that share a folder. Throws what the file system throws
 * where the path cannot be written.
 */
export const takeLock = (path: string): LockFile | LockHeld => {
  mkdirSync(dirname(path), { recursive: true })
  locks += 1
  const owner: Owner = { pid: process.pid, started: startOf(process.pid), nonce: `${threadId}-${locks}` }
  const mine = JSON.stringify(owner)
  const draft = `${path}.${process.pid}-${owner.nonce}`
  writeFileSync(draft, mine)
  try {
    while (!create(draft, path)) {
      const before = ownerOf(path)
      if (isAlive(before)) return { heldBy: before.pid }
      const outcome = before === undefined ? "again" : takeOver(draft, path)
      if (outcome === "taken") break
      if (outcome !== "again") return { heldBy: outcome }
    }
  } finally {
    rmSync(draft, { force: true })
  }
  return {
    path,
    release: () => {
      // Whoever took it over meanwhile keeps it.
      if (read(path) === mine) rmSync(path, { force: true })
    }
  }
}

/** A hard link fails where the name is taken, and unlike an exclusive open it brings its content along. */
const create = (draft: string, path: string): boolean => {
  try {
    linkSync(draft, path)
    return true
  } catch (cause) {
    if (codeOf(cause) === "EEXIST") return false
    // A file system without hard links.
    try {
      writeFileSync(path, readFileSync(draft), { flag: "wx" })
      return true
    } catch (again) {
      if (codeOf(again) === "EEXIST") return false
      throw again
    }
  }
}

/**
 * Puts `draft` in the place of a lock whose owner is gone. A guard file keeps two from doing so at once: without it, the
 * slower would replace the lock the faster has just taken. Returns the pid of whoever is faster.
 */
const takeOver = (draft: string, path: string): "taken" | "again" | number => {
  const guard = `${path}.takeover`
  if (!create(draft, guard)) {
    const rival = ownerOf(guard)
    if (isAlive(rival)) return rival.pid
    rmSync(guard, { force: true })
    return "again"
  }
  try {
    const still = ownerOf(path)
    if (still === undefined || isAlive(still)) return "again"
    const copy = `${draft}-copy`
    writeFileSync(copy, readFileSync(draft))
    renameSync(copy, path)
    return "taken"
  } finally {
    rmSync(guard, { force: true })
  }
}

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8")
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return undefined
    throw cause
  }
}

/** Stands for whoever wrote a lock that cannot be read: nobody alive. */
const nobody: Owner = { pid: 0, started: null, nonce: "" }

/** `undefined` where there is no such file. */
const ownerOf = (path: string): Owner | undefined => {
  const text = read(path)
  if (text === undefined) return undefined
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed !== "object" || parsed === null || !("pid" in parsed) || typeof parsed.pid !== "number")
      return nobody
    const started = "started" in parsed && typeof parsed.started === "string" ? parsed.started : null
    return { ...nobody, pid: parsed.pid, started }
  } catch {
    return nobody
  }
}

const isAlive = (owner: Owner | undefined): owner is Owner => {
  if (owner === undefined || !Number.isInteger(owner.pid) || owner.pid <= 0) return false
  try {
    process.kill(owner.pid, 0)
  } catch (cause) {
    // EPERM: it lives, but belongs to someone else.
    if (codeOf(cause) === "ESRCH") return false
  }
  const now = startOf(owner.pid)
  return owner.started === null || now === null || owner.started === now
}

/**
 * The start of a process in clock ticks since boot, from `/proc`; null where the machine does not tell. A process that
 * has ended but was not collected by its parent counts as not started at all.
 */
const startOf = (pid: number): string | null => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
    // The name, in parentheses, may hold anything; the state follows it, and the start is 19 fields further.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
    return fields[0] === "Z" ? "ended" : (fields[19] ?? null)
  } catch {
    return null
  }
}

const codeOf = (cause: unknown): string | undefined =>
  cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : undefined
