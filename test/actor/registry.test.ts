import { describe, expect, it } from "vitest"
import { Actor, type AnyRef, NameTaken } from "../../src/actor/index.ts"
import { diary, failureOf, given, type protocol } from "./given.ts"

const key = Actor.key<typeof protocol>("diary")

describe("L2: a registered name", () => {
  it("finds its holder, typed by the key, which may be made anew from the name", () => {
    const { virtual, system } = given()
    const ref = system.spawn(diary())
    system.registry.register(key, ref)
    const found = system.registry.find(Actor.key<typeof protocol>("diary"))
    expect(found).toBe(ref)
    expect(found && virtual.run(found.ask("Echo", { text: "typed" }))).toBe("typed")
    // @ts-expect-error the key's protocol has no such message
    const untyped = (): unknown => found?.ask("Nothing", {})
    expect(untyped).toBeTypeOf("function")
  })

  it("is refused to a second one, and nothing changes; to its holder it is given again", () => {
    const { system } = given()
    const [first, second] = [system.spawn(diary()), system.spawn(diary())]
    system.registry.register(key, first)
    expect(() => system.registry.register(key, second)).toThrow(NameTaken)
    expect(() => system.registry.register(key, first)).not.toThrow()
    expect(system.registry.find(key)).toBe(first)
  })

  it("is kept through restarts, a backoff included", () => {
    const { virtual, system } = given()
    const ref = system.spawn(diary(), { backoff: { base: 50, max: 50, jitter: 0 } })
    system.registry.register(key, ref)
    ref.tell("Crash", {})
    virtual.settle()
    expect(system.registry.find(key)).toBe(ref)
    virtual.advance(50)
    expect([system.registry.find(key), virtual.run(ref.ask("Echo", { text: "back" }))]).toEqual([ref, "back"])
  })

  it("is free only once its holder has fully stopped", () => {
    const { virtual, system } = given()
    const ref = system.spawn(diary({ stopMs: 50 }))
    const next = system.spawn(diary())
    system.registry.register(key, ref)
    const stopping = virtual.fork(system.stop(ref))
    virtual.advance(49)
    expect(() => system.registry.register(key, next)).toThrow(NameTaken)
    expect(system.registry.find(key)).toBe(ref)
    virtual.advance(1)
    expect(stopping.pollUnsafe()).toMatchObject({ _tag: "Success" })
    expect(system.registry.find(key)).toBeUndefined()
    system.registry.register(key, next)
    expect(system.registry.find(key)).toBe(next)
  })

  it("is free for whoever is told of the end: its watchers, and those who wait for it", () => {
    const { virtual, system } = given()
    const ref = system.spawn(diary(), { as: key })
    const found: Array<AnyRef | undefined> = []
    const heir = Actor.make("Heir", {
      protocol: {},
      initial: undefined,
      handlers: {},
      started: (_state, { watch }) => watch(ref),
      terminated: (state) => {
        found.push(system.registry.find(key))
        return state
      }
    })
    system.spawn(heir)
    virtual.run(system.stop(ref))
    found.push(system.registry.find(key))
    virtual.settle()
    expect(found).toEqual([undefined, undefined])
  })

  it("is given up by hand, by its holder alone", () => {
    const { system } = given()
    const [holder, other] = [system.spawn(diary()), system.spawn(diary())]
    system.registry.register(key, holder)
    system.registry.unregister(key, other)
    expect(system.registry.find(key)).toBe(holder)
    system.registry.unregister(key, holder)
    expect(system.registry.find(key)).toBeUndefined()
  })

  it("once given up and taken by another, it is not freed by the end of the first", () => {
    const { virtual, system } = given()
    const [first, second] = [system.spawn(diary()), system.spawn(diary())]
    system.registry.register(key, first)
    system.registry.unregister(key, first)
    system.registry.register(key, second)
    virtual.run(system.stop(first))
    expect(system.registry.find(key)).toBe(second)
  })

  it("one that has stopped gets no name and joins no group", () => {
    const { virtual, system } = given()
    const ref = system.spawn(diary())
    virtual.run(system.stop(ref))
    system.registry.register(key, ref)
    system.registry.join(key, ref)
    expect([system.registry.find(key), system.registry.members(key)]).toEqual([undefined, []])
  })
})

describe("L2: registered as it is spawned", () => {
  it("from its start on; a second one under the key is not spawned", () => {
    const { virtual, system } = given()
    const ref = system.spawn(diary(), { name: "a", as: key })
    expect(system.registry.find(key)).toBe(ref)
    expect(() => system.spawn(diary(), { name: "b", as: key })).toThrow(NameTaken)
    expect(system.find("b")).toBeUndefined()
    virtual.run(system.stop(ref))
    expect(system.registry.find(key)).toBeUndefined()
  })

  it("a supervised child that registers its name as it starts has it again after each restart (L2)", () => {
    const { virtual, system } = given()
    const { supervisor } = virtual.run(
      system.supervise({
        name: "sup",
        strategy: "one-for-all",
        children: [
          { id: "a", actor: diary(), as: key },
          { id: "b", actor: diary() }
        ]
      })
    )
    const ref = supervisor.child("a")
    expect(system.registry.find(key)).toBe(ref)
    const holder = system.registry.find(key)
    holder?.tell("Crash", {})
    virtual.settle()
    expect(system.registry.find(key)).toBe(ref)
    virtual.run(supervisor.terminateChild("a"))
    expect(system.registry.find(key)).toBeUndefined()
    virtual.run(supervisor.restartChild("a"))
    expect(system.registry.find(key)).toBe(ref)
  })

  it("a child whose name somebody else holds does not start, and the error names it (L2)", () => {
    const { virtual, system } = given()
    system.spawn(diary(), { as: key })
    const error = failureOf(
      virtual,
      system.supervise({ name: "sup", strategy: "one-for-one", children: [{ id: "a", actor: diary(), as: key }] })
    )
    expect(error).toMatchObject({ _tag: "StartFailed", child: "sup/a", cause: { _tag: "NameTaken", name: "diary" } })
  })
})

describe("groups", () => {
  it("list their members in the order in which they joined, each once, until they have fully stopped", () => {
    const { virtual, system } = given()
    const [a, b, c] = ["a", "b", "c"].map((name) => system.spawn(diary({ stopMs: 10 }), { name }))
    if (a === undefined || b === undefined || c === undefined) throw new Error("not spawned")
    for (const ref of [b, a, b, c]) system.registry.join(key, ref)
    const names = (): ReadonlyArray<string> => system.registry.members(key).map(({ name }) => name)
    expect(names()).toEqual(["b", "a", "c"])
    a.tell("Crash", {})
    virtual.settle()
    expect(names()).toEqual(["b", "a", "c"])
    virtual.fork(system.stop(a))
    virtual.advance(9)
    expect(names()).toEqual(["b", "a", "c"])
    virtual.advance(1)
    expect(names()).toEqual(["b", "c"])
    system.registry.leave(key, b)
    expect(names()).toEqual(["c"])
  })

  it("of one name do not concern the holder of that name", () => {
    const { system } = given()
    const [a, b] = [system.spawn(diary()), system.spawn(diary())]
    system.registry.register(key, a)
    system.registry.join(key, b)
    system.registry.leave(key, a)
    expect([system.registry.find(key), system.registry.members(key)]).toEqual([a, [b]])
  })

  it("tell who subscribes: at once, and at each change; one that throws disturbs nobody", () => {
    const { virtual, system } = given()
    const heard: Array<ReadonlyArray<string>> = []
    system.registry.subscribe(key, () => {
      throw new Error("listener")
    })
    const unsubscribe = system.registry.subscribe(key, (members) => heard.push(members.map(({ name }) => name)))
    const [a, b] = [system.spawn(diary(), { name: "a" }), system.spawn(diary(), { name: "b" })]
    system.registry.join(key, a)
    system.registry.join(key, a)
    system.registry.join(key, b)
    virtual.run(system.stop(a))
    unsubscribe()
    virtual.run(system.stop(b))
    expect(heard).toEqual([[], ["a"], ["a", "b"], ["b"]])
  })
})
