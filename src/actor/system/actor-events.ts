import * as Effect from "effect/Effect"
import { describeExit, type ExitReason, type RestartIntensityExceeded } from "../errors.ts"
import type { DeadLetterReason } from "./dead-letters.ts"

interface OfActor {
  /** Its path. */
  readonly actor: string
  /** Milliseconds on the system's monotonic clock. */
  readonly at: number
}

/** What happened, under its fixed name. */
export type OwnEvent =
  | {
      /** It takes messages now: after its first start, or after a restart. */
      readonly event: "actor.started"
      readonly behaviour: string
      readonly restarts: number
    }
  | {
      /** A handler or hook failed; its supervisor decides. */
      readonly event: "actor.failed"
      readonly cause: unknown
    }
  | {
      /** Its supervisor starts it anew, after `delay` milliseconds. */
      readonly event: "actor.restarting"
      readonly cause: unknown
      readonly attempt: number
      readonly delay: number
    }
  | {
      /** It has ended for good. */
      readonly event: "actor.stopped"
      readonly reason: ExitReason
    }
  | {
      /** It took longer to stop than it was given, `timeout` milliseconds, and was interrupted. */
      readonly event: "actor.overran"
      readonly timeout: number
    }
  | {
      /** The supervisor of that path gave up on its children; its own parent decides. */
      readonly event: "supervisor.gave_up"
      readonly cause: RestartIntensityExceeded
    }
  | {
      /** A message to that actor was not handled. */
      readonly event: "dead_letter"
      readonly tag: string
      readonly reason: DeadLetterReason
    }

/** What happened to which actor, and when. */
export type ActorEvent = OfActor & OwnEvent

export type ActorEventListener = (event: ActorEvent) => void

/** Tells what happens in a system. Where nobody listens, nothing is made to be told. */
export class ActorEvents {
  readonly #listeners = new Set<ActorEventListener>()
  readonly #onListenerFailure: (cause: unknown) => void

  constructor(onListenerFailure: (cause: unknown) => void) {
    this.#onListenerFailure = onListenerFailure
  }

  /** Whether anybody listens: ask before making an event. */
  get isHeard(): boolean {
    return this.#listeners.size > 0
  }

  /** Tells each event from now on, on the stack on which it happens. Returns what ends it. */
  subscribe(listener: ActorEventListener): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  /** @internal */
  publish(event: ActorEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event)
      } catch (cause) {
        this.#onListenerFailure(cause)
      }
    }
  }
}

const levels = {
  "actor.started": "Debug",
  "actor.failed": "Warn",
  "actor.restarting": "Warn",
  "actor.stopped": "Debug",
  "actor.overran": "Warn",
  "supervisor.gave_up": "Error",
  dead_letter: "Debug"
} as const satisfies Record<ActorEvent["event"], string>

/** An event as a line of Effect's log: its name is the message, what belongs to it are annotations. */
export const logged = ({ event, ...fields }: ActorEvent): Effect.Effect<void> => {
  const { cause, ...rest } = { cause: undefined, ...fields }
  const reason = "reason" in rest && typeof rest.reason === "object" ? { reason: describeExit(rest.reason) } : {}
  const line = cause === undefined ? [event] : [event, cause]
  return Effect.logWithLevel(levels[event])(...line).pipe(Effect.annotateLogs({ ...rest, ...reason }))
}
