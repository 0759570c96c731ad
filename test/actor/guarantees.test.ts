import { readdirSync, readFileSync } from "node:fs"
import { stat } from "node:fs/promises"
import { join, relative, resolve } from "node:path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Tracer from "effect/Tracer"
import { describe, expect, it } from "vitest"
import { Actor, type ActorRef, ActorSystem, type AnyRef, type SystemOptions } from "../../src/actor/index.ts"
import { VirtualTime } from "../../src/testing/index.ts"
import { diary, failureOf, given, type protocol } from "./given.ts"

describe("K1, K2: fibers", () => {
  /** How many fibers there are, and how many there have been. */
  const counted = () => {
    const fibers = { alive: 0, ever: 0 }
    const service: Metric.FiberRuntimeMetricsService = {
      recordFiberStart: () => {
        fibers.alive += 1
        fibers.ever += 1
      },
      recordFiberEnd: () => {
        fibers.alive -= 1
      }
    }
    const virtual = new VirtualTime()
    const system = new ActorSystem(Context.add(virtual.context, Metric.FiberRuntimeMetrics, service))
    return { virtual, system, fibers }
  }

  it("ten thousand actors and a hundred thousand messages to synchronous handlers start none", () => {
    const { virtual, system, fibers } = counted()
    const refs = Array.from({ length: 10_000 }, () => system.spawn(diary()))
    for (let round = 0; round < 10; round += 1) for (const ref of refs) ref.tell("Say", { text: "x" })
    virtual.settle()
    expect(refs.every(({ cell }) => cell.depth === 0)).toBe(true)
    expect(fibers).toEqual({ alive: 0, ever: 0 })
  })

  it("a handler that returns an Effect has one while it runs, and its actor none afterwards", () => {
    const { virtual, system, fibers } = counted()
    const ref = system.spawn(diary())
    ref.tell("Slow", { text: "x", ms: 10 })
    virtual.settle()
    expect(fibers.alive).toBe(1)
    virtual.advance(10)
    expect(fibers.alive).toBe(0)
  })
})

describe("K2: an actor that floods itself", () => {
  it("starves no input or output: a file is looked up meanwhile, and immediates run", async () => {
    const system = new ActorSystem(await Effect.runPromise(Effect.context<never>()))
    let isOver = false
    const Flood = Actor.make("Flood", {
      protocol: { Again: Actor.message() },
      initial: 0,
      handlers: {
        Again: (count, _payload, { self }) => {
          if (!isOver) self.tell("Again")
          return count + 1
        }
      }
    })
    const ref = system.spawn(Flood)
    ref.tell("Again")
    expect((await stat(import.meta.filename)).isFile()).toBe(true)
    await new Promise((resolve) => setImmediate(resolve))
    expect(ref.cell.depth).toBe(1)
    isOver = true
    await Effect.runPromise(system.shutdown)
  })
})

describe("K2: spans", () => {
  it("the kernel makes none of its own, whatever handles a message", () => {
    const spans: Array<string> = []
    const tracer = Tracer.make({
      span: (options) => {
        spans.push(options.name)
        return new Tracer.NativeSpan(options)
      }
    })
    const virtual = new VirtualTime()
    const system = new ActorSystem(Context.add(virtual.context, Tracer.Tracer, tracer))
    const ref = system.spawn(diary())
    ref.tell("Say", { text: "1" })
    ref.tell("Slow", { text: "2", ms: 1 })
    expect(virtual.run(ref.ask("Echo", { text: "x", ms: 1 }))).toBe("x")
    virtual.run(system.shutdown)
    expect(spans).toEqual([])
  })
})

describe("K3: protocols are typed", () => {
  it("tags, payloads and replies follow from the protocol: what does not fit does not compile", () => {
    const { virtual, system } = given()
    const ref = system.spawn(diary(), { name: "d" })
    const reply: string = virtual.run(ref.ask("Echo", { text: "x" }))
    // @ts-expect-error: Echo answers with a string
    const wrong: number = virtual.run(ref.ask("Echo", { text: "y" }))
    expect([reply, wrong]).toEqual(["x", "y"])
    // @ts-expect-error: a text is declared
    expect(ref.tell("Say", { text: 1 })).toBe(true)
    // @ts-expect-error: there is no such message
    expect(ref.tell("Shout", { text: "x" })).toBe(true)
    // @ts-expect-error: Say has no reply to wait for
    expect(failureOf(virtual, ref.ask("Say", { text: "x" }, { timeout: 1 }))._tag).toBe("AskTimeout")
  })

  it("a message that the actor has no handler for is a dead letter, unhandled, and a question fails with Unhandled", () => {
    const { virtual, system } = given()
    const ref: AnyRef = system.spawn(diary(), { name: "d" })
    expect(ref.cell.tell("Shout", { text: "x" })).toBe(true)
    expect(failureOf(virtual, ref.cell.ask("Whisper", {}))).toMatchObject({ _tag: "Unhandled", tag: "Whisper" })
    expect(system.deadLetters.take()).toMatchObject([{ actor: "d", tag: "Shout", reason: "unhandled" }])
  })
})

describe("K4: no other source of time and chance", () => {
  it("the kernel's sources name none: what runs on a thread of its own is the edge", () => {
    const root = resolve(import.meta.dirname, "../../src/actor")
    const others = /\b(Date\.now|new Date|Math\.random|performance\.|setTimeout|setInterval|setImmediate|hrtime)\b/
    const files = readdirSync(root, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts") && !file.startsWith("thread"))
      .map((file) => join(root, file))
    expect(files.length).toBeGreaterThan(50)
    const guilty = files.filter((file) => others.test(readFileSync(file, "utf8")))
    expect(guilty.map((file) => relative(root, file))).toEqual([])
  })
})

describe("M5: what is refused is handed back", () => {
  it("tellWhenReady's error holds the message, of an actor that stops, and of one that has stopped", () => {
    const { virtual, system } = given()
    const ref = system.spawn(diary({ stopMs: 10 }), { name: "d" })
    virtual.settle()
    virtual.fork(system.stop(ref))
    const handedBack = { _tag: "ActorStopped", tag: "Say", payload: { text: "x" } }
    expect(failureOf(virtual, ref.tellWhenReady("Say", { text: "x" }))).toMatchObject(handedBack)
    virtual.advance(10)
    expect(ref.isStopped).toBe(true)
    expect(failureOf(virtual, ref.tellWhenReady("Say", { text: "x" }))).toMatchObject(handedBack)
  })

  it("ask's error holds the question", () => {
    const { virtual, system } = given()
    const ref = system.spawn(diary(), { name: "d" })
    virtual.run(system.stop(ref))
    const handedBack = { _tag: "ActorStopped", tag: "Echo", payload: { text: "x" } }
    expect(failureOf(virtual, ref.ask("Echo", { text: "x" }))).toMatchObject(handedBack)
  })
})

describe("M6: a message that is told and handed on", () => {
  it("is one of its own there: where its handler fails afterwards, that is a dead letter beside it", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const to = system.spawn(diary({ log }), { name: "to" })
    const Passing = Actor.make("Passing", {
      protocol: { Say: Actor.message<{ text: string }>() },
      initial: 0,
      handlers: {
        Say: (_count, payload, { forward }) => {
          forward(to, "Say", payload)
          throw new Error("afterwards")
        }
      }
    })
    system.spawn(Passing, { name: "passing" }).tell("Say", { text: "x" })
    virtual.settle()
    expect(log).toEqual(["to started", "to: x"])
    expect(system.deadLetters.take()).toMatchObject([{ actor: "passing", tag: "Say", reason: "failed" }])
  })
})

describe("W6: a link", () => {
  it("outlives a restart of the linker", () => {
    const { virtual, system } = given()
    const causes: Array<string> = []
    const Linking = Actor.make("Linking", {
      protocol: { Link: Actor.message<{ ref: AnyRef }>() },
      initial: 0,
      handlers: {
        Link: (count, { ref }, { link }) => {
          link(ref)
          return count
        }
      },
      beforeRestart: (_count, _context, cause) => {
        causes.push(cause instanceof Error ? cause.message : String(cause))
      }
    })
    const ref = system.spawn(Linking)
    const targets = ["first", "second"].map((name) => system.spawn(diary(), { name }))
    for (const target of targets) ref.tell("Link", { ref: target })
    for (const target of targets) {
      target.tell("Stop")
      virtual.settle()
    }
    expect(causes.map((cause) => cause.split(",")[0])).toEqual(["first", "second"])
  })
})

describe("seeing: the trace context travels with the message", () => {
  /** Notes the span that its handlers run in, or hands a message on to another. */
  const traced = (seen: Array<string>) =>
    Actor.make("Traced", {
      protocol: {
        Note: Actor.message(),
        NoteAndAnswer: Actor.ask<Record<never, never>, string>(),
        Pass: Actor.message<{ to: ActorRef<Noting> }>(),
        PassInEffect: Actor.message<{ to: ActorRef<Noting> }>()
      },
      initial: 0,
      handlers: {
        Note: (count) => Effect.as(note(seen), count),
        NoteAndAnswer: (count, _payload, { reply }) => Effect.as(Effect.map(note(seen), reply), count),
        Pass: (count, { to }) => {
          to.tell("Note")
          return count
        },
        PassInEffect: (count, { to }) =>
          Effect.as(
            Effect.sync(() => to.tell("Note")),
            count
          )
      }
    })

  type Noting = { readonly Note: ReturnType<typeof Actor.message> }

  const note = (seen: Array<string>): Effect.Effect<string> =>
    Effect.currentParentSpan.pipe(
      Effect.map((span) => (span._tag === "Span" ? span.name : "external")),
      Effect.orElseSucceed(() => "none"),
      Effect.tap((name) => Effect.sync(() => seen.push(name)))
    )

  const givenTraced = (options?: SystemOptions) => {
    const { virtual, system } = given(options)
    const seen: Array<string> = []
    const spawn = (name: string) => system.spawn(traced(seen), { name })
    return { virtual, seen, a: spawn("a"), b: spawn("b") }
  }

  it("of a question, of a message that waits for room, and of one with a time limit", () => {
    const { virtual, seen, a } = givenTraced()
    virtual.run(a.ask("NoteAndAnswer", {}).pipe(Effect.withSpan("asks")))
    virtual.run(a.tellWhenReady("Note").pipe(Effect.withSpan("tells")))
    virtual.run(Effect.sync(() => a.send("Note", {}, { within: 100 })).pipe(Effect.withSpan("sends")))
    virtual.settle()
    expect(seen).toEqual(["asks", "tells", "sends"])
  })

  it("from one handler to the next, where an Effect handles the first", () => {
    const { virtual, seen, a, b } = givenTraced()
    virtual.run(a.tellWhenReady("PassInEffect", { to: b }).pipe(Effect.withSpan("begins")))
    virtual.settle()
    expect(seen).toEqual(["begins"])
  })

  it("of a message that is told from within a span, where the system is to be traced", () => {
    const { virtual, seen, a } = givenTraced({ trace: true })
    virtual.run(Effect.sync(() => a.tell("Note")).pipe(Effect.withSpan("tells")))
    virtual.settle()
    expect(seen).toEqual(["tells"])
  })

  it("from one handler to the next, where the first is synchronous", () => {
    const { virtual, seen, a, b } = givenTraced()
    virtual.run(a.tellWhenReady("Pass", { to: b }).pipe(Effect.withSpan("begins")))
    virtual.settle()
    expect(seen).toEqual(["begins"])
  })
})

describe("M2: at most once", () => {
  it("what was told is handled once, whatever becomes of its receiver meanwhile", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref: ActorRef<typeof protocol> = system.spawn(diary({ log }), { name: "d", maxRestarts: 100 })
    for (let index = 0; index < 20; index += 1) {
      ref.tell("Say", { text: String(index) })
      ref.tell(index % 2 === 0 ? "Crash" : "CrashLater", { ms: 5 })
    }
    virtual.advance(1_000)
    const said = log.filter((line) => /^d: \d/.test(line))
    expect([said.length, new Set(said).size]).toEqual([20, 20])
    expect(system.deadLetters.count("failed")).toBe(20)
  })
})
