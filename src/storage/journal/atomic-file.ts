import { closeSync, fsyncSync, openSync, renameSync, writeSync } from "node:fs"
import { dirname } from "node:path"
import { draftOf } from "./layout.ts"

const writeAll = (descriptor: number, bytes: Uint8Array): void => {
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at)
}

/** Has the names in a directory survive a power failure. */
export const syncDirectory = (directory: string): void => {
  if (process.platform === "win32") return
  const descriptor = openSync(directory, "r")
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Puts a file in its place with all its content, or not at all: also where the process is killed meanwhile. */
export const writeWhole = (path: string, parts: Iterable<Uint8Array>): number => {
  const draft = draftOf(path)
  const descriptor = openSync(draft, "w")
  let bytes = 0
  try {
    for (const part of parts) {
      writeAll(descriptor, part)
      bytes += part.length
    }
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  renameSync(draft, path)
  syncDirectory(dirname(path))
  return bytes
}
