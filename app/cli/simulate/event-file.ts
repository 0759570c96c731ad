import { closeSync, writeSync } from "node:fs"
import type { BallastEvent } from "../../../actors/index.ts"
import { openForWriting } from "../paths.ts"

/** Characters that are gathered before they are written. */
const chunk = 65_536

/** A file with one line of JSON for each event, written as a simulation goes: it never waits, and never piles up. */
export class EventFile implements Disposable {
  readonly #file: number
  #lines = ""

  /** Throws a `UsageError` where the file cannot be written. */
  constructor(path: string) {
    this.#file = openForWriting(path)
  }

  write(event: BallastEvent): void {
    this.#lines += `${JSON.stringify(event)}\n`
    if (this.#lines.length >= chunk) this.#flush()
  }

  [Symbol.dispose](): void {
    this.#flush()
    closeSync(this.#file)
  }

  #flush(): void {
    writeSync(this.#file, this.#lines)
    this.#lines = ""
  }
}
