import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { performance } from "node:perf_hooks"
import { MessageChannel } from "node:worker_threads"

/** What a benchmark tries. */
export const benchmarkParts = ["integer", "floatingPoint", "memory", "files", "messages"] as const

export type BenchmarkPart = (typeof benchmarkParts)[number]

/**
 * What a thread has shown in a second: millions of integer and of floating-point operations, megabytes copied, megabytes
 * written and read back, thousands of messages there and back. A part that could not be tried is absent.
 */
export type BenchmarkRates = Readonly<Partial<Record<BenchmarkPart, number>>>

/** Each part does a piece of work and says how much it was, in the millions (messages: thousands) of its rate. */
type Piece = () => number | Promise<number>

/** Pieces that are tried at least; the first of them have it compiled. One takes about 2 ms on an ordinary machine. */
const least = 8
/** The best rate is believed once so many pieces came within this share of it: it was neither chance nor an error. */
const confirmed = { pieces: 3, within: 0.9 }
/** No more pieces are begun after so many milliseconds, confirmed or not. */
const longest = 80

/** Where results go, so that no compiler finds them useless. */
const sink = new Float64Array(1)

// One loop within another, all in one function and on what is local to it: so it is compiled alike in every thread. Spread
// over functions it ran four times as fast in some threads as in others.

const integer: Piece = () => {
  const rounds = 600
  const words = new Int32Array(1_024)
  for (let round = 0; round < rounds; round += 1) {
    let hash = round
    for (let index = 0; index < words.length; index += 1) hash = Math.imul(hash ^ (words[index] ?? 0), 0x01000193)
    words[round & 1_023] = hash
  }
  sink[0] = words[0] ?? 0
  // A load, an exclusive or and a product.
  return (3 * rounds * words.length) / 1e6
}

const floatingPoint: Piece = () => {
  const rounds = 400
  const numbers = new Float64Array(1_024).fill(1.5)
  for (let round = 0; round < rounds; round += 1) {
    let sum = 0
    for (let index = 0; index < numbers.length; index += 1) {
      const x = numbers[index] ?? 0
      sum += x * 1.000_001 + Math.sqrt(x) / (x + sum * 1e-12)
    }
    numbers[round & 1_023] = sum / 2_048
  }
  sink[0] = numbers[0] ?? 0
  // Two products, two sums, a root, a quotient and the sum over all.
  return (7 * rounds * numbers.length) / 1e6
}

const memory = (mebibytes: number): Piece => {
  const bytes = Math.max(1, Math.round(mebibytes * 2 ** 20))
  const from = new Uint8Array(bytes).fill(1)
  const to = new Uint8Array(bytes)
  return () => {
    to.set(from)
    sink[0] = to[bytes - 1] ?? 0
    return bytes / 1e6
  }
}

const files = (folder: string): Piece => {
  const bytes = Buffer.alloc(256 * 1024, 1)
  const path = join(folder, "piece")
  return () => {
    writeFileSync(path, bytes)
    sink[0] = readFileSync(path).length
    return bytes.length / 1e6
  }
}

interface Echo extends Disposable {
  readonly piece: Piece
}

const messages = (): Echo => {
  const { port1: near, port2: far } = new MessageChannel()
  const trips = 100
  far.on("message", (message) => far.postMessage(message))
  let returned = (): void => {}
  near.on("message", () => returned())
  return {
    piece: () =>
      new Promise((resolve) => {
        let left = trips
        const post = (): void =>
          near.postMessage({ epoch: left, type: "echo", payload: { n: left, text: "a message" } })
        returned = () => {
          left -= 1
          if (left > 0) post()
          else resolve(trips / 1e3)
        }
        post()
      }),
    [Symbol.dispose]: () => {
      near.close()
      far.close()
    }
  }
}

/**
 * The best rate of several pieces, in their unit per second, once it runs as compiled code. The best, not the middle one:
 * whatever else the machine does makes pieces slower and none faster, and threads that start together are in each other's
 * way.
 */
const rateOf = async (piece: Piece): Promise<number> => {
  const began = performance.now()
  const rates: Array<number> = []
  let best = 0
  let start = began
  while (rates.length < least || (start - began < longest && !isConfirmed(rates, best))) {
    const work = await piece()
    const end = performance.now()
    const rate = (1_000 * work) / Math.max(1e-3, end - start)
    rates.push(rate)
    best = Math.max(best, rate)
    start = end
  }
  return best
}

const isConfirmed = (rates: ReadonlyArray<number>, best: number): boolean =>
  rates.filter((rate) => rate >= confirmed.within * best).length >= confirmed.pieces

const rateOfFiles = async (): Promise<number | undefined> => {
  let folder: string | undefined
  try {
    folder = mkdtempSync(join(tmpdir(), "ballast-benchmark-"))
    return await rateOf(files(folder))
  } catch {
    // No folder to write to, or no room: the other parts tell enough.
    return undefined
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * Tries what this thread can do, part after part, in about 0.1 s. `mebibytes` is what it may copy from, and again as much
 * to; that is freed afterwards.
 */
export const runBenchmark = async (mebibytes: number): Promise<BenchmarkRates> => {
  const ofIntegers = await rateOf(integer)
  const ofNumbers = await rateOf(floatingPoint)
  const ofMemory = await rateOf(memory(mebibytes))
  const ofFiles = await rateOfFiles()
  using echo = messages()
  const ofMessages = await rateOf(echo.piece)
  return {
    integer: ofIntegers,
    floatingPoint: ofNumbers,
    memory: ofMemory,
    ...(ofFiles !== undefined && { files: ofFiles }),
    messages: ofMessages
  }
}
