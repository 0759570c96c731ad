import { type HistoryLine, lineIn, type RanLine } from "./format.ts"

/** A worker of a recorded history. Times in milliseconds since the opening. */
export interface RecordedWorker {
  readonly id: string
  readonly definition: Readonly<Record<string, unknown>>
  readonly joinedAt: number
  /** Left out: it stayed. */
  readonly leftAt?: number
}

/** What one runtime has recorded. */
export interface RecordedSession {
  readonly startedAt: string
  readonly settings: Readonly<Record<string, unknown>>
  readonly workers: ReadonlyArray<RecordedWorker>
  /** In the order of arrival. */
  readonly runs: ReadonlyArray<RanLine>
}

export interface RecordedHistory {
  readonly sessions: ReadonlyArray<RecordedSession>
  /** Lines that could not be read. A process that was killed may leave one. */
  readonly unread: number
}

class SessionReader {
  readonly #workers: Array<{ -readonly [Key in keyof RecordedWorker]: RecordedWorker[Key] }> = []
  readonly #runs: Array<RanLine> = []
  readonly #opening: Extract<HistoryLine, { readonly history: number }>

  constructor(opening: Extract<HistoryLine, { readonly history: number }>) {
    this.#opening = opening
  }

  read(line: Exclude<HistoryLine, { readonly history: number }>): void {
    if ("ran" in line) this.#runs.push(line)
    else if ("joined" in line) {
      const { joined: definition, at: joinedAt } = line
      const id = typeof definition.id === "string" ? definition.id : ""
      this.#workers.push({ id, definition, joinedAt })
    } else {
      const there = this.#workers.findLast(({ id, leftAt }) => id === line.left && leftAt === undefined)
      if (there !== undefined) there.leftAt = line.at
    }
  }

  get session(): RecordedSession {
    const { startedAt, settings } = this.#opening
    return { startedAt, settings, workers: this.#workers, runs: this.#runs.toSorted((a, b) => a.at - b.at) }
  }
}

/** Reads a history line by line. What cannot be read is counted and passed over; so is what stands before an opening. */
export const readHistory = (lines: Iterable<string>): RecordedHistory => {
  const readers: Array<SessionReader> = []
  let unread = 0
  for (const text of lines) {
    if (text.trim() === "") continue
    const line = lineIn(text)
    if (line !== undefined && "history" in line) readers.push(new SessionReader(line))
    else if (line === undefined || readers.length === 0) unread += 1
    else readers.at(-1)?.read(line)
  }
  return { sessions: readers.map(({ session }) => session), unread }
}
