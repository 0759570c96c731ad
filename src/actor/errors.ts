import * as Data from "effect/Data"

/** Why an actor ended. */
export type ExitReason =
  | { readonly _tag: "Normal" }
  /** Asked to stop, by its parent or itself. */
  | { readonly _tag: "Shutdown" }
  | { readonly _tag: "Failed"; readonly cause: unknown }

export const normal: ExitReason = { _tag: "Normal" }
export const shutdown: ExitReason = { _tag: "Shutdown" }
export const failed = (cause: unknown): ExitReason => ({ _tag: "Failed", cause })

/** An exit reason in words. */
export const describeExit = (reason: ExitReason): string => {
  if (reason._tag !== "Failed") return reason._tag === "Normal" ? "stopped by itself" : "was stopped"
  return `failed: ${reason.cause instanceof Error ? reason.cause.message : String(reason.cause)}`
}

/** The asked actor is gone, or ended or was restarted before it replied. A message that was told is handed back. */
export class ActorStopped extends Data.TaggedError("ActorStopped")<{
  readonly actor: string
  readonly reason: ExitReason
  readonly tag?: string
  readonly payload?: unknown
}> {
  readonly code = "BALLAST_ACTOR_STOPPED"
  readonly hint = "watch the actor, or ask again once its supervisor has restarted it"
  override get message(): string {
    return `${this.actor} ${describeExit(this.reason)}`
  }
}

/** No reply came in time. A later one becomes a dead letter. */
export class AskTimeout extends Data.TaggedError("AskTimeout")<{
  readonly actor: string
  readonly question: string
  readonly timeout: number
}> {
  readonly code = "BALLAST_ASK_TIMEOUT"
  readonly hint = "allow more time, or look at the actor's mailbox depth"
  override get message(): string {
    return `${this.actor} did not reply to ${this.question} within ${this.timeout} ms (${this.hint})`
  }
}

/** The mailbox is full and rejects what it cannot take. The message is handed back. */
export class MailboxFull extends Data.TaggedError("MailboxFull")<{
  readonly actor: string
  readonly capacity: number
  readonly tag: string
  readonly payload: unknown
}> {
  readonly code = "BALLAST_MAILBOX_FULL"
  readonly hint = "use tellWhenReady, or raise the mailbox's capacity"
  override get message(): string {
    return `the mailbox of ${this.actor} holds ${this.capacity} messages already (${this.hint})`
  }
}

/** The actor has no handler for the message, or none as it behaves now. */
export class Unhandled extends Data.TaggedError("Unhandled")<{ readonly actor: string; readonly tag: string }> {
  readonly code = "BALLAST_UNHANDLED"
  readonly hint = "handle it in the behaviour that is in force, or stash it there"
  override get message(): string {
    return `${this.actor} does not handle ${this.tag} (${this.hint})`
  }
}

/** A router has nobody to give the question to: all its routees have ended, or none has come yet. */
export class NoRoutee extends Data.TaggedError("NoRoutee")<{ readonly router: string; readonly tag: string }> {
  readonly code = "BALLAST_NO_ROUTEE"
  readonly hint = "watch the router's pool for failures, or have an actor join its group"
  override get message(): string {
    return `${this.router} has no routee for ${this.tag} (${this.hint})`
  }
}

/** Actors that ask each other in a circle, each while it handles the other's question: none could ever reply. */
export class AskCycle extends Data.TaggedError("AskCycle")<{ readonly actors: ReadonlyArray<string> }> {
  readonly code = "BALLAST_ASK_CYCLE"
  readonly hint = "tell instead of ask at one place of the circle, or ask in context.fork and go on"
  override get message(): string {
    return `a cycle of asks: ${this.actors.join(" → ")} (${this.hint})`
  }
}

/** No room in the stash. */
export class StashFull extends Data.TaggedError("StashFull")<{ readonly actor: string; readonly capacity: number }> {
  readonly code = "BALLAST_STASH_FULL"
  readonly hint = "unstash earlier, or raise the actor's stash option"
  override get message(): string {
    return `the stash of ${this.actor} holds ${this.capacity} messages already (${this.hint})`
  }
}

/** There is no message in hand that could be put aside: it was put aside or handed on already, or none is handled. */
export class NothingToStash extends Data.TaggedError("NothingToStash")<{ readonly actor: string }> {
  readonly code = "BALLAST_NOTHING_TO_STASH"
  readonly hint = "stash in the handler of a message, once, before anything else is done with it"
  override get message(): string {
    return `${this.actor} is at no message that it could stash (${this.hint})`
  }
}

/** An actor that another is linked to has ended, and the other does not handle that. */
export class LinkedActorEnded extends Data.TaggedError("LinkedActorEnded")<{
  readonly actor: string
  readonly reason: ExitReason
}> {
  readonly code = "BALLAST_LINKED_ACTOR_ENDED"
  readonly hint = "define terminated to handle it, or watch instead of link"
  override get message(): string {
    return `${this.actor}, which it is linked to, ${describeExit(this.reason)}`
  }
}

/** A child could not be started; those started before it were stopped again. */
export class StartFailed extends Data.TaggedError("StartFailed")<{ readonly child: string; readonly cause: unknown }> {
  readonly code = "BALLAST_START_FAILED"
  readonly hint = "see cause"
  override get message(): string {
    return `${this.child} could not be started: ${this.cause instanceof Error ? this.cause.message : String(this.cause)}`
  }
}

/** A supervisor gave up: more restarts than its intensity allows. */
export class RestartIntensityExceeded extends Data.TaggedError("RestartIntensityExceeded")<{
  readonly supervisor: string
  readonly child: string
  readonly maxRestarts: number
  readonly window: number
  readonly cause: unknown
}> {
  readonly code = "BALLAST_RESTART_INTENSITY_EXCEEDED"
  readonly hint = "see cause; raise maxRestarts or window if such a rate is expected"
  override get message(): string {
    const why = this.cause instanceof Error ? this.cause.message : String(this.cause)
    return `${this.supervisor} gave up on ${this.child}: more than ${this.maxRestarts} restarts in ${this.window} ms (${why})`
  }
}

/** A name or child id that is taken. */
export class NameTaken extends Data.TaggedError("NameTaken")<{ readonly name: string }> {
  readonly code = "BALLAST_NAME_TAKEN"
  readonly hint = "a name is free again once its holder has fully stopped"
  override get message(): string {
    return `the name ${this.name} is taken (${this.hint})`
  }
}

/** A command to a supervisor that the child's state does not allow. */
export class ChildRefused extends Data.TaggedError("ChildRefused")<{ readonly child: string; readonly why: string }> {
  readonly code = "BALLAST_CHILD_REFUSED"
  readonly hint = "children() lists the children and their states"
  override get message(): string {
    return `${this.child}: ${this.why} (${this.hint})`
  }
}
