import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { Actor, type ActorRef, ActorSystem, type MailboxOptions } from "../../../src/actor/index.ts"
import type { World } from "../world.ts"

export interface BallastSettings {
  /** The default mailbox where absent: 1,024 messages, and who finds it full waits. */
  readonly mailbox?: MailboxOptions
  readonly ask: "promise" | "effect"
  /** Whether idle actors are registered beyond their name. */
  readonly registered: boolean
}

const adding = { Add: Actor.message<number>() }
const asking = { Add: Actor.ask<number, number>() }
const passing = { Ball: Actor.message<number>() }
const failing = { Fail: Actor.message(), Probe: Actor.message() }
const ticking = { Start: Actor.message(), Fire: Actor.message() }

const taken = (was: boolean | undefined): void => {
  if (was !== true) throw new Error("a message was not taken")
}

const at = <Item>(items: ReadonlyArray<Item>, index: number): Item => {
  const item = items[index]
  if (item === undefined) throw new RangeError(`nothing at ${index}`)
  return item
}

/**
 * Senders keep at most 1,000 messages to one actor under way, so that the default mailbox has room for each: a `tell`
 * that returned `false` would be an error here, not a message less.
 */
export const ballastWorld = async ({ mailbox, ask, registered }: BallastSettings): Promise<World> => {
  const scope = Scope.makeUnsafe()
  const system = await Effect.runPromise(ActorSystem.make().pipe(Effect.provideService(Scope.Scope, scope)))
  const options = mailbox === undefined ? {} : { mailbox }

  const answerersOf = (count: number): ReadonlyArray<ActorRef<typeof asking>> => {
    const behaviour = Actor.make("Answerer", {
      protocol: asking,
      initial: 0,
      handlers: {
        Add: (sum: number, n, { reply }) => {
          reply(sum + n)
          return sum + n
        }
      }
    })
    return Array.from({ length: count }, () => system.spawn(behaviour, options))
  }

  const promises: Pick<World, "answerers"> = {
    answerers: async (count) => {
      const refs = answerersOf(count)
      return (index) => at(refs, index).askPromise("Add", 1)
    }
  }

  const effects: Pick<World, "askAll"> = {
    askAll: async (count) => {
      const refs = answerersOf(count)
      return (asks, lanes) => {
        let begun = 0
        const lane = Effect.whileLoop({
          while: () => begun < asks,
          body: () => at(refs, begun++ % count).ask("Add", 1),
          step: () => {}
        })
        return Effect.runPromise(
          Effect.all(
            Array.from({ length: lanes }, () => lane),
            { concurrency: "unbounded", discard: true }
          )
        )
      }
    }
  }

  return {
    ...(ask === "promise" ? promises : effects),
    counters: async (count, handled) => {
      const behaviour = Actor.make("Counter", {
        protocol: adding,
        initial: 0,
        handlers: {
          Add: (sum: number, n) => {
            handled()
            return sum + n
          }
        }
      })
      const refs = Array.from({ length: count }, () => system.spawn(behaviour, options))
      return (index) => taken(refs[index]?.tell("Add", 1))
    },
    relay: async (count, again) => {
      const refs: Array<ActorRef<typeof passing>> = []
      for (let index = 0; index < count; index += 1) {
        const behaviour = Actor.make("Relay", {
          protocol: passing,
          initial: 0,
          handlers: {
            Ball: (sum: number, n) => {
              if (again()) taken(refs[(index + 1) % count]?.tell("Ball", n))
              return sum + n
            }
          }
        })
        refs.push(system.spawn(behaviour, options))
      }
      return (index) => taken(refs[index]?.tell("Ball", 1))
    },
    spawnAndStop: (count) => {
      const behaviour = Actor.make("Short", {
        protocol: adding,
        initial: 0,
        handlers: { Add: (sum: number, n) => sum + n }
      })
      const refs = Array.from({ length: count }, () => system.spawn(behaviour, options))
      return Effect.runPromise(system.stopAll(refs))
    },
    idle: (count) =>
      new Promise((resolve) => {
        let left = count
        const behaviour = Actor.make("Idle", {
          protocol: adding,
          initial: 0,
          handlers: {
            Add: (sum: number, n) => {
              left -= 1
              if (left === 0) resolve()
              return sum + n
            }
          }
        })
        for (let index = 0; index < count; index += 1) {
          const name = `actor-${index}`
          const ref = system.spawn(behaviour, { ...options, name })
          if (registered) system.registry.register(Actor.key<typeof adding>(name), ref)
          taken(ref.tell("Add", 1))
        }
      }),
    restarts: async (times) => {
      let failedAt = 0
      let onHandled: (micros: number) => void = () => {}
      const behaviour = Actor.make("Failing", {
        protocol: failing,
        initial: 0,
        handlers: {
          Fail: () => {
            failedAt = performance.now()
            throw new Error("failed")
          },
          Probe: (state: number) => {
            onHandled((performance.now() - failedAt) * 1_000)
            return state
          }
        }
      })
      const top = await Effect.runPromise(
        system.supervise({
          name: "restarts",
          strategy: "one-for-one",
          maxRestarts: times,
          children: [{ id: "failing", actor: behaviour, ...options }]
        })
      )
      const ref = top.supervisor.ref("failing", behaviour)
      const micros: Array<number> = []
      for (let time = 0; time < times; time += 1) {
        micros.push(
          await new Promise((resolve) => {
            onHandled = resolve
            taken(ref?.tell("Fail"))
            taken(ref?.tell("Probe"))
          })
        )
      }
      await Effect.runPromise(top.stop)
      return micros
    },
    timer: async (ms, fired) => {
      const behaviour = Actor.make("Timed", {
        protocol: ticking,
        initial: 0,
        handlers: {
          Start: (state: number, _payload, { timers }) => {
            timers.after("tick", ms, "Fire")
            return state
          },
          Fire: (state: number, _payload, { timers }) => {
            if (fired()) timers.after("tick", ms, "Fire")
            return state
          }
        }
      })
      taken(system.spawn(behaviour, options).tell("Start"))
    },
    close: () => Effect.runPromise(Scope.close(scope, Exit.void))
  }
}
