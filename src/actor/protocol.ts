import type * as Schema from "effect/Schema"

/** What a protocol may say of a message beside its types. */
export interface MessageOptions {
  /** How often it is handled again after its handling failed and the actor was restarted. Default 0 (M3). */
  readonly retries?: number
}

interface WithPayload<Payload> {
  /** What a payload is. With it, the message is checked and encoded where it crosses to another thread or machine. */
  readonly payload: Schema.Codec<Payload, unknown>
}

interface WithReply<Reply> {
  /** What a reply is. */
  readonly reply: Schema.Codec<Reply, unknown>
}

/** What every message says of itself at run time. */
interface Described extends MessageOptions {
  readonly payload?: Schema.Codec<unknown, unknown>
  readonly reply?: Schema.Codec<unknown, unknown>
}

/** A message that is told: it carries a payload and has no reply. */
export interface Message<Payload> extends Described {
  readonly kind: "message"
  readonly "~payload"?: Payload
}

/** A message that is asked: it carries a payload and is answered with a reply. */
export interface Question<Payload, Reply> extends Described {
  readonly kind: "ask"
  readonly "~payload"?: Payload
  readonly "~reply"?: Reply
}

/** The messages an actor understands, by tag. */
export type Protocol = Readonly<Record<string, Message<unknown> | Question<unknown, unknown>>>

/** A message without reply: `Add: message<{ n: number }>()`, or `message({ payload: Schema.Struct({ … }) })`. */
export const message = <Payload = Record<never, never>>(
  options?: MessageOptions | (MessageOptions & WithPayload<Payload>)
): Message<NoInfer<Payload>> => ({ kind: "message", ...options })

/** A message with a reply: `Get: ask<{}, number>()`, or `ask({ payload: …, reply: Schema.Number })`. */
export const ask = <Payload = Record<never, never>, Reply = void>(
  options?: MessageOptions | (MessageOptions & Partial<WithPayload<Payload>> & WithReply<Reply>)
): Question<NoInfer<Payload>, NoInfer<Reply>> => ({ kind: "ask", ...options })

export type PayloadOf<P extends Protocol, Tag extends keyof P> =
  P[Tag] extends Question<infer Payload, unknown> ? Payload : P[Tag] extends Message<infer Payload> ? Payload : never

export type ReplyOf<P extends Protocol, Tag extends keyof P> =
  P[Tag] extends Question<unknown, infer Reply> ? Reply : never

/** Tags of messages that are told. A question can be told too: nobody waits for its reply then. */
export type TellTag<P extends Protocol> = keyof P & string

/** Tags of messages that have a reply. */
export type AskTag<P extends Protocol> = {
  [Tag in keyof P & string]: P[Tag] extends { readonly kind: "ask" } ? Tag : never
}[keyof P & string]

/** A payload that may be left out where there is nothing in it. */
export type PayloadArgs<Payload> = undefined extends Payload
  ? [payload?: Payload]
  : keyof Payload extends never
    ? Record<never, never> extends Payload
      ? [payload?: Payload]
      : [payload: Payload]
    : [payload: Payload]
