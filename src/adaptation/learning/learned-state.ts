import * as Schema from "effect/Schema"
import type { Millis } from "../../model/index.ts"

/** The version that is written; another is not read. */
export const learnedVersion = 1

export const LearnedState = Schema.Struct({
  version: Schema.Literal(learnedVersion),
  /** Of each part what it has learned, in a form of its own. */
  parts: Schema.Record(Schema.String, Schema.Unknown)
})

/** What a runtime has learned: plain data that survives JSON. */
export type LearnedState = typeof LearnedState.Type

/** Something that learns, and can go on from what it has learned before. */
export interface LearnedPart {
  /** Plain data; times as milliseconds before `now`. */
  save(now: Millis): unknown
  /** Throws where it can make nothing of it, and has changed nothing then. */
  load(data: unknown, now: Millis): void
}

/** A part whose data a schema describes. */
export const partOf = <A>(
  schema: Schema.Decoder<A>,
  { save, load }: { readonly save: (now: Millis) => A; readonly load: (data: A, now: Millis) => void }
): LearnedPart => {
  const decode = Schema.decodeUnknownSync(schema)
  return { save, load: (data, now) => load(decode(data), now) }
}

export interface LostPart {
  readonly part: string
  readonly reason: string
}

/** All that learns, by name. */
export class LearnedParts {
  readonly #parts = new Map<string, LearnedPart>()

  add(name: string, part: LearnedPart): void {
    this.#parts.set(name, part)
  }

  export(now: Millis): LearnedState {
    return {
      version: learnedVersion,
      parts: Object.fromEntries([...this.#parts].map(([name, part]) => [name, part.save(now)]))
    }
  }

  /** Gives what could not be taken over. A part that nobody knows any more is none. */
  import({ parts }: LearnedState, now: Millis): ReadonlyArray<LostPart> {
    return [...this.#parts].flatMap(([name, part]) => {
      if (!Object.hasOwn(parts, name)) return []
      try {
        part.load(parts[name], now)
        return []
      } catch (error) {
        return [{ part: name, reason: error instanceof Error ? error.message : String(error) }]
      }
    })
  }
}
