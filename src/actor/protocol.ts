/** A message that is told: it carries a payload and has no reply. */
export interface Message<Payload> {
  readonly kind: "message"
  readonly "~payload"?: Payload
}

/** A message that is asked: it carries a payload and is answered with a reply. */
export interface Question<Payload, Reply> {
  readonly kind: "ask"
  readonly "~payload"?: Payload
  readonly "~reply"?: Reply
}

/** The messages an actor understands, by tag. */
export type Protocol = Readonly<Record<string, Message<unknown> | Question<unknown, unknown>>>

/** A message without reply: `Add: message<{ n: number }>()`. */
export const message = <Payload = Record<never, never>>(): Message<Payload> => ({ kind: "message" })

/** A message with a reply: `Get: ask<{}, number>()`. */
export const ask = <Payload = Record<never, never>, Reply = void>(): Question<Payload, Reply> => ({ kind: "ask" })

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

/** A payload that may be left out where nothing is required of it. */
export type PayloadArgs<Payload> = Record<never, never> extends Payload ? [payload?: Payload] : [payload: Payload]
