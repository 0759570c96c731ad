import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as References from "effect/References"
import {
  Actor,
  ActorSystem,
  type AnyRef,
  type Behaviour,
  describeExit,
  type SystemOptions
} from "../../src/actor/index.ts"
import { VirtualTime } from "../../src/testing/index.ts"

/** A system under virtual time, which logs nothing. */
export const given = (options?: SystemOptions): { virtual: VirtualTime; system: ActorSystem } => {
  const virtual = new VirtualTime()
  const context = Context.add(virtual.context, References.MinimumLogLevel, "None")
  return { virtual, system: new ActorSystem(context, options) }
}

export const protocol = {
  Say: Actor.message<{ text: string }>(),
  /** Takes so many milliseconds, then says it. */
  Slow: Actor.message<{ text: string; ms: number }>(),
  Crash: Actor.message<{ text?: string }>(),
  CrashLater: Actor.message<{ ms: number }>(),
  Stop: Actor.message(),
  /** The texts of this incarnation. */
  Texts: Actor.ask<Record<never, never>, ReadonlyArray<string>>(),
  /** `stubborn`: goes on when nobody waits for the answer any more. */
  Echo: Actor.ask<{ text: string; ms?: number; stubborn?: boolean }, string>()
}

export interface DiaryOptions {
  /** Hooks and messages are written here, with the actor's name. */
  readonly log?: Array<string>
  /** Called at each start with its number, from 1; what it throws is a failed start. */
  readonly onStart?: (start: number) => void
  /** How long a start takes, in milliseconds. */
  readonly startMs?: number
  /** How long `stopping` takes, in milliseconds. */
  readonly stopMs?: number
}

/** An actor that remembers what it was told, crashes on request and writes its life down. */
export const diary = ({
  log = [],
  onStart,
  startMs = 0,
  stopMs = 0
}: DiaryOptions = {}): Behaviour<typeof protocol> => {
  let starts = 0
  const begin = (): ReadonlyArray<string> => {
    starts += 1
    onStart?.(starts)
    return []
  }
  return Actor.make("Diary", {
    protocol,
    initial: () =>
      startMs === 0 ? begin() : Effect.sleep(startMs).pipe(Effect.andThen(Effect.sync(begin)), Effect.orDie),
    handlers: {
      Say: (texts, { text }, { name }) => {
        log.push(`${name}: ${text}`)
        return [...texts, text]
      },
      Slow: (texts, { text, ms }, { name }) =>
        Effect.sleep(ms).pipe(
          Effect.map(() => {
            log.push(`${name}: ${text}`)
            return [...texts, text]
          })
        ),
      Crash: (_texts, { text = "crash" }) => {
        throw new Error(text)
      },
      CrashLater: (_texts, { ms }) => Effect.andThen(Effect.sleep(ms), Effect.fail(new Error("later"))),
      Stop: (texts, _payload, context) => {
        context.stop()
        return texts
      },
      Texts: (texts, _payload, { reply }) => {
        reply(texts)
        return texts
      },
      Echo: (texts, { text, ms, stubborn = false }, context) => {
        if (ms === undefined) {
          context.reply(text)
          return texts
        }
        const echo = Effect.sleep(ms).pipe(
          Effect.map(() => {
            context.reply(text)
            return texts
          })
        )
        return stubborn ? Effect.uninterruptible(echo) : echo
      }
    },
    started: (_texts, { name }) => {
      log.push(`${name} started`)
    },
    stopping: (_texts, { name }, reason) => {
      log.push(`${name} stopping: ${describeExit(reason)}`)
      return stopMs === 0 ? undefined : Effect.sleep(stopMs)
    },
    beforeRestart: (_texts, { name }, cause) => {
      log.push(`${name} before restart: ${cause instanceof Error ? cause.message : String(cause)}`)
    },
    afterRestart: (_texts, { name }) => {
      log.push(`${name} after restart`)
    }
  })
}

/** An actor that watches, and notes who ended and why. */
export const watcher = (log: Array<string>) =>
  Actor.make("Watcher", {
    protocol: {
      Watch: Actor.message<{ ref: AnyRef }>(),
      Unwatch: Actor.message<{ ref: AnyRef }>(),
      Say: Actor.message<{ text: string }>(),
      Crash: Actor.message(),
      Block: Actor.message<{ ms: number }>()
    },
    initial: undefined,
    handlers: {
      Watch: (state, { ref }, { watch }) => {
        watch(ref)
        return state
      },
      Unwatch: (state, { ref }, { unwatch }) => {
        unwatch(ref)
        return state
      },
      Say: (state, { text }) => {
        log.push(text)
        return state
      },
      Crash: () => {
        throw new Error("watcher crashed")
      },
      Block: (state, { ms }) => Effect.as(Effect.sleep(ms), state)
    },
    terminated: (state, { ref, reason }) => {
      log.push(`${ref.name} ${describeExit(reason)}`)
      return state
    }
  })

/** The error an effect fails with. */
export const failureOf = <E>(virtual: VirtualTime, effect: Effect.Effect<unknown, E>): E =>
  virtual.run(Effect.flip(effect))
