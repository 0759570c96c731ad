import * as Data from "effect/Data"

/** The journal in the data directory was written by a later version: its tasks are not for this one to drop. */
export class JournalTooNew extends Data.TaggedError("JournalTooNew")<{
  readonly file: string
  /** Such as `format 2`. */
  readonly found: string
  readonly supported: string
}> {
  readonly code = "BALLAST_JOURNAL_TOO_NEW"
  readonly hint = "start the version that wrote it, or name another dataDir"
  override get message(): string {
    return `${this.file} is of ${this.found}, this program reads ${this.supported} (${this.hint})`
  }
}
