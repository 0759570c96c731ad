import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { Actor, ActorSystem, type GivenUp, type Restarted } from "../../src/actor/index.ts"
import { ActorTest, eachSeed, SystemRecord, VirtualTime } from "../../src/testing/index.ts"
import { game, gameWith, scores } from "./given.ts"

const given = (options?: ConstructorParameters<typeof ActorTest>[0]) => {
  const test = new ActorTest(options)
  const board = test.probe(scores, { name: "board" })
  return { test, board, ref: test.spawn(gameWith(board.ref), { name: "game" }) }
}

describe("dead letters", () => {
  it("are expected by what is known of them, each once", () => {
    const { test, ref } = given()
    ref.tell("Crash", { text: "one" })
    ref.tell("Crash", { text: "two" })
    expect(test.expectDeadLetter({ actor: ref, tag: "Crash", reason: "failed" }).payload).toEqual({ text: "one" })
    expect(() => test.expectNoDeadLetters()).toThrow(
      "expected no dead letters; there were: Crash { text: 'two' } to game (failed)"
    )
    test.expectDeadLetter({ actor: "game", payload: (payload) => JSON.stringify(payload).includes("two") })
    test.expectNoDeadLetters()
    expect(() => test.expectDeadLetter({ tag: "Crash", reason: "stopped", actor: ref }, 10)).toThrow(
      "expected the dead letter Crash to game (stopped) within 10 ms; there were none"
    )
  })

  it("are waited for", () => {
    const { test, ref } = given()
    test.stop(ref)
    test.virtual.fork(
      Effect.andThen(
        Effect.sleep(40),
        Effect.sync(() => ref.tell("Stop"))
      )
    )
    test.expectDeadLetter({ reason: "refused" })
    expect(test.now).toBe(40)
  })
})

describe("restarts and failures", () => {
  it("a restart is expected by its cause, and done when the expectation holds", () => {
    const { test, ref } = given()
    ref.tell("Crash", { text: "oops" })
    expect(test.expectRestart(ref, { cause: "oops" })).toMatchObject({ attempt: 1 })
    expect(ref.cell.status).toBe("running")
    expect(() => test.expectRestart(ref, { within: 10 })).toThrow(
      "expected a restart of game within 10 ms; there were: for oops; it is running"
    )
    ref.tell("Crash", { text: "again" })
    expect(() => test.expectRestart(ref, { cause: /never/, within: 10 })).toThrow("a restart of game for /never/")
    test.expectRestart(ref, { cause: (cause) => cause instanceof Error })
    expect(test.restartsOf(ref).map(({ attempt }) => attempt)).toEqual([1, 2])
  })

  it("a failure ends the actor, and has its cause", () => {
    const { test, board } = given()
    const ref = test.spawn(gameWith(board.ref), { name: "once", restart: "temporary" })
    ref.tell("Crash", { text: "oops" })
    expect(test.expectFailure(ref, { cause: "oops" })).toMatchObject({ message: "oops" })
    expect(() => test.expectFailure(ref, { cause: "other" })).toThrow(
      "expected once to fail for 'other'; it failed for oops"
    )
    const other = test.spawn(gameWith(board.ref), { name: "other" })
    other.tell("Stop")
    expect(() => test.expectFailure(other)).toThrow("expected other to fail; its end was Normal")
  })

  it("a supervisor that gives up is expected by its name", () => {
    const { test, board } = given()
    const behaviour = gameWith(board.ref)
    const children = [{ id: "a", actor: behaviour }]
    const top = test.supervise({ name: "top", strategy: "one-for-one", maxRestarts: 0, children })
    expect(() => test.expectGivenUp("top", 10)).toThrow("expected top to give up within 10 ms; there were none")
    top.supervisor.ref("a", behaviour)?.tell("Crash", { text: "oops" })
    expect(test.expectGivenUp("top").cause.message).toContain("oops")
  })
})

describe("the system under test", () => {
  it("what the given options listen to is told as well", () => {
    const restarts: Array<Restarted> = []
    const givenUp: Array<GivenUp> = []
    const system = { onRestart: (one: Restarted) => restarts.push(one), onGiveUp: (one: GivenUp) => givenUp.push(one) }
    const { test, ref } = given({ system })
    for (const text of ["1", "2", "3", "4"]) ref.tell("Crash", { text })
    test.expectGivenUp()
    expect([restarts.length, givenUp.length]).toEqual([3, 1])
  })

  it("effects have the services that were given", () => {
    const Greeting = Context.Reference<string>("test/Greeting", { defaultValue: () => "none" })
    const { test } = given({ context: Context.make(Greeting, "hello") })
    const echo = Actor.make("Echo", {
      protocol: { Greet: Actor.ask<Record<never, never>, string>() },
      initial: 0,
      handlers: {
        Greet: (count, _payload, { reply }) =>
          Effect.map(Effect.service(Greeting), (text) => {
            reply(text)
            return count + 1
          })
      }
    })
    expect(test.run(test.spawn(echo).ask("Greet", {}))).toBe("hello")
  })

  it("an ask that fails gives its error", () => {
    const { test, board } = given()
    expect(test.runFailure(board.ref.ask("Winner", {}, { timeout: 20 }))).toMatchObject({ _tag: "AskTimeout" })
    expect(test.now).toBe(20)
  })

  it("after the shutdown nothing is left, or it says so", () => {
    const { test } = given()
    test.virtual.fork(Effect.sleep(500))
    expect(() => test.shutdown()).toThrow("after the shutdown something still sleeps, until 500 ms")
    test.advance(500)
    test.shutdown()
  })
})

describe("each seed", () => {
  it("gives each its own system and order, and names the first that fails", () => {
    const orders = new Set<string>()
    const scenario = (test: ActorTest): void => {
      const board = test.probe(scores)
      for (const player of ["a", "b", "c"]) test.system.spawn(gameWith(board.ref)).tell("Score", { player, points: 1 })
      test.settle()
      const order = board.messages.map(({ payload }) => ("player" in payload ? payload.player : "")).join("")
      orders.add(order)
      if (order === "cba") throw new Error("c was first")
    }
    const firstFailure = (from: number, seeds: number): Error => {
      try {
        eachSeed({ from, seeds }, scenario)
      } catch (error) {
        if (error instanceof Error) return error
      }
      throw new Error("none failed")
    }
    const { message, cause } = firstFailure(0, 200)
    expect(orders.size).toBeGreaterThan(1)
    const [, seed] = /^seed (\d+) of 0 to 199 failed; again with eachSeed/.exec(message) ?? []
    expect(message).toContain("c was first")
    expect(cause).toMatchObject({ message: "c was first" })
    orders.clear()
    expect(firstFailure(Number(seed), 1).message).toContain("c was first")
    expect([...orders]).toEqual(["cba"])
  })

  it("all seeds that hold run to their end, and are shut down", () => {
    const systems: Array<ActorSystem> = []
    eachSeed({ seeds: 5 }, (test) => {
      systems.push(test.system)
      test.spawn(gameWith(test.probe(scores).ref), { name: "game" })
    })
    expect(systems.map((system) => system.find("game"))).toEqual(Array.from({ length: 5 }, () => undefined))
  })

  it("an async scenario is refused, for nothing would wait for it", () => {
    const late: (test: ActorTest) => void = async () => {}
    expect(() => eachSeed({ seeds: 1 }, late)).toThrow("the scenario is async")
  })
})

describe("a record of a system that is not under virtual time", () => {
  it("notes restarts and dead letters as they come", () => {
    const virtual = new VirtualTime()
    const record = new SystemRecord()
    const system = record.watch(new ActorSystem(virtual.context, record.options()))
    const crasher = Actor.make("Crasher", {
      protocol: { Crash: game.Crash },
      initial: undefined,
      handlers: {
        Crash: (_state, { text }) => {
          throw new Error(text)
        }
      }
    })
    const ref = system.spawn(crasher)
    ref.tell("Crash", { text: "oops" })
    virtual.settle()
    expect(record.restartsOf(ref)).toHaveLength(1)
    expect(record.strikeDeadLetter({ actor: ref })).toBeDefined()
    expect(record.unexpectedDeadLetters).toEqual([])
  })
})
