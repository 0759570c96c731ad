/**
 * Loaded into a child before anything else, and into each of its threads: stops one of the journal's calls to the file
 * system half-way, and says so on standard output, so that the parent can kill the process at that very place.
 */
import fs from "node:fs"
import { syncBuiltinESMExports } from "node:module"

/** Where a process is stopped. `write`: with half of the bytes written. */
export const places = ["write", "before sync", "after sync", "before rename", "after rename"] as const

export type Place = (typeof places)[number]

const place = process.env.CHAOS_PLACE
/** How often it is passed before it is stopped at. */
let passes = Number(process.env.CHAOS_PASSES ?? 0)

/** Longer than the parent takes to kill it. */
const pause = 10_000

const isJournal = (path: unknown): boolean => typeof path === "string" && /[\\/]journal[\\/]/.test(path)

const stopsAt = (here: Place): boolean => {
  if (place !== here) return false
  passes -= 1
  if (passes >= 0) return false
  fs.writeSync(1, `inside ${here}\n`)
  return true
}

const sleep = (): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause)

const journals = new Set<number>()
const real = { open: fs.open, write: fs.write, fdatasync: fs.fdatasync, renameSync: fs.renameSync }

type Callback = (cause: Error | null, result?: number) => void

if (place !== undefined) {
  Object.assign(fs, {
    open: (path: string, flags: string, callback: Callback) =>
      real.open(path, flags, (cause, descriptor) => {
        if (cause === null && isJournal(path)) journals.add(descriptor)
        callback(cause, descriptor)
      }),
    write: (
      descriptor: number,
      bytes: Uint8Array,
      offset: number,
      length: number,
      position: number,
      callback: Callback
    ) => {
      if (journals.has(descriptor) && stopsAt("write")) {
        fs.writeSync(descriptor, bytes, offset, Math.floor(length / 2), position)
        sleep()
      }
      real.write(descriptor, bytes, offset, length, position, callback)
    },
    fdatasync: (descriptor: number, callback: Callback) => {
      if (journals.has(descriptor) && stopsAt("before sync")) sleep()
      real.fdatasync(descriptor, (cause) => {
        if (journals.has(descriptor) && stopsAt("after sync")) sleep()
        callback(cause)
      })
    },
    renameSync: (from: string, to: string) => {
      if (isJournal(to) && stopsAt("before rename")) sleep()
      real.renameSync(from, to)
      if (isJournal(to) && stopsAt("after rename")) sleep()
    }
  })
  syncBuiltinESMExports()
}
