import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as References from "effect/References"
import { describe, expect, it } from "vitest"
import { Actor, ActorSystem, type AnyRef, type Handlers } from "../../src/actor/index.ts"
import { VirtualTime } from "../../src/testing/index.ts"
import { diary, failureOf, given, watcher } from "./given.ts"

describe("become and unbecome", () => {
  const protocol = {
    Insert: Actor.message<{ amount: number }>(),
    Push: Actor.ask<Record<never, never>, string>(),
    Crash: Actor.message()
  }
  /** A turnstile: locked until a coin is inserted. */
  const turnstile = () => {
    const unlocked: Partial<Handlers<typeof protocol, number>> = {
      Push: (coins, _payload, { reply, unbecome }) => {
        reply(`open after ${coins}`)
        unbecome()
        return coins
      },
      Crash: () => {
        throw new Error("crash")
      }
    }
    return Actor.make("Turnstile", {
      protocol,
      initial: 0,
      handlers: {
        Insert: (coins, { amount }, { become }) => {
          become(unlocked)
          return coins + amount
        },
        Push: (coins, _payload, { reply }) => {
          reply("locked")
          return coins
        },
        Crash: () => {
          throw new Error("crash")
        }
      }
    })
  }

  it("from the next message on the others are in force, and the state goes on", () => {
    const { virtual, system } = given()
    const ref = system.spawn(turnstile())
    const push = (): string => virtual.run(ref.ask("Push", {}))
    expect(push()).toBe("locked")
    ref.tell("Insert", { amount: 1 })
    expect([push(), push()]).toEqual(["open after 1", "locked"])
    ref.tell("Insert", { amount: 1 })
    expect(push()).toBe("open after 2")
  })

  it("what they do not handle is a dead letter, unhandled, and a question fails as Unhandled", () => {
    const { virtual, system } = given()
    const other: Partial<Handlers<typeof protocol, number>> = {}
    const mute = Actor.make("Mute", {
      protocol,
      initial: 0,
      handlers: {
        Insert: (state, _payload, { become }) => {
          become(other)
          return state
        },
        Push: (state) => state,
        Crash: (state) => state
      }
    })
    const ref = system.spawn(mute, { name: "m" })
    ref.tell("Insert", { amount: 1 })
    ref.tell("Insert", { amount: 2 })
    expect(failureOf(virtual, ref.ask("Push", {}))).toMatchObject({ _tag: "Unhandled", actor: "m", tag: "Push" })
    expect(system.deadLetters.list()).toMatchObject([{ tag: "Insert", payload: { amount: 2 }, reason: "unhandled" }])
    expect(ref.cell.restarts).toBe(0)
  })

  it("a restart begins with the handlers of the definition", () => {
    const { virtual, system } = given()
    const ref = system.spawn(turnstile())
    ref.tell("Insert", { amount: 1 })
    ref.tell("Crash", {})
    expect(virtual.run(ref.ask("Push", {}))).toBe("locked")
  })

  it("from within an effect too: the mail behind it finds the new ones", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const slow = Actor.make("Slow", {
      protocol: { Switch: Actor.message(), Say: Actor.message() },
      initial: 0,
      handlers: {
        Switch: (state, _payload, { become }) =>
          Effect.sleep(10).pipe(
            Effect.map(() => {
              become({
                Say: (same) => {
                  log.push("new")
                  return same
                }
              })
              return state
            })
          ),
        Say: (state) => {
          log.push("old")
          return state
        }
      }
    })
    const ref = system.spawn(slow)
    for (const tag of ["Say", "Switch", "Say"] as const) ref.tell(tag)
    virtual.advance(10)
    expect(log).toEqual(["old", "new"])
  })

  it("timers and their queued ticks outlive become (T1)", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const timed = Actor.make("Timed", {
      protocol: { Begin: Actor.message(), Tick: Actor.message() },
      initial: 0,
      handlers: {
        Begin: (state, _payload, { timers, become }) => {
          timers.every("tick", 10, "Tick")
          return Effect.sleep(15).pipe(
            Effect.map(() => {
              become({
                Tick: (same, _nothing, { now }) => {
                  log.push(`new@${now()}`)
                  return same
                }
              })
              return state
            })
          )
        },
        Tick: (state) => {
          log.push("old")
          return state
        }
      }
    })
    system.spawn(timed).tell("Begin")
    virtual.advance(30)
    expect(log).toEqual(["new@15", "new@20", "new@30"])
  })

  it("two actors of one behaviour change for themselves", () => {
    const { virtual, system } = given()
    const behaviour = turnstile()
    const [a, b] = [system.spawn(behaviour), system.spawn(behaviour)]
    a.tell("Insert", { amount: 1 })
    expect([virtual.run(a.ask("Push", {})), virtual.run(b.ask("Push", {}))]).toEqual(["open after 1", "locked"])
  })
})

describe("M3: a message that asks for it is tried again", () => {
  const protocol = {
    Try: Actor.message<{ text: string }>({ retries: 2 }),
    Ask: Actor.ask<{ text: string }, string>({ retries: 2 }),
    Say: Actor.message<{ text: string }>()
  }
  /** Fails so many times, at once or in an Effect. */
  const flaky = (failures: number, log: Array<string>, inEffect = false) => {
    let left = failures
    const attempt = (text: string): void => {
      log.push(text)
      left -= 1
      if (left >= 0) throw new Error(`failure ${failures - left}`)
    }
    const run = (text: string, then: () => void): undefined | Effect.Effect<undefined> => {
      const go = (): undefined => {
        attempt(text)
        then()
      }
      return inEffect ? Effect.andThen(Effect.sleep(10), Effect.sync(go)) : go()
    }
    return Actor.make("Flaky", {
      protocol,
      initial: undefined,
      handlers: {
        Try: (_state, { text }) => run(text, () => {}),
        Ask: (_state, { text }, { reply }) => run(text, () => reply(`did ${text}`)),
        Say: (_state, { text }) => {
          log.push(text)
          return undefined
        }
      }
    })
  }
  const options = { name: "f", maxRestarts: 100 }

  it("so often as its protocol says, by the next instance and before the mail behind it", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(flaky(2, log), options)
    ref.tell("Try", { text: "hard" })
    ref.tell("Say", { text: "behind" })
    virtual.settle()
    expect([log, ref.cell.restarts, system.deadLetters.count()]).toEqual([["hard", "hard", "hard", "behind"], 2, 0])
  })

  it("then it is a dead letter with its history, and the mail behind goes on", () => {
    for (const inEffect of [false, true]) {
      const { virtual, system } = given()
      const log: Array<string> = []
      const ref = system.spawn(flaky(99, log, inEffect), options)
      ref.tell("Try", { text: "poison" })
      ref.tell("Say", { text: "behind" })
      virtual.advance(100)
      expect(log).toEqual(["poison", "poison", "poison", "behind"])
      const [letter] = system.deadLetters.list()
      expect(letter).toMatchObject({ actor: "f", tag: "Try", payload: { text: "poison" }, reason: "failed" })
      const causes = ["failure 1", "failure 2", "failure 3"].map((message) => new Error(message))
      expect(letter?.history).toEqual(causes.map((cause, index) => ({ cause, at: inEffect ? 10 * (index + 1) : 0 })))
    }
  })

  it("the asker waits through it, and gets the answer of the try that succeeds", () => {
    for (const inEffect of [false, true]) {
      const { virtual, system } = given()
      const ref = system.spawn(flaky(2, [], inEffect), options)
      expect(virtual.run(ref.ask("Ask", { text: "it" }))).toBe("did it")
      expect(ref.cell.restarts).toBe(2)
    }
  })

  it("the asker is told when the last try has failed, and with which error", () => {
    const { virtual, system } = given()
    const ref = system.spawn(flaky(99, []), options)
    expect(failureOf(virtual, ref.ask("Ask", { text: "it" }))).toMatchObject({
      _tag: "ActorStopped",
      reason: { _tag: "Failed", cause: new Error("failure 3") }
    })
    expect(system.deadLetters.count()).toBe(0)
  })

  it("not once its asker has given up", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(flaky(99, log), { ...options, backoff: { base: 50, max: 50, jitter: 0 } })
    expect(failureOf(virtual, ref.ask("Ask", { text: "it" }, { timeout: 70 }))).toMatchObject({ _tag: "AskTimeout" })
    virtual.advance(1_000)
    expect(log).toEqual(["it", "it"])
  })

  it("waits with the other mail through a backoff, and before newer mail", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(flaky(1, log), { ...options, backoff: { base: 50, max: 50, jitter: 0 } })
    ref.tell("Try", { text: "hard" })
    virtual.advance(10)
    ref.tell("Say", { text: "newer" })
    expect(log).toEqual(["hard"])
    virtual.advance(40)
    expect(log).toEqual(["hard", "hard", "newer"])
  })

  it("an actor that is not restarted leaves it as a dead letter with its history", () => {
    const { virtual, system } = given()
    const ref = system.spawn(flaky(99, []), { name: "f", restart: "temporary" })
    ref.tell("Try", { text: "once" })
    virtual.settle()
    expect(system.deadLetters.list()).toHaveLength(1)
    expect(system.deadLetters.list()[0]?.history).toHaveLength(1)
  })

  it("in a full mailbox too: it has its room already", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(flaky(1, log, true), {
      ...options,
      mailbox: { kind: "bounded", capacity: 1, overflow: "reject" }
    })
    ref.tell("Try", { text: "hard" })
    virtual.settle()
    expect([ref.tell("Say", { text: "1" }), ref.tell("Say", { text: "2" })]).toEqual([true, false])
    virtual.advance(100)
    expect(log).toEqual(["hard", "hard", "1"])
  })
})

describe("W6: link", () => {
  const protocol = {
    Link: Actor.message<{ ref: AnyRef }>(),
    Watch: Actor.message<{ ref: AnyRef }>(),
    Unwatch: Actor.message<{ ref: AnyRef }>(),
    Crash: Actor.message()
  }
  const handlers: Handlers<typeof protocol, string> = {
    Link: (state, { ref }, { link }) => {
      link(ref)
      return state
    },
    Watch: (state, { ref }, { watch }) => {
      watch(ref)
      return state
    },
    Unwatch: (state, { ref }, { unwatch }) => {
      unwatch(ref)
      return state
    },
    Crash: () => {
      throw new Error("crash")
    }
  }
  const linked = Actor.make("Linked", { protocol, initial: "", handlers })
  const givenTwo = (behaviour = linked) => {
    const { virtual, system } = given()
    const target = system.spawn(diary(), { name: "target", restart: "temporary" })
    const ref = system.spawn(behaviour, { name: "l", restart: "temporary" })
    return { virtual, system, target, ref }
  }

  it("the end of the other fails this one, named and with its reason", () => {
    const { virtual, target, ref } = givenTwo()
    ref.tell("Link", { ref: target })
    target.tell("Crash", { text: "why" })
    virtual.settle()
    expect(ref.cell.exitReason).toMatchObject({
      _tag: "Failed",
      cause: { _tag: "LinkedActorEnded", actor: "target", reason: { _tag: "Failed", cause: new Error("why") } }
    })
  })

  it("also a normal end; and one that had ended before the link", () => {
    const { virtual, system, target, ref } = givenTwo()
    virtual.run(system.stop(target))
    ref.tell("Link", { ref: target })
    virtual.settle()
    expect(ref.cell.exitReason).toMatchObject({ cause: { _tag: "LinkedActorEnded", reason: { _tag: "Shutdown" } } })
  })

  it("a restart of the other is no end", () => {
    const { virtual, system, ref } = givenTwo()
    const restarted = system.spawn(diary())
    ref.tell("Link", { ref: restarted })
    restarted.tell("Crash", {})
    virtual.settle()
    expect(ref.isStopped).toBe(false)
  })

  it("where terminated is defined it is told, and goes on", () => {
    const heard: Array<string> = []
    const handles = Actor.make("Handles", {
      protocol,
      initial: "",
      handlers,
      terminated: (state, { ref }) => {
        heard.push(ref.name)
        return state
      }
    })
    const { virtual, target, ref } = givenTwo(handles)
    ref.tell("Link", { ref: target })
    target.tell("Crash", {})
    virtual.settle()
    expect([heard, ref.isStopped]).toEqual([["target"], false])
  })

  it("unwatch ends a link", () => {
    const { virtual, target, ref } = givenTwo()
    ref.tell("Link", { ref: target })
    ref.tell("Unwatch", { ref: target })
    target.tell("Crash", {})
    virtual.settle()
    expect(ref.isStopped).toBe(false)
  })

  it("link after watch makes it a link, and watch after link does not undo it (W6)", () => {
    for (const tags of [
      ["Watch", "Link"],
      ["Link", "Watch"]
    ] as const) {
      const { virtual, target, ref } = givenTwo()
      for (const tag of tags) ref.tell(tag, { ref: target })
      target.tell("Crash", {})
      virtual.settle()
      expect(ref.isStopped).toBe(true)
    }
  })

  it("a linked actor's failed end that `terminated` does not handle fails the linker, whose watchers are told (W6)", () => {
    const { virtual, system, target, ref } = givenTwo()
    const log: Array<string> = []
    const watches = system.spawn(watcher(log))
    watches.tell("Watch", { ref })
    ref.tell("Link", { ref: target })
    virtual.settle()
    target.tell("Crash", { text: "why" })
    virtual.settle()
    expect(log).toEqual([expect.stringContaining("l failed: target, which it is linked to, failed: why")])
  })

  it("an actor that fails by a linked one's end is restarted like after any failure (W6)", () => {
    const { virtual, system, target } = givenTwo()
    const ref = system.spawn(linked)
    ref.tell("Link", { ref: target })
    target.tell("Crash", {})
    virtual.settle()
    expect([ref.isStopped, ref.cell.restarts]).toEqual([false, 1])
  })
})

describe("pipeToSelf", () => {
  const protocol = {
    Start: Actor.message<{ ms: number; fails?: boolean }>(),
    Done: Actor.message<{ text: string }>(),
    Crash: Actor.message()
  }
  const piping = (log: Array<string>) =>
    Actor.make("Piping", {
      protocol,
      initial: undefined,
      handlers: {
        Start: (state, { ms, fails = false }, { pipeToSelf }) => {
          const work = Effect.andThen(Effect.sleep(ms), fails ? Effect.fail("no") : Effect.succeed("yes"))
          pipeToSelf(work, (exit) => ["Done", { text: Exit.isSuccess(exit) ? exit.value : "failed" }])
          return state
        },
        Done: (state, { text }, { now }) => {
          log.push(`${text}@${now()}`)
          return state
        },
        Crash: () => {
          throw new Error("crash")
        }
      }
    })

  it("what comes of the effect is a message to the actor, which handles other mail meanwhile", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(piping(log))
    ref.tell("Start", { ms: 20 })
    ref.tell("Start", { ms: 10, fails: true })
    ref.tell("Done", { text: "meanwhile" })
    virtual.advance(30)
    expect(log).toEqual(["meanwhile@0", "failed@10", "yes@20"])
  })

  it("a restart interrupts it, and the new instance hears nothing of it", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(piping(log))
    ref.tell("Start", { ms: 20 })
    ref.tell("Crash", {})
    virtual.advance(30)
    expect([log, system.deadLetters.count("refused")]).toEqual([[], 0])
  })
})

describe("forward", () => {
  const protocol = { Go: Actor.ask<{ andReply?: boolean }, string>() }
  const givenForward = () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const target = system.spawn(diary({ log }), { name: "target" })
    const forwards = Actor.make("Forwards", {
      protocol,
      initial: undefined,
      handlers: {
        Go: (state, { andReply = false }, { forward, reply }) => {
          forward(target, "Echo", { text: "from target", ms: 10 })
          if (andReply) reply("too much")
          return state
        }
      }
    })
    return { virtual, system, target, ref: system.spawn(forwards, { name: "f" }) }
  }

  it("the other answers the asker; whoever handed the question on owes nothing, and may stop", () => {
    const { virtual, system, target, ref } = givenForward()
    const asked = virtual.fork(ref.ask("Go", {}))
    virtual.settle()
    expect([ref.cell.openAsks, target.cell.handling === undefined]).toEqual([0, false])
    virtual.run(system.stop(ref))
    virtual.advance(10)
    expect(asked.pollUnsafe()).toEqual(Exit.succeed("from target"))
  })

  it("a reply after it is a dead letter", () => {
    const { virtual, system, ref } = givenForward()
    expect(virtual.run(ref.ask("Go", { andReply: true }))).toBe("from target")
    expect(system.deadLetters.list()).toMatchObject([{ actor: "f", payload: "too much", reason: "unexpected-reply" }])
  })

  it("a question that was answered before goes on as a message, and is handled (M6)", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const target = system.spawn(diary({ log }), { name: "target" })
    const answering = Actor.make("Answering", {
      protocol: { Go: Actor.ask<Record<never, never>, string>() },
      initial: undefined,
      handlers: {
        Go: (state, _payload, { forward, reply }) => {
          reply("at once")
          forward(target, "Say", { text: "afterwards" })
          return state
        }
      }
    })
    expect(virtual.run(system.spawn(answering).ask("Go", {}))).toBe("at once")
    virtual.settle()
    expect(log).toContain("target: afterwards")
  })

  it("to one that has stopped fails the question at once, as its (A1)", () => {
    const { virtual, system, target, ref } = givenForward()
    virtual.run(system.stop(target))
    expect(failureOf(virtual, ref.ask("Go", {}))).toMatchObject({ _tag: "ActorStopped", actor: "target" })
    expect(virtual.now).toBe(0)
  })

  it("a message that was told is told to the other", () => {
    const { virtual, system, ref, target } = givenForward()
    ref.tell("Go", {})
    virtual.advance(10)
    // The other's reply finds nobody.
    expect(system.deadLetters.list()).toMatchObject([{ actor: "target", tag: "Echo", reason: "unexpected-reply" }])
    virtual.run(system.stop(target))
    ref.tell("Go", {})
    virtual.settle()
    expect(system.deadLetters.list({ reason: "refused" })).toMatchObject([{ actor: "target", tag: "Echo" }])
  })
})

describe("T3: the receive timeout", () => {
  const protocol = {
    Idle: Actor.message<{ ms: number; text: string }>(),
    Cancel: Actor.message(),
    Say: Actor.message<{ text: string }>(),
    Work: Actor.message<{ ms: number }>(),
    Crash: Actor.message()
  }
  const idler = (log: Array<string>) =>
    Actor.make("Idler", {
      protocol,
      initial: undefined,
      handlers: {
        Idle: (state, { ms, text }, { timers }) => {
          timers.idle(ms, "Say", { text })
          return state
        },
        Cancel: (state, _payload, { timers }) => {
          timers.cancelIdle()
          return state
        },
        Say: (state, { text }, { now }) => {
          log.push(`${text}@${now()}`)
          return state
        },
        Work: (state, { ms }) => Effect.as(Effect.sleep(ms), state),
        Crash: () => {
          throw new Error("crash")
        }
      }
    })
  const givenIdler = () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(idler(log))
    ref.tell("Idle", { ms: 10, text: "idle" })
    virtual.settle()
    return { virtual, system, log, ref }
  }

  it("comes when no message was handled for so long, and again and again", () => {
    const { virtual, log } = givenIdler()
    virtual.advance(35)
    expect(log).toEqual(["idle@10", "idle@20", "idle@30"])
  })

  it("each message puts it off", () => {
    const { virtual, log, ref } = givenIdler()
    virtual.advance(6)
    ref.tell("Say", { text: "mail" })
    virtual.advance(9)
    expect(log).toEqual(["mail@6"])
    virtual.advance(1)
    expect(log).toEqual(["mail@6", "idle@16"])
  })

  it("setting it again replaces it", () => {
    const { virtual, log, ref } = givenIdler()
    ref.tell("Idle", { ms: 30, text: "later" })
    virtual.advance(40)
    expect(log).toEqual(["later@30"])
  })

  it("a receive timeout that is in the mailbox when it is cancelled is discarded (T3)", () => {
    const { virtual, log, ref } = givenIdler()
    ref.tell("Work", { ms: 20 })
    ref.tell("Cancel")
    virtual.advance(100)
    expect(log).toEqual([])
  })

  it("mail that came before it in the mailbox shows that the actor was not idle", () => {
    const { virtual, log, ref } = givenIdler()
    ref.tell("Work", { ms: 15 })
    ref.tell("Say", { text: "mail" })
    virtual.advance(30)
    expect(log).toEqual(["mail@15", "idle@25"])
  })

  it("time spent on a message is not idle time", () => {
    const { virtual, log, ref } = givenIdler()
    ref.tell("Work", { ms: 15 })
    virtual.advance(30)
    expect(log).toEqual(["idle@25"])
  })

  it("dies with the incarnation", () => {
    const { virtual, log, ref } = givenIdler()
    ref.tell("Crash", {})
    virtual.advance(100)
    expect([log, ref.cell.restarts]).toEqual([[], 1])
  })
})

describe("trace context travels in the envelope", () => {
  it("a span of the asker is the parent of what the asked actor's effect does, over two actors", () => {
    const virtual = new VirtualTime()
    const system = new ActorSystem(Context.add(virtual.context, References.MinimumLogLevel, "None"))
    const seen: Array<string> = []
    const spanned = (name: string) =>
      Effect.currentParentSpan.pipe(
        Effect.map((span) => seen.push(`${name} in ${span._tag === "Span" ? span.name : "external"}`)),
        Effect.ignore
      )
    const last = Actor.make("Last", {
      protocol: { Go: Actor.ask<Record<never, never>, string>(), Told: Actor.message() },
      initial: undefined,
      handlers: {
        Go: (state, _payload, { reply }) =>
          Effect.map(spanned("last"), () => {
            reply("last")
            return state
          }),
        Told: (state) => Effect.as(spanned("told"), state)
      }
    })
    const lastRef = system.spawn(last)
    const first = Actor.make("First", {
      protocol: { Go: Actor.ask<Record<never, never>, string>(), Sync: Actor.ask<Record<never, never>, string>() },
      initial: undefined,
      handlers: {
        Go: (state, _payload, { reply }) =>
          spanned("first").pipe(
            Effect.andThen(lastRef.ask("Go", {}).pipe(Effect.withSpan("inner"))),
            Effect.map(() => {
              lastRef.tell("Told")
              reply("first")
              return state
            })
          ),
        Sync: (state, _payload, { reply }) => {
          lastRef.askPromise("Go", {}).catch(() => {})
          reply("first")
          return state
        }
      }
    })
    const firstRef = system.spawn(first)
    virtual.run(firstRef.ask("Go", {}).pipe(Effect.withSpan("outer")))
    virtual.settle()
    expect(seen).toEqual(["first in outer", "last in inner", "told in outer"])
    virtual.run(firstRef.ask("Sync", {}).pipe(Effect.withSpan("sync")))
    virtual.settle()
    expect(seen.slice(3)).toEqual(["last in sync"])
    virtual.run(firstRef.ask("Go", {}))
    expect(seen.slice(4)).toEqual(["last in inner"])
  })
})
