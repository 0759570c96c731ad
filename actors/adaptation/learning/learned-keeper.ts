import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { Actor } from "../../../src/actor/index.ts"
import type { LearnedParts, LearnedState } from "../../../src/adaptation/index.ts"
import type { Millis } from "../../../src/model/index.ts"
import type { EventBus } from "../../event-bus.ts"

export const learnedKeeperProtocol = {
  Save: Actor.message<Record<never, never>>(),
  Saved: Actor.message<{ readonly problem: string | undefined }>()
}

export interface LearnedKeeperOptions {
  readonly learned: LearnedParts
  readonly interval: Millis
  readonly write: (state: LearnedState) => Promise<void>
  readonly bus: EventBus
}

/** Keeps what was learned beyond this process, again and again (I4). Where that fails it is told once, and tried again. */
export const learnedKeeper = ({ learned, interval, write, bus }: LearnedKeeperOptions) =>
  Actor.make("LearnedKeeper", {
    protocol: learnedKeeperProtocol,
    initial: (context) => {
      context.timers.after("save", interval, "Save")
      return { isFailing: false }
    },
    handlers: {
      Save: (state, _, context) => {
        const now = context.now()
        const writing = Effect.tryPromise(() => write(learned.export(now)))
        context.pipeToSelf(writing, (exit) => [
          "Saved",
          { problem: Exit.isSuccess(exit) ? undefined : String(Cause.squash(exit.cause)) }
        ])
        return state
      },
      Saved: (state, { problem }, context) => {
        // Not before this one has ended: however slow a disk is, it is written by one at a time.
        context.timers.after("save", interval, "Save")
        if (problem !== undefined && !state.isFailing) {
          bus.publish({ _tag: "LearnedNotKept", at: context.now(), problem })
        }
        return { isFailing: problem !== undefined }
      }
    }
  })
