import * as Data from "effect/Data"

/** A trace that is not where traces are looked for. */
export class TraceMissing extends Data.TaggedError("TraceMissing")<{
  /** What was asked for, such as `swf lublin_256`. */
  readonly trace: string
  /** Where it was looked for. */
  readonly path: string
  /** What is there instead. */
  readonly known?: ReadonlyArray<string>
}> {
  readonly code = "BALLAST_TRACE_MISSING"
  get hint(): string {
    const known = this.known ?? []
    return known.length > 0
      ? `there are: ${known.join(", ")}`
      : "set BALLAST_TRACES to the folder that holds the traces; the documentation names their public sources"
  }
  override get message(): string {
    return `there is no trace ${this.trace} in ${this.path} (${this.hint})`
  }
}

/** A trace file that does not hold what its kind of trace does. */
export class TraceMalformed extends Data.TaggedError("TraceMalformed")<{
  readonly path: string
  /** In the file, the header being line 1. */
  readonly line: number
  readonly problem: string
  readonly hint: string
}> {
  readonly code = "BALLAST_TRACE_MALFORMED"
  override get message(): string {
    return `${this.path}:${this.line}: ${this.problem} (${this.hint})`
  }
}
