import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { ActorSystem } from "../../src/actor/index.ts"
import { ActorTest, Probe } from "../../src/testing/index.ts"
import { gameWith, scores } from "./given.ts"

const given = () => {
  const test = new ActorTest()
  const board = test.probe(scores, { name: "board" })
  return { test, board, ref: test.spawn(gameWith(board.ref), { name: "game" }) }
}

describe("a probe under virtual time", () => {
  it("gives the payloads of messages in the order in which they come", () => {
    const { board, ref } = given()
    ref.tell("Score", { player: "a", points: 1 })
    ref.tell("Score", { player: "b", points: 2 })
    expect(board.expect("Points").player).toBe("a")
    expect(board.expect("Points")).toEqual({ player: "b", points: 2 })
    expect(board.messages).toHaveLength(2)
    expect(board.unread).toBe(0)
  })

  it("waits in virtual time, and no longer than it is told to", () => {
    const { test, board, ref } = given()
    ref.tell("Later", { ms: 50 })
    expect(() => board.expect("Points", 49)).toThrow("board expected Points within 49 ms, but nothing came")
    expect(board.expect("Points", 1)).toEqual({ player: "late", points: 1 })
    expect(test.now).toBe(50)
  })

  it("says what came instead of the expected, and what came before", () => {
    const { board, ref } = given()
    ref.tell("Score", { player: "a", points: 1 })
    expect(() => board.expect("Done")).toThrow(
      "board expected Done, but received Points { player: 'a', points: 1 }\nreceived so far: Points"
    )
  })

  it("expects nothing for a while, and says what came", () => {
    const { test, board, ref } = given()
    ref.tell("Later", { ms: 150 })
    board.expectNothing()
    expect(test.now).toBe(100)
    expect(() => board.expectNothing()).toThrow("board expected nothing, but received Points { player: 'late'")
  })

  it("fishes for a message and passes over the others", () => {
    const { board, ref } = given()
    for (const points of [1, 2, 3]) ref.tell("Score", { player: "a", points })
    expect(board.fish("Points", ({ points }) => points === 2).points).toBe(2)
    expect(board.expect("Points").points).toBe(3)
    ref.tell("Score", { player: "a", points: 4 })
    expect(() => board.fish("Done")).toThrow(
      "board expected Done within 3000 ms, but only Points { player: 'a', points: 4 } came"
    )
  })

  it("receives until a message ends it, and leaves the rest unread", () => {
    const { board, ref } = given()
    for (const points of [1, 2, 3]) ref.tell("Score", { player: "a", points })
    const read = board.receiveUntil((message) => message.tag === "Points" && message.payload.points === 2)
    expect(read.map(({ tag }) => tag)).toEqual(["Points", "Points"])
    expect(board.unread).toBe(1)
    expect(() => board.receiveUntil(({ tag }) => tag === "Done", 10)).toThrow("expected a certain message within 10 ms")
  })

  it("answers the question that it read last, once", () => {
    const { test, board, ref } = given()
    ref.tell("Round", { round: 1 })
    expect(board.expect("GoOn")).toEqual({ round: 1 })
    board.reply(true)
    expect(test.run(ref.ask("Rounds", {}))).toBe(1)
    expect(() => board.reply(true)).toThrow("board has read no question that is still to be answered")
  })

  it("keeps questions to answer them in another order", () => {
    const { test, board } = given()
    const [first, second] = [1, 2].map((round) => test.virtual.fork(board.ref.ask("GoOn", { round })))
    const [one, two] = [board.expectQuestion("GoOn"), board.expectQuestion("GoOn")]
    two.reply(false)
    test.settle()
    expect([first?.pollUnsafe(), second?.pollUnsafe()?._tag]).toEqual([undefined, "Success"])
    one.reply(one.payload.round === 1)
    test.settle()
    expect(first?.pollUnsafe()).toMatchObject({ value: true })
  })

  it("hands messages on and notes them: the other answers", () => {
    const { test, board } = given()
    const spy = test.probe(scores, { name: "spy" })
    spy.forwardTo(board.ref)
    const asked = test.virtual.fork(spy.ref.ask("GoOn", { round: 7 }))
    expect(spy.expect("GoOn")).toEqual({ round: 7 })
    expect(() => spy.reply(true)).toThrow("has read no question")
    board.expect("GoOn")
    board.reply(false)
    test.settle()
    expect(asked.pollUnsafe()).toMatchObject({ value: false })
    spy.forwardTo(undefined)
    spy.ref.tell("Done")
    spy.expect("Done")
    board.expectNothing()
    test.expectNoDeadLetters()
  })

  it("tells why an actor ended, also where it had already, and not of a restart", () => {
    const { test, board, ref } = given()
    board.watch(ref)
    ref.tell("Crash", { text: "oops" })
    expect(() => board.expectEnd(ref, 20)).toThrow("game has not ended within 20 ms: it is running")
    ref.tell("Stop")
    expect(board.expectEnd(ref)).toEqual({ _tag: "Normal" })
    expect(test.probe(scores).expectEnd(ref)).toEqual({ _tag: "Normal" })
    expect(board.messages).toEqual([])
  })
})

describe("a probe in real time", () => {
  const live = <A>(scenario: (system: ActorSystem) => Promise<A>): Promise<A> =>
    Effect.runPromise(
      Effect.scoped(Effect.flatMap(ActorSystem.make(), (system) => Effect.promise(() => scenario(system))))
    )

  it("gives messages, questions and ends as promises", async () => {
    await live(async (system) => {
      const board = new Probe(system, scores)
      const ref = system.spawn(gameWith(board.ref), { name: "game" })
      ref.tell("Score", { player: "a", points: 1 })
      expect(await board.next("Points")).toEqual({ player: "a", points: 1 })
      ref.tell("Round", { round: 1 })
      const { payload, reply } = await board.nextQuestion("GoOn")
      reply(payload.round === 1)
      expect(await ref.askPromise("Rounds", {})).toBe(1)
      ref.tell("Round", { round: 2 })
      await board.next("GoOn")
      board.reply(true)
      expect(await ref.askPromise("Rounds", {})).toBe(2)
      for (const points of [1, 2, 3]) ref.tell("Score", { player: "a", points })
      expect((await board.nextOf("Points", ({ points }) => points === 3)).points).toBe(3)
      const end = board.nextEnd(ref)
      ref.tell("Stop")
      expect(await end).toEqual({ _tag: "Normal" })
      expect(board.endOf(ref)).toEqual({ _tag: "Normal" })
    })
  })

  it("two who wait get one message each, in their order", async () => {
    await live(async (system) => {
      const board = new Probe(system, scores)
      const [first, second] = [board.next("Points"), board.next("Points")]
      for (const points of [1, 2]) board.ref.tell("Points", { player: "a", points })
      expect([(await first).points, (await second).points]).toEqual([1, 2])
    })
  })

  it("fails with what was there instead", async () => {
    await live(async (system) => {
      const board = new Probe(system, scores, { name: "board" })
      await expect(board.next("Done", 1)).rejects.toThrow("board expected Done within 1 ms, but nothing came")
      await expect(board.nextEnd(board.ref, 1)).rejects.toThrow("board has not ended within 1 ms: it is running")
      board.ref.tell("Points", { player: "a", points: 1 })
      await expect(board.nextOf("Done", undefined, 1)).rejects.toThrow(
        "but only Points { player: 'a', points: 1 } came"
      )
      board.ref.tell("Points", { player: "a", points: 2 })
      await expect(board.next("Done")).rejects.toThrow("board expected Done, but received Points")
    })
  })

  it("does not wait on when its system is shut down", async () => {
    const waiting = await live(async (system) => {
      const next = new Probe(system, scores, { name: "board" }).next("Done", 60_000)
      return {
        failure: next.then(
          () => undefined,
          (error: unknown) => error
        )
      }
    })
    expect(await waiting.failure).toMatchObject({
      message: expect.stringContaining("before it was stopped with its system")
    })
  })
})
