import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { Actor, type ActorContext, type ActorRef } from "../../src/actor/index.ts"
import { diary, protocol as diaryProtocol, given } from "./given.ts"

const plain = { Crash: Actor.message(), Stop: Actor.message() }

/** Hands its context out, and does what it is told. */
const open = (onContext: (context: ActorContext<typeof plain>) => void, beforeRestart: typeof onContext = () => {}) =>
  Actor.make("Open", {
    protocol: plain,
    initial: (context) => {
      onContext(context)
      return 0
    },
    handlers: {
      Crash: () => {
        throw new Error("crash")
      },
      Stop: (state, _payload, { stop }) => {
        stop()
        return state
      }
    },
    beforeRestart: (_state, context) => beforeRestart(context)
  })

/** An actor whose child's failure is its own. */
const parentOf = (log: Array<string>, startMs = 0) => {
  let starts = 0
  return Actor.make("Parent", {
    protocol: {
      CrashChild: Actor.message<{ ms: number }>(),
      Work: Actor.message(),
      Note: Actor.message<{ text: string }>()
    },
    initial: ({ spawn }) => {
      starts += 1
      const child = spawn(diary(), { name: "child", onFailure: () => "escalate" })
      const start = starts
      if (startMs === 0) return { start, child }
      child.tell("Crash", {})
      return Effect.as(Effect.sleep(startMs), { start, child })
    },
    handlers: {
      CrashChild: (state, { ms }) => {
        state.child.tell("CrashLater", { ms })
        return state
      },
      Work: () =>
        Effect.andThen(Effect.sleep(100), Effect.fail(new Error("late"))).pipe(
          Effect.onInterrupt(() => Effect.sync(() => void log.push("interrupted")))
        ),
      Note: (state, { text }) => {
        log.push(`${text} in ${state.start}`)
        return state
      }
    }
  })
}

describe("S14: a failure that is handed up", () => {
  it("while an Effect handles the parent's message: that is interrupted, and nothing of it reaches the new instance", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(parentOf(log))
    ref.tell("CrashChild", { ms: 10 })
    ref.tell("Work")
    ref.tell("Note", { text: "a" })
    virtual.advance(200)
    ref.tell("Note", { text: "b" })
    virtual.settle()
    expect(log).toEqual(["interrupted", "a in 2", "b in 2"])
    expect(system.inspect().restarts).toHaveLength(1)
  })

  it("while the parent's start takes its time: that start fails", () => {
    const { virtual, system } = given()
    const ref = system.spawn(parentOf([], 50))
    virtual.advance(200)
    expect(ref.cell.exitReason).toMatchObject({ _tag: "Failed", cause: { message: "crash" } })
  })
})

describe("hooks and contexts at their edges", () => {
  it("an actor that stops itself in beforeRestart, in a backoff, ends once (L1)", () => {
    const { virtual, system } = given()
    const ends: Array<string> = []
    system.events.subscribe(({ event, actor }) => {
      if (event === "actor.stopped") ends.push(actor)
    })
    const behaviour = open(
      () => {},
      ({ stop }) => stop()
    )
    const ref = system.spawn(behaviour, { name: "a", backoff: { base: 10, max: 10, jitter: 0 } })
    ref.tell("Crash")
    virtual.advance(100)
    expect(ends).toEqual(["a"])
    expect(ref.isStopped).toBe(true)
  })

  it("who has ended spawns nobody and watches nobody", () => {
    const { virtual, system } = given()
    const contexts: Array<ActorContext<typeof plain>> = []
    const other = system.spawn(diary())
    const ref = system.spawn(open((context) => contexts.push(context)))
    virtual.run(system.stop(ref))
    const [context] = contexts
    expect(() => context?.spawn(diary())).toThrow("its parent is stopping or has stopped")
    context?.watch(other)
    expect(other.cell.watchers).toBe(0)
  })

  it("unstashAll beside the mailbox, from an effect of fork, wakes the actor (H1)", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const door = Actor.make("Door", {
      protocol: { Open: Actor.message(), Say: Actor.message<{ text: string }>() },
      initial: false,
      handlers: {
        Open: (state, _payload, { become, fork, unstashAll }) => {
          become({
            Say: (_state, { text }) => {
              log.push(text)
              return true
            }
          })
          fork(Effect.andThen(Effect.sleep(10), Effect.sync(unstashAll)))
          return state
        },
        Say: (state, _payload, { stash }) => {
          stash()
          return state
        }
      }
    })
    const ref = system.spawn(door)
    ref.tell("Say", { text: "1" })
    ref.tell("Open")
    virtual.advance(20)
    expect(log).toEqual(["1"])
  })

  it("pipeToSelf tells of an effect that interrupted itself, and nothing of one that a restart interrupts", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const piping = Actor.make("Piping", {
      protocol: {
        Pipe: Actor.message<{ ms: number }>(),
        Done: Actor.message<{ text: string }>(),
        Crash: Actor.message()
      },
      initial: 0,
      handlers: {
        Pipe: (state, { ms }, { pipeToSelf }) => {
          pipeToSelf(ms === 0 ? Effect.interrupt : Effect.sleep(ms), ({ _tag }) => ["Done", { text: `${ms}: ${_tag}` }])
          return state
        },
        Done: (state, { text }) => {
          log.push(text)
          return state
        },
        Crash: () => {
          throw new Error("crash")
        }
      }
    })
    const ref = system.spawn(piping)
    ref.tell("Pipe", { ms: 0 })
    ref.tell("Pipe", { ms: 50 })
    virtual.settle()
    ref.tell("Crash")
    virtual.advance(100)
    expect(log).toEqual(["0: Failure"])
  })

  it("a question to all is answered though its router stops meanwhile (R1)", () => {
    const { virtual, system } = given()
    const routees = [system.spawn(diary()), system.spawn(diary())]
    const router = system.spawn(Actor.router({ protocol: diaryProtocol, to: { refs: routees }, strategy: "broadcast" }))
    const answer = virtual.fork(router.ask("Echo", { text: "x", ms: 100 }))
    virtual.advance(10)
    virtual.run(system.stop(router))
    virtual.advance(200)
    expect(answer.pollUnsafe()).toMatchObject({ _tag: "Success", value: "x" })
  })

  it("interrupting the start of a supervisor stops what has started", () => {
    const { virtual, system } = given()
    const children = [
      { id: "first", actor: diary() },
      { id: "slow", actor: diary({ startMs: 100 }) }
    ]
    const fiber = virtual.fork(system.supervise({ name: "top", strategy: "one-for-one", children }))
    virtual.advance(10)
    fiber.interruptUnsafe()
    virtual.advance(1_000)
    expect(system.inspect().tree).toEqual([])
  })
})

describe("K3: what the types refuse", () => {
  const small = { A: Actor.message<{ n: number }>() }
  const large = { ...small, B: Actor.message<{ text: string }>() }
  const handlers = { A: () => 0, B: () => 0 }
  const key = Actor.key<typeof large>("large")

  it("a ref in the place of one that takes more messages, or others; fewer are no matter", () => {
    const { system } = given()
    const takesSmall = system.spawn(Actor.make("Small", { protocol: small, initial: 0, handlers: { A: () => 0 } }))
    const takesLarge = system.spawn(Actor.make("Large", { protocol: large, initial: 0, handlers }))
    const narrowed: ActorRef<typeof small> = takesLarge
    // @ts-expect-error: it does not take B
    const widened: ActorRef<typeof large> = takesSmall
    const text = { A: Actor.message<{ n: string }>() }
    // @ts-expect-error: its A takes a number
    const other: ActorRef<typeof text> = takesSmall
    expect([narrowed, widened, other]).toEqual([takesLarge, takesSmall, takesSmall])
  })

  it("a key that promises more than its holder takes", () => {
    const { system } = given()
    const behaviour = Actor.make("Small", { protocol: small, initial: 0, handlers: { A: () => 0 } })
    // @ts-expect-error: it does not take B
    const ref = system.spawn(behaviour, { as: key })
    // @ts-expect-error: it does not take B
    system.registry.join(key, ref)
    const takesLarge = system.spawn(Actor.make("Large", { protocol: large, initial: 0, handlers }), {
      as: Actor.key<typeof small>("small")
    })
    expect(system.registry.find(Actor.key<typeof small>("small"))).toBe(takesLarge)
    expect(system.registry.members(key)).toEqual([ref])
  })

  it("a payload that is undefined need not be given", () => {
    const { virtual, system } = given()
    const log: Array<unknown> = []
    const protocol = {
      Undefined: Actor.message<undefined>(),
      Void: Actor.message<void>(),
      Number: Actor.message<number>()
    }
    const note = (state: number, payload: unknown): number => {
      log.push(payload)
      return state
    }
    const ref = system.spawn(
      Actor.make("Sparse", { protocol, initial: 0, handlers: { Undefined: note, Void: note, Number: note } })
    )
    ref.tell("Undefined")
    ref.tell("Void")
    // @ts-expect-error: a number is declared
    ref.tell("Number")
    virtual.settle()
    expect(log).toEqual([undefined, undefined, undefined])
  })
})
