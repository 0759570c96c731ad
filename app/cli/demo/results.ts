import { createHash } from "node:crypto"
import { once } from "node:events"
import { createReadStream, createWriteStream, readFileSync, type WriteStream } from "node:fs"
import { createInterface } from "node:readline"
import { type Complaint, complaintOf } from "../complaint.ts"
import type { Compressed } from "./handlers.ts"
import type { SourceFile } from "./source-files.ts"

interface Written {
  readonly id: string
  readonly ok: boolean
  readonly result?: unknown
  readonly error?: Complaint
  /** The run that ended it. */
  readonly worker?: string
  readonly epoch?: number
}

/** A file with one line for each end of a task that was seen: a task that ended twice has two. */
export class ResultsFile {
  readonly #stream: WriteStream

  constructor(path: string) {
    this.#stream = createWriteStream(path)
  }

  completed(id: string, result: unknown, worker: string | undefined, epoch: number): void {
    this.#write({ id, ok: true, result, ...(worker !== undefined && { worker }), epoch })
  }

  failed(id: string, error: unknown): void {
    this.#write({ id, ok: false, error: complaintOf(error) })
  }

  async close(): Promise<void> {
    await once(this.#stream.end(), "close")
  }

  #write(line: Written): void {
    this.#stream.write(`${JSON.stringify(line)}\n`)
  }
}

/** What a file of results says of the tasks that were submitted. */
export interface Verdict {
  readonly tasks: number
  readonly completed: number
  readonly failed: number
  /** Submitted, and not in the file. */
  readonly lost: number
  /** Lines beyond the first of a task. */
  readonly duplicated: number
  /** Completed with a digest that the file read again does not have, or lines that are no result. */
  readonly wrong: number
  readonly bytes: number
  readonly compressedBytes: number
}

const isCompressed = (value: unknown): value is Compressed =>
  typeof value === "object" &&
  value !== null &&
  "bytes" in value &&
  typeof value.bytes === "number" &&
  "compressedBytes" in value &&
  typeof value.compressedBytes === "number" &&
  "sha256" in value &&
  typeof value.sha256 === "string"

const isWritten = (value: unknown): value is Written =>
  typeof value === "object" &&
  value !== null &&
  "id" in value &&
  typeof value.id === "string" &&
  "ok" in value &&
  typeof value.ok === "boolean"

const parsed = (line: string): unknown => {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

const digestOf = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex")

/** Reads the results again and holds them against what was submitted, and each digest against the file itself. */
export const verify = async (path: string, files: ReadonlyArray<SourceFile>): Promise<Verdict> => {
  const byId = new Map(files.map((file) => [file.name, file]))
  const seen = new Set<string>()
  const count = { completed: 0, failed: 0, duplicated: 0, wrong: 0, bytes: 0, compressedBytes: 0 }
  for await (const text of createInterface({ input: createReadStream(path, "utf8") })) {
    const line = parsed(text)
    const file = isWritten(line) ? byId.get(line.id) : undefined
    if (!isWritten(line) || file === undefined) {
      count.wrong += 1
      continue
    }
    if (seen.has(line.id)) {
      count.duplicated += 1
      continue
    }
    seen.add(line.id)
    if (!line.ok) {
      count.failed += 1
      continue
    }
    count.completed += 1
    if (!isCompressed(line.result) || line.result.sha256 !== digestOf(file.path)) {
      count.wrong += 1
      continue
    }
    count.bytes += line.result.bytes
    count.compressedBytes += line.result.compressedBytes
  }
  return { tasks: files.length, lost: files.length - seen.size, ...count }
}
