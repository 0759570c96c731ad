import * as Data from "effect/Data"

/** A value that cannot be copied to another thread, or would not be there what it is here. */
export class NotCloneable extends Data.TaggedError("NotCloneable")<{
  /** Such as `payload.items[3].callback`. */
  readonly path: string
  /** Such as `a function`. */
  readonly what: string
}> {
  readonly code = "BALLAST_NOT_CLONEABLE"
  readonly hint = "send plain data, or declare the message with schemas and give the protocol to onThread"
  override get message(): string {
    return `${this.path} is ${this.what}, which does not cross to another thread (${this.hint})`
  }
}

/** A payload or reply that is not what the protocol's schema says. */
export class SchemaMismatch extends Data.TaggedError("SchemaMismatch")<{
  readonly actor: string
  readonly tag: string
  readonly part: "payload" | "reply"
  readonly cause: unknown
}> {
  readonly code = "BALLAST_SCHEMA_MISMATCH"
  readonly hint = "mend the value, or the schema in the protocol"
  override get message(): string {
    const why = this.cause instanceof Error ? this.cause.message : String(this.cause)
    return `the ${this.part} of ${this.tag} to ${this.actor} does not match its schema: ${why} (${this.hint})`
  }
}

/** How a thread came to its end: `process.exit`, an exception that nobody caught, or its memory limit. */
export type ThreadEnd = "exited" | "uncaught" | "out-of-memory"

const ends: Readonly<Record<ThreadEnd, string>> = {
  exited: "it called process.exit, or was terminated",
  uncaught: "an exception that nobody caught",
  "out-of-memory": "it reached its memory limit"
}

/** The thread of an actor ended under it. */
export class ThreadLost extends Data.TaggedError("ThreadLost")<{
  readonly actor: string
  readonly exitCode: number
  readonly why: ThreadEnd
  /** What nobody caught. */
  readonly cause?: unknown
}> {
  readonly code = "BALLAST_THREAD_LOST"
  readonly hint = "see cause; where it is memory, raise resourceLimits"
  override get message(): string {
    const cause = this.cause instanceof Error ? `: ${this.cause.message}` : ""
    return `the thread of ${this.actor} ended with code ${this.exitCode}: ${ends[this.why]}${cause} (${this.hint})`
  }
}

/** What a thread was to run could not be loaded, or is no behaviour. */
export class ThreadModuleInvalid extends Data.TaggedError("ThreadModuleInvalid")<{
  readonly module: string
  readonly export: string
  /** The names that the module does export; none where it did not load. */
  readonly exports: ReadonlyArray<string>
  readonly why: string
  readonly cause?: unknown
}> {
  readonly code = "BALLAST_THREAD_MODULE_INVALID"
  get hint(): string {
    return `it exports: ${this.exports.join(", ") || "nothing"}`
  }
  override get message(): string {
    return `${this.export} of ${this.module}: ${this.why} (${this.hint})`
  }
}

/** A module that was still loading when its time was over. */
export class ThreadBootTimeout extends Data.TaggedError("ThreadBootTimeout")<{
  readonly module: string
  /** Milliseconds. */
  readonly timeout: number
}> {
  readonly code = "BALLAST_THREAD_BOOT_TIMEOUT"
  readonly hint = "look for a loop or an await at its top level, or raise bootTimeout"
  override get message(): string {
    return `${this.module} was still loading after ${this.timeout} ms (${this.hint})`
  }
}
