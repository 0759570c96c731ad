import { createHash } from "node:crypto"
import { readFile } from "node:fs/promises"
import { setTimeout as sleep } from "node:timers/promises"
import { brotliCompressSync, constants } from "node:zlib"
import type { TaskContext } from "ballast/worker"

/** What a `compress` or `compressLarge` task is given. */
export interface Compression {
  /** Absolute. */
  readonly path: string
  /** Of brotli, 0–11. */
  readonly quality: number
  /** How many times the file is compressed; the last counts. */
  readonly passes: number
}

/** What it comes to. Sizes in bytes. */
export interface Compressed {
  readonly bytes: number
  /** Of all chunks, each compressed on its own. */
  readonly compressedBytes: number
  /** Of the content, in hexadecimal. */
  readonly sha256: string
}

/** Where a moved or failed-over task goes on: chunks done over all passes, and the size of those of this pass. */
interface Reached {
  readonly step: number
  readonly compressedBytes: number
}

/** Bytes compressed in one go: about 10 to 50 ms of computing, after which the task may be moved. */
export const chunkSize = 65_536

export const compressChunk = (chunk: Uint8Array, quality: number): number =>
  brotliCompressSync(chunk, {
    params: { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT }
  }).length

/** Reads a file and compresses it, chunk by chunk, on the thread it runs on. */
export const compress = async (
  { path, quality, passes }: Compression,
  task: TaskContext<Reached>
): Promise<Compressed> => {
  const content = await readFile(path)
  const chunks = Math.max(1, Math.ceil(content.length / chunkSize))
  let { step, compressedBytes } = task.state ?? { step: 0, compressedBytes: 0 }
  const steps = chunks * passes
  while (step < steps) {
    const chunk = step % chunks
    if (chunk === 0) compressedBytes = 0
    compressedBytes += compressChunk(content.subarray(chunk * chunkSize, (chunk + 1) * chunkSize), quality)
    step += 1
    task.progress(step / steps)
    await task.checkpoint({ step, compressedBytes })
  }
  return { bytes: content.length, compressedBytes, sha256: createHash("sha256").update(content).digest("hex") }
}

/** The same for the largest files. How long tasks run is learned by type, and these run a hundred times as long. */
export const compressLarge = compress

/** Milliseconds that a `crash` task lets its neighbours work before it takes them down. */
const fuse = 40

/** Ends the thread it runs on, as a fault in native code would: without a word, and with all that runs there. */
export const crash = async (): Promise<void> => {
  await sleep(fuse)
  process.exit(70)
}
