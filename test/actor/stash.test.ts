import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Actor, type ActorRef, type AnyRef, type Handlers, NothingToStash, StashFull } from "../../src/actor/index.ts"
import { diary, failureOf, given } from "./given.ts"

const protocol = {
  Say: Actor.message<{ text: string }>(),
  /** Answered once the door is open. */
  Enter: Actor.ask<{ text: string }, string>(),
  Open: Actor.message(),
  Close: Actor.message(),
  /** Only a closed door has something to do with it. */
  Knock: Actor.message<{ text: string }>(),
  Ring: Actor.message<{ ms: number; text: string }>(),
  Watch: Actor.message<{ ref: AnyRef }>(),
  Spawn: Actor.message<{ stopMs: number }>()
}

interface Door {
  readonly said: number
}

const explosive = "explode"

/** Stashes what it is told until it is opened. Its log has what it handled, with the number of its incarnation. */
const door = (log: Array<string>) => {
  let incarnation = 0
  const note = (state: Door, text: string): Door => {
    if (text === explosive) throw new Error(text)
    log.push(`${incarnation}: ${text}`)
    return { said: state.said + 1 }
  }
  const open: Partial<Handlers<typeof protocol, Door>> = {
    Say: (state, { text }) => note(state, text),
    Enter: (state, { text }, { reply }) => {
      reply(`${text}, after ${state.said}`)
      return note(state, text)
    },
    Close: (state, _payload, { unbecome }) => {
      unbecome()
      return note(state, "closed")
    }
  }
  return Actor.make("Door", {
    protocol,
    initial: (): Door => {
      incarnation += 1
      return { said: 0 }
    },
    handlers: {
      Say: (state, _payload, { stash }) => {
        stash()
        return state
      },
      Enter: (state, _payload, { stash }) => {
        stash()
        return state
      },
      Open: (state, _payload, { become, unstashAll }) => {
        become(open)
        unstashAll()
        return note(state, "opened")
      },
      Close: (state, _payload, { stash }) => {
        stash()
        return state
      },
      Knock: (state, { text }, { unstashAll }) => {
        unstashAll()
        return note(state, text)
      },
      Ring: (state, { ms, text }, { timers }) => {
        timers.after("ring", ms, "Say", { text })
        return state
      },
      Watch: (state, { ref }, { watch }) => {
        watch(ref)
        return state
      },
      Spawn: (state, { stopMs }, { spawn }) => {
        spawn(diary({ stopMs }))
        return state
      }
    },
    terminated: (state, { ref }) => note(state, `${ref.name} ended`)
  })
}

const say = (ref: ActorRef<typeof protocol>, ...texts: ReadonlyArray<string>): void => {
  for (const text of texts) ref.tell("Say", { text })
}

describe("H1: the stash", () => {
  it("unstashAll gives back what was stashed in order, before newer mail (H1)", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(door(log))
    say(ref, "1", "2", "3")
    ref.tell("Open")
    say(ref, "newer")
    virtual.settle()
    expect(log).toEqual(["1: opened", "1: 1", "1: 2", "1: 3", "1: newer"])
  })

  it("mail that arrives while stashed mail is handled comes after it (H1)", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const slow = Actor.make("Slow", {
      protocol: { Say: Actor.message<{ text: string }>(), Open: Actor.message() },
      initial: false,
      handlers: {
        Say: (isOpen, { text }, { stash }) => {
          if (!isOpen) {
            stash()
            return isOpen
          }
          log.push(text)
          return Effect.as(Effect.sleep(10), isOpen)
        },
        Open: (_isOpen, _payload, { unstashAll }) => {
          unstashAll()
          return true
        }
      }
    })
    const ref = system.spawn(slow)
    for (const text of ["1", "2", "3"]) ref.tell("Say", { text })
    ref.tell("Open")
    virtual.advance(5)
    ref.tell("Say", { text: "newer" })
    virtual.advance(10)
    ref.tell("Say", { text: "newest" })
    virtual.advance(100)
    expect(log).toEqual(["1", "2", "3", "newer", "newest"])
  })

  it("become and unstashAll: the new handlers get all that was stashed, each message by the handlers then in force (H1)", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(door(log))
    say(ref, "1")
    ref.tell("Close")
    say(ref, "2", "3")
    ref.tell("Open")
    virtual.settle()
    expect(log).toEqual(["1: opened", "1: 1", "1: closed"])
    ref.tell("Open")
    virtual.settle()
    expect(log.slice(3)).toEqual(["1: opened", "1: 2", "1: 3"])
  })

  it("a message that is stashed again while unstashing waits for the next unstashAll (H1)", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(door(log))
    say(ref, "1", "2")
    ref.tell("Knock", { text: "knock" })
    say(ref, "3")
    virtual.settle()
    expect([log, ref.cell.stashed]).toEqual([["1: knock"], 3])
    ref.tell("Open")
    virtual.settle()
    expect(log.slice(1)).toEqual(["1: opened", "1: 1", "1: 2", "1: 3"])
  })

  it("questions can be stashed: their askers wait, and get their answers in order", () => {
    const { virtual, system } = given()
    const ref = system.spawn(door([]))
    const asked = ["a", "b"].map((text) => virtual.fork(ref.ask("Enter", { text })))
    virtual.advance(100)
    expect(asked.map((fiber) => fiber.pollUnsafe())).toEqual([undefined, undefined])
    ref.tell("Open")
    virtual.settle()
    expect(asked.map((fiber) => fiber.pollUnsafe())).toMatchObject([{ value: "a, after 1" }, { value: "b, after 2" }])
  })

  it("a question that was given up while it was stashed is not handled", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(door(log))
    expect(failureOf(virtual, ref.ask("Enter", { text: "a" }, { timeout: 10 }))).toMatchObject({ _tag: "AskTimeout" })
    ref.tell("Open")
    virtual.settle()
    expect(log).toEqual(["1: opened"])
  })

  it("a full stash takes no more: the handler is told, and nothing is lost unseen (H1, B3)", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const told: Array<unknown> = []
    const careful = Actor.make("Careful", {
      protocol: { Say: Actor.message<{ text: string }>(), Open: Actor.message() },
      initial: undefined,
      handlers: {
        Say: (state, { text }, { stash }) => {
          try {
            stash()
          } catch (error) {
            told.push(error)
            log.push(`no room for ${text}`)
          }
          return state
        },
        Open: (state, _payload, { become, unstashAll }) => {
          become({
            Say: (same, { text }) => {
              log.push(text)
              return same
            }
          })
          unstashAll()
          return state
        }
      }
    })
    const ref = system.spawn(careful, { name: "c", stash: 2 })
    for (const text of ["1", "2", "3"]) ref.tell("Say", { text })
    ref.tell("Open")
    virtual.settle()
    expect(told).toEqual([new StashFull({ actor: "c", capacity: 2 })])
    expect(log).toEqual(["no room for 3", "1", "2"])
  })

  it("where the handler lets StashFull through, the actor fails over that message, and what was stashed comes first", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(door(log), { name: "d", stash: 2 })
    say(ref, "1", "2", "3")
    virtual.settle()
    expect(system.deadLetters.list()).toMatchObject([{ payload: { text: "3" }, reason: "failed" }])
    ref.tell("Open")
    virtual.settle()
    expect(log).toEqual(["2: opened", "2: 1", "2: 2"])
  })

  it("holds 1,024 messages where nothing is said", () => {
    const { virtual, system } = given()
    const ref = system.spawn(door([]), { mailbox: { kind: "unbounded" } })
    say(ref, ...Array.from({ length: 1_024 }, () => "x"))
    virtual.settle()
    expect([ref.cell.stashed, ref.cell.restarts]).toEqual([1_024, 0])
    say(ref, "one too many")
    virtual.settle()
    expect(ref.cell.restarts).toBe(1)
  })

  it("notices of an end reach an actor that stashes all it is told (H1)", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const other = system.spawn(Actor.make("Other", { protocol: {}, initial: 0, handlers: {} }), { name: "other" })
    const ref = system.spawn(door(log))
    ref.tell("Watch", { ref: other })
    say(ref, "1")
    virtual.settle()
    virtual.run(system.stop(other))
    virtual.settle()
    expect(log).toEqual(["1: other ended"])
  })

  it("a tick can be stashed, and comes back once, also when its timer has been set again (T1, H1)", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(door(log))
    ref.tell("Ring", { ms: 10, text: "first" })
    virtual.advance(10)
    ref.tell("Ring", { ms: 10, text: "second" })
    virtual.settle()
    ref.tell("Open")
    virtual.advance(100)
    expect(log).toEqual(["1: opened", "1: first", "1: second"])
  })

  it("stash() where no message is being handled is an error that says so (H1)", () => {
    const { virtual, system } = given()
    const errors: Array<unknown> = []
    const attempt = (stash: () => void): void => {
      try {
        stash()
      } catch (error) {
        errors.push(error)
      }
    }
    const other = system.spawn(diary())
    const eager = Actor.make("Eager", {
      protocol: { Twice: Actor.message() },
      initial: ({ stash }) => attempt(stash),
      handlers: {
        Twice: (state, _payload, { stash }) => {
          stash()
          attempt(stash)
          return state
        }
      },
      started: (_state, { stash, watch }) => {
        attempt(stash)
        watch(other)
      },
      terminated: (state, _notice, { stash }) => {
        attempt(stash)
        return state
      }
    })
    const ref = system.spawn(eager, { name: "e" })
    ref.tell("Twice")
    virtual.run(system.stop(other))
    virtual.settle()
    expect(errors).toEqual(Array.from({ length: 4 }, () => new NothingToStash({ actor: "e" })))
    expect(ref.cell.stashed).toBe(1)
  })

  it("the order of what is told is kept, whenever the door opens and closes, and nothing is lost", () => {
    const step = fc.oneof({ weight: 4, arbitrary: fc.constant("say") }, fc.constantFrom("open", "close", "knock"))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { virtual, system } = given()
        const log: Array<string> = []
        const ref = system.spawn(door(log))
        let count = 0
        for (const what of steps) {
          if (what === "say") say(ref, `${count++}`)
          if (what === "open") ref.tell("Open")
          if (what === "close") ref.tell("Close")
          if (what === "knock") ref.tell("Knock", { text: "knock" })
          if (count % 3 === 0) virtual.settle()
        }
        virtual.settle()
        // Close, where the door is closed, is put aside too: each time that it opens it closes again.
        while (ref.cell.stashed > 0) {
          ref.tell("Open")
          virtual.settle()
        }
        const numbers = log.map((line) => line.slice(3)).filter((text) => /^\d+$/.test(text))
        expect(numbers).toEqual(Array.from({ length: count }, (_, index) => `${index}`))
      }),
      { numRuns: 200 }
    )
  })
})

describe("H1: the stash and the end of an instance", () => {
  it("what is stashed survives a restart: the new instance handles it before newer mail", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(door(log))
    const asked = virtual.fork(ref.ask("Enter", { text: "a" }))
    say(ref, "1")
    ref.tell("Knock", { text: explosive })
    say(ref, "2")
    ref.tell("Open")
    virtual.settle()
    expect(log).toEqual(["2: opened", "2: a", "2: 1", "2: 2"])
    expect(asked.pollUnsafe()).toMatchObject({ value: "a, after 1" })
  })

  it("a failure over unstashed mail loses that message alone: the rest is handled by the new instance in order (M3, H1)", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(door(log))
    say(ref, "1", explosive, "2", "3")
    ref.tell("Open")
    say(ref, "newer")
    ref.tell("Open")
    virtual.settle()
    expect(log).toEqual(["1: opened", "1: 1", "2: opened", "2: 2", "2: 3", "2: newer"])
    expect(system.deadLetters.list()).toMatchObject([{ payload: { text: explosive }, reason: "failed" }])
  })

  it("a failure over unstashed mail with children that take time to stop: the rest waits for the new instance (M4, H1)", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(door(log))
    ref.tell("Spawn", { stopMs: 50 })
    say(ref, "1", explosive, "2")
    ref.tell("Open")
    virtual.advance(49)
    say(ref, "newer")
    ref.tell("Open")
    expect(log).toEqual(["1: opened", "1: 1"])
    virtual.advance(1)
    expect(log.slice(2)).toEqual(["2: opened", "2: 2", "2: newer"])
  })

  it("a failure over unstashed mail with a backoff: the rest waits, before newer mail (M4, H1)", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(door(log), { backoff: { base: 50, max: 50, jitter: 0 } })
    say(ref, "1", explosive, "2")
    ref.tell("Open")
    virtual.advance(49)
    say(ref, "newer")
    ref.tell("Open")
    expect(log).toEqual(["1: opened", "1: 1"])
    virtual.advance(1)
    expect(log.slice(2)).toEqual(["2: opened", "2: 2", "2: newer"])
  })

  it("a failure over unstashed mail that is resumed goes on with the rest, in order (H1, S14)", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const actor = door(log)
    const { supervisor } = virtual.run(
      system.supervise({
        name: "sup",
        strategy: "one-for-one",
        children: [{ id: "d", actor, onFailure: () => "resume" }]
      })
    )
    const ref = supervisor.ref("d", actor)
    if (ref === undefined) throw new Error("no child")
    say(ref, "1", explosive, "2")
    ref.tell("Open")
    say(ref, "newer")
    virtual.settle()
    expect(log).toEqual(["1: opened", "1: 1", "1: 2", "1: newer"])
  })

  it("what is stashed when an actor stops is dead letters with the reason stopped, and askers are told (M6, H1)", () => {
    const { virtual, system } = given()
    const ref = system.spawn(door([]), { name: "d" })
    say(ref, "1", "2")
    const asked = virtual.fork(Effect.flip(ref.ask("Enter", { text: "a" })))
    virtual.settle()
    say(ref, "3")
    virtual.run(system.stop(ref))
    const letters = system.deadLetters.list()
    expect(letters.map(({ payload, reason }) => [payload, reason])).toEqual([
      [{ text: "1" }, "stopped"],
      [{ text: "2" }, "stopped"],
      [{ text: "3" }, "stopped"]
    ])
    expect(asked.pollUnsafe()).toMatchObject({ value: { _tag: "ActorStopped", actor: "d" } })
  })
})
