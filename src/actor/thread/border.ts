import * as Schema from "effect/Schema"
import type { Protocol } from "../protocol.ts"
import { checkCloneable } from "./cloneable.ts"
import { SchemaMismatch } from "./errors.ts"
import type { MessageData } from "./wire.ts"

type Part = SchemaMismatch["part"]

interface Codec {
  readonly encode: (value: unknown) => unknown
  readonly decode: (value: unknown) => unknown
}

/**
 * What crosses from one thread to another. With schemas it crosses in the form in which it would cross to another
 * machine, checked on both sides, so that classes, Options and Dates arrive as what they were. Without, it is copied as
 * it is, and what would not arrive whole is refused.
 */
export class Border {
  readonly #actor: string
  readonly #codecs = new Map<string, Codec>()

  /** Without a protocol nothing is encoded. */
  constructor(actor: string, protocol: Protocol | undefined) {
    this.#actor = actor
    for (const [tag, { payload, reply }] of Object.entries(protocol ?? {})) {
      if (payload !== undefined) this.#codecs.set(`payload ${tag}`, codecOf(payload))
      if (reply !== undefined) this.#codecs.set(`reply ${tag}`, codecOf(reply))
    }
  }

  /** Throws `NotCloneable` or `SchemaMismatch`. */
  encode(part: Part, tag: string, value: unknown): unknown {
    const codec = this.#codecs.size === 0 ? undefined : this.#codecs.get(`${part} ${tag}`)
    if (codec !== undefined) return this.#through(codec.encode, part, tag, value)
    checkCloneable(value, part)
    return value
  }

  /** Throws `SchemaMismatch`. */
  decode(part: Part, tag: string, value: unknown): unknown {
    const codec = this.#codecs.size === 0 ? undefined : this.#codecs.get(`${part} ${tag}`)
    return codec === undefined ? value : this.#through(codec.decode, part, tag, value)
  }

  #through(way: (value: unknown) => unknown, part: Part, tag: string, value: unknown): unknown {
    try {
      return way(value)
    } catch (cause) {
      throw new SchemaMismatch({ actor: this.#actor, tag, part, cause })
    }
  }
}

const codecOf = (schema: Schema.Codec<unknown, unknown>): Codec => {
  const json = Schema.toCodecJson(schema)
  return { encode: Schema.encodeUnknownSync(json), decode: Schema.decodeUnknownSync(json) }
}

/** The messages of a protocol, as the other side is told of them. */
export const messagesOf = (protocol: Protocol): ReadonlyArray<readonly [tag: string, message: MessageData]> =>
  Object.entries(protocol).map(([tag, { kind, retries = 0, payload, reply }]) => [
    tag,
    { kind, retries, hasPayload: payload !== undefined, hasReply: reply !== undefined }
  ])

/** Where two sides do not agree on a protocol, in words. */
export const differenceOf = (
  ours: Protocol,
  theirs: ReadonlyArray<readonly [tag: string, message: MessageData]>
): string | undefined => {
  const known = new Map(messagesOf(ours))
  for (const [tag, their] of theirs) {
    const our = known.get(tag)
    if (our === undefined) return `the protocol given does not have its message ${tag}`
    if (our.kind !== their.kind) return `${tag} is a${their.kind === "ask" ? " question" : " message"} there only`
    if (our.hasPayload !== their.hasPayload) return `the payload of ${tag} has a schema on one side only`
    if (our.hasReply !== their.hasReply) return `the reply of ${tag} has a schema on one side only`
    known.delete(tag)
  }
  const [missing] = known.keys()
  return missing === undefined ? undefined : `it does not have the message ${missing} of the protocol given`
}
