import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import { describe, expect, it } from "vitest"
import { Actor, ActorSystem } from "../../src/actor/index.ts"
import { VirtualTime } from "../../src/testing/index.ts"

const sleeperTo = (log: Array<string>, virtual: VirtualTime) => (name: string, ms: number) =>
  Effect.sleep(ms).pipe(Effect.andThen(Effect.sync(() => log.push(`${name} at ${virtual.now}`))))

describe("virtual time (K4)", () => {
  it("passes only when it is told to, and wakes sleepers when they are due", () => {
    const virtual = new VirtualTime()
    const log: Array<string> = []
    const sleeper = sleeperTo(log, virtual)
    for (const [name, ms] of [["b", 20] as const, ["a", 10] as const, ["c", 20] as const]) {
      virtual.fork(sleeper(name, ms))
    }
    virtual.settle()
    expect(log).toEqual([])
    virtual.advance(19.5)
    expect(log).toEqual(["a at 10"])
    virtual.advance(10)
    expect(log).toEqual(["a at 10", "b at 20", "c at 20"])
    expect(virtual.now).toBe(29.5)
  })

  it("settles between two moments, so that a sleeper that sleeps again is woken in its turn", () => {
    const virtual = new VirtualTime()
    const log: Array<string> = []
    const sleeper = sleeperTo(log, virtual)
    virtual.fork(Effect.andThen(sleeper("first", 5), sleeper("again", 5)))
    virtual.fork(sleeper("between", 7))
    virtual.advance(100)
    expect(log).toEqual(["first at 5", "between at 7", "again at 10"])
  })

  it("a sleep can be interrupted, and leaves nothing behind", () => {
    const virtual = new VirtualTime()
    const log: Array<string> = []
    const fiber = virtual.fork(sleeperTo(log, virtual)("never", 50))
    virtual.advance(10)
    fiber.interruptUnsafe()
    virtual.settle()
    expect(virtual.nextDue).toBeUndefined()
    expect(fiber.pollUnsafe()).toSatisfy(Exit.hasInterrupts)
    virtual.advance(100)
    expect(log).toEqual([])
  })

  it("of two sleepers due together, one may still interrupt the other", () => {
    const virtual = new VirtualTime()
    const log: Array<string> = []
    const second: { fiber?: Fiber.Fiber<unknown> } = {}
    virtual.fork(
      Effect.sleep(5).pipe(
        Effect.andThen(Effect.suspend(() => (second.fiber ? Fiber.interrupt(second.fiber) : Effect.void)))
      )
    )
    second.fiber = virtual.fork(sleeperTo(log, virtual)("second", 5))
    virtual.advance(10)
    expect(log).toEqual([])
  })

  it("runs an effect to its end, as long as that takes, and throws its failure", () => {
    const virtual = new VirtualTime()
    expect(virtual.run(Effect.as(Effect.sleep("1 hour"), 7))).toBe(7)
    expect(virtual.now).toBe(3_600_000)
    expect(() => virtual.run(Effect.fail(new Error("no")))).toThrow("no")
    expect(() => virtual.run(Effect.never, 100)).toThrow("not ended after 100 ms")
  })

  it("runs until a predicate holds, or until so much time has passed", () => {
    const virtual = new VirtualTime()
    let count = 0
    virtual.fork(
      Effect.forever(
        Effect.andThen(
          Effect.sleep(10),
          Effect.sync(() => (count += 1))
        )
      )
    )
    expect(virtual.runUntil(() => count === 3, 1_000)).toBe(true)
    expect(virtual.now).toBe(30)
    expect(virtual.runUntil(() => count === 10, 25)).toBe(false)
    expect([virtual.now, count]).toEqual([55, 5])
  })

  it("fibers that wait for one another settle without time passing", () => {
    const virtual = new VirtualTime()
    const handshake = Effect.gen(function* () {
      const deferred = yield* Deferred.make<number>()
      const fiber = yield* Effect.forkChild(Deferred.await(deferred))
      yield* Effect.yieldNow
      yield* Deferred.succeed(deferred, 3)
      return yield* Fiber.join(fiber)
    })
    expect(virtual.run(handshake)).toBe(3)
    expect(virtual.now).toBe(0)
  })

  it("the same seed draws the same numbers, another seed others", () => {
    const draw = (seed: number): number => new VirtualTime({ seed }).run(Random.next)
    expect(draw(1)).toBe(draw(1))
    expect(draw(1)).not.toBe(draw(2))
  })
})

const protocol = { Say: Actor.message<{ text: string }>() }

/** The order in which three actors handle three messages each. */
const orderOf = (seed: number): ReadonlyArray<string> => {
  const virtual = new VirtualTime({ seed, permute: true })
  const system = new ActorSystem(virtual.context)
  const log: Array<string> = []
  const Logger = Actor.make("Logger", {
    protocol,
    initial: 0,
    handlers: {
      Say: (count, { text }) => {
        log.push(text)
        return count + 1
      }
    }
  })
  const refs = ["a", "b", "c"].map((name) => system.spawn(Logger, { name }))
  for (const number of [1, 2, 3]) for (const ref of refs) ref.tell("Say", { text: `${ref.name}${number}` })
  virtual.settle()
  return log
}

describe("permuted turns", () => {
  it("come in an order that follows from the seed", () => {
    expect(orderOf(5)).toEqual(orderOf(5))
    const orders = new Set(Array.from({ length: 40 }, (_, seed) => orderOf(seed).join()))
    expect(orders.size).toBeGreaterThan(30)
  })

  it("keep each actor's own order (M1)", () => {
    for (let seed = 0; seed < 50; seed += 1) {
      const order = orderOf(seed)
      for (const name of ["a", "b", "c"]) {
        expect(order.filter((text) => text.startsWith(name))).toEqual([`${name}1`, `${name}2`, `${name}3`])
      }
    }
  })
})
