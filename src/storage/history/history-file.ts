import { appendFile, rename, stat } from "node:fs/promises"
import type { HistoryLine } from "./format.ts"

/** Takes lines of a history. */
export interface HistorySink {
  write(line: HistoryLine): void
  /** Resolves once all that was written is in the file, or was given up on. */
  close(): Promise<void>
}

export interface HistoryFileOptions {
  readonly path: string
  /** Bytes from which the file is put aside as `<path>.1`, in place of the one before, and begun anew. */
  readonly maxBytes: number
  /** Told once, where it cannot be written: from then on nothing is. */
  readonly onProblem: (problem: string) => void
}

/** Characters that are gathered before they are written, and beyond which lines are dropped where the disk does not keep up. */
const chunk = 8_192
const most = 1_024 * chunk

/** A history in a file, written beside the work: it never waits for the disk, and never piles up. */
export class HistoryFile implements HistorySink {
  readonly #options: HistoryFileOptions
  /** What stands at the beginning of each file: the opening, and who is there. */
  readonly #standing: () => ReadonlyArray<HistoryLine>
  #text = ""
  /** Whether what is gathered is no more than what each file begins with. */
  #isBare = false
  #bytes: number | undefined
  #writing: Promise<void> | undefined
  #isBroken = false

  constructor(options: HistoryFileOptions, standing: () => ReadonlyArray<HistoryLine>) {
    this.#options = options
    this.#standing = standing
    this.#text = textOf(standing())
  }

  write(line: HistoryLine): void {
    if (this.#isBroken || this.#text.length > most) return
    this.#text += textOf([line])
    this.#isBare = false
    if (this.#text.length >= chunk) this.#writing ??= this.#flush()
  }

  async close(): Promise<void> {
    await this.#writing
    await this.#flush()
    this.#isBroken = true
  }

  async #flush(): Promise<void> {
    const { path, maxBytes, onProblem } = this.#options
    // A file that holds no run is of no use in the place of one that does.
    if (this.#text === "" || this.#isBare) return
    try {
      this.#bytes ??= await stat(path).then(
        ({ size }) => size,
        () => 0
      )
      if (this.#bytes >= maxBytes) {
        await rename(path, `${path}.1`)
        this.#bytes = 0
      }
      const text = this.#text
      this.#bytes += Buffer.byteLength(text)
      const isFull = this.#bytes >= maxBytes
      // What comes next stands in a file of its own. In this moment: whoever joins from now on is told of after it.
      this.#text = isFull ? textOf(this.#standing()) : ""
      this.#isBare = isFull
      await appendFile(path, text)
    } catch (error) {
      this.#isBroken = true
      this.#text = ""
      onProblem(`${path}: ${error instanceof Error ? error.message : String(error)}`)
    } finally {
      this.#writing = undefined
    }
  }
}

const textOf = (lines: ReadonlyArray<HistoryLine>): string => lines.map((line) => `${JSON.stringify(line)}\n`).join("")
