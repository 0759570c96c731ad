import { closeSync, openSync, readSync } from "node:fs"
import { chunkSize, compressChunk } from "./handlers.ts"
import type { SourceFile } from "./source-files.ts"

/** How fast one thread of this machine compresses such files, by quality, the most thorough first. */
export interface Speed {
  readonly quality: number
  readonly bytesPerSecond: number
}

const qualities = [11, 10, 9, 8, 6, 4, 1]
const sampleChunks = 4
/** Milliseconds for which a quality is tried at least. */
const least = 20

const readChunk = ({ path, bytes }: SourceFile, position: number): Uint8Array => {
  const start = Math.max(0, Math.min(position, bytes - chunkSize))
  const chunk = Buffer.alloc(Math.min(chunkSize, bytes))
  const descriptor = openSync(path, "r")
  try {
    return chunk.subarray(0, readSync(descriptor, chunk, 0, chunk.length, start))
  } finally {
    closeSync(descriptor)
  }
}

/** Chunks at even distances through all bytes of all files, so that large files weigh as much as they will. */
const sampleOf = (files: ReadonlyArray<SourceFile>): ReadonlyArray<Uint8Array> => {
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0)
  const sample: Array<Uint8Array> = []
  let before = 0
  for (const file of files) {
    for (;;) {
      const wanted = (total * (sample.length + 0.5)) / sampleChunks
      if (file.bytes === 0 || sample.length === sampleChunks || wanted >= before + file.bytes) break
      sample.push(readChunk(file, Math.floor(wanted - before)))
    }
    before += file.bytes
  }
  return sample
}

/** Measures on the calling thread, some tenths of a second. `now` in milliseconds. */
export const measureSpeeds = (files: ReadonlyArray<SourceFile>, now: () => number): ReadonlyArray<Speed> => {
  const sample = sampleOf(files)
  return qualities.map((quality) => {
    const started = now()
    let bytes = 0
    do {
      for (const chunk of sample) compressChunk(chunk, quality)
      bytes += sample.reduce((sum, { length }) => sum + length, 1)
    } while (now() - started < least)
    return { quality, bytesPerSecond: (bytes * 1000) / (now() - started) }
  })
}
