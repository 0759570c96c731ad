import type { DeadLetterReason } from "../system/dead-letters.ts"
import type { ErrorData, ExitData } from "./error-data.ts"

/** What a thread is started with. */
export interface Boot {
  /** An absolute URL. */
  readonly module: string
  readonly export: string
  readonly args: unknown
  /** The actor's name, on both sides. */
  readonly actor: string
  /** Messages the actor's stash holds at most. */
  readonly stash: number | undefined
  /** Whether an earlier incarnation failed, so that `afterRestart` is due. */
  readonly isRestart: boolean
  /** Whether payloads and replies are encoded with the protocol's schemas, where it has them. */
  readonly isEncoded: boolean
  readonly slots: SharedArrayBuffer
}

/** A span, as far as another thread needs to know it. */
export interface SpanData {
  readonly spanId: string
  readonly traceId: string
  readonly sampled: boolean
}

/** A message on its way to the thread. */
export interface Parcel {
  readonly kind: "mail"
  readonly slot: number
  readonly tag: string
  readonly payload: unknown
  /** Of a question: its number. */
  readonly ask?: number
  /** Milliseconds that are left for it, where there is a limit. */
  readonly within?: number
  readonly trace?: SpanData
}

export type ToThread =
  | Parcel
  /** Nobody waits for the answer to this question any more. */
  | { readonly kind: "abandon"; readonly ask: number }
  /** After a failure: the actor is to go on with the state it has. */
  | { readonly kind: "resume" }
  /** The actor is to end, gracefully; answered by `gone`. */
  | { readonly kind: "stop"; readonly reason: ExitData }
  /** The thread is to end; the actor's place is taken by another, or by none. */
  | { readonly kind: "close"; readonly isRestart: boolean }

/** A message that the actor did not come to: one of those that were sent here, or one that it had told itself. */
export type Left = number | OwnMessage

/** A message that the actor had told itself. */
export interface OwnMessage {
  readonly tag: string
  readonly payload: unknown
}

/** A message of the protocol, as far as both sides must agree on it. */
export interface MessageData {
  readonly kind: "message" | "ask"
  readonly retries: number
  readonly hasPayload: boolean
  readonly hasReply: boolean
}

export type FromThread =
  | { readonly kind: "loaded"; readonly messages: ReadonlyArray<readonly [tag: string, message: MessageData]> }
  | {
      readonly kind: "invalid"
      readonly why: string
      readonly exports: ReadonlyArray<string>
      readonly cause: ErrorData | undefined
    }
  | { readonly kind: "started" }
  /** An exception that reached the top; the thread may be about to end by it. */
  | { readonly kind: "uncaught"; readonly cause: ErrorData }
  | { readonly kind: "start-failed"; readonly cause: ErrorData }
  | { readonly kind: "reply"; readonly ask: number; readonly reply: unknown }
  | { readonly kind: "refused"; readonly ask: number; readonly error: ErrorData }
  /** Nothing more will come of this question. */
  | { readonly kind: "forgotten"; readonly ask: number }
  /** The message was not handled, and will not be. */
  | { readonly kind: "buried"; readonly slot: number; readonly reason: DeadLetterReason }
  /** A dead letter of the thread's own. */
  | {
      readonly kind: "letter"
      readonly actor: string
      readonly tag: string
      readonly payload: unknown
      readonly reason: DeadLetterReason
    }
  /** The actor failed; `left` comes back, in this order. `own`: what it was at, if that was a message of its own. */
  | {
      readonly kind: "failed"
      readonly cause: ErrorData
      readonly own: OwnMessage | undefined
      readonly left: ReadonlyArray<Left>
    }
  /** The actor has ended, because it was asked to or by itself. */
  | { readonly kind: "gone"; readonly failure: ErrorData | undefined; readonly left: ReadonlyArray<Left> }
