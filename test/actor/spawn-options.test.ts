import { describe, expect, it } from "vitest"
import { Actor, type ActorChild, ChildRefused, type SpawnOptions } from "../../src/actor/index.ts"
import { diary, failureOf, given, watcher } from "./given.ts"
import { dynamic, statusesOf, supervised } from "./supervision/given.ts"

const backoff = { base: 10, max: 100, jitter: 0 }

/** Options that no actor can be held to, with the word that the error names them by. */
const limits: ReadonlyArray<readonly [string, Pick<SpawnOptions, "stash" | "shutdownTimeout" | "backoff">]> = [
  ["shutdownTimeout", { shutdownTimeout: -1 }],
  ["shutdownTimeout", { shutdownTimeout: Number.NaN }],
  ["stash", { stash: -1 }],
  ["stash", { stash: Number.NaN }],
  ["backoff", { backoff: { ...backoff, base: -1 } }],
  ["backoff", { backoff: { ...backoff, max: 5 } }],
  ["backoff", { backoff: { ...backoff, max: Number.NaN } }],
  ["jitter", { backoff: { ...backoff, jitter: 2 } }]
]

/** Of actors that have an intensity of their own. */
const intensities: ReadonlyArray<readonly [string, SpawnOptions]> = [
  ["maxRestarts", { maxRestarts: -1 }],
  ["maxRestarts", { maxRestarts: Number.NaN }],
  ["window", { window: 0 }],
  ["window", { window: Number.NaN }]
]

describe("options out of their range", () => {
  it("an actor that is spawned with one is refused, named with the option, and its name stays free (S1, S9, S13, H1)", () => {
    for (const [word, options] of [...limits, ...intensities]) {
      const { system } = given()
      const spawn = (): unknown => system.spawn(diary(), { ...options, name: "a" })
      expect(spawn).toThrow(ChildRefused)
      expect(spawn).toThrow(new RegExp(`^a: .*${word}`))
      expect(system.inspect().tree).toEqual([])
      expect(system.spawn(diary(), { name: "a" }).isStopped).toBe(false)
    }
  })

  it("an actor that spawns a child with one fails by that, and the error has the child's path (S1)", () => {
    const { virtual, system } = given()
    const parent = Actor.make("Parent", {
      protocol: { Begin: Actor.message() },
      initial: 0,
      handlers: {
        Begin: (count, _payload, { spawn }) => {
          spawn(diary(), { name: "kid", maxRestarts: Number.NaN })
          return count
        }
      }
    })
    const noted: Array<string> = []
    const ref = system.spawn(parent, { name: "p", restart: "temporary" })
    system.spawn(watcher(noted)).tell("Watch", { ref })
    ref.tell("Begin")
    virtual.settle()
    expect(noted).toEqual([expect.stringContaining("p failed: p/kid: maxRestarts is 0 or more, not NaN")])
  })

  it("a child of a supervisor with one is refused: at its start, added by hand, or under a dynamic one (S9, S11)", () => {
    const mailbox = { kind: "bounded", capacity: Number.NaN, overflow: "reject" } as const
    for (const [word, options] of [...limits, ["mailbox", { mailbox }] as const]) {
      const spec: ActorChild = { id: "a", actor: diary(), ...options }
      const { virtual, system, supervisor, pool } = dynamic()
      const refusals = [
        failureOf(virtual, system.supervise({ name: "new", strategy: "one-for-one", children: [spec] })).cause,
        failureOf(virtual, supervisor.startChild(spec)),
        failureOf(virtual, pool.startChild(spec))
      ]
      for (const refusal of refusals) {
        expect(refusal).toBeInstanceOf(ChildRefused)
        expect(refusal).toMatchObject({ child: "a", why: expect.stringContaining(word) })
      }
      expect([statusesOf(supervisor), statusesOf(pool)]).toEqual([{ pool: "running" }, {}])
      expect(system.inspect().tree.map(({ name }) => name)).toEqual(["sup"])
    }
  })

  it("a dynamic supervisor with a limit that is negative or no number does not start (S9, S10)", () => {
    for (const limit of ["shutdownTimeout", "maxChildren"] as const) {
      for (const value of [-1, Number.NaN]) {
        const { virtual, system } = given()
        const error = failureOf(virtual, system.supervise({ name: "pool", dynamic: { [limit]: value } }))
        expect(error).toMatchObject({ _tag: "StartFailed", cause: { _tag: "ChildRefused", child: "pool" } })
        expect(error.message).toContain(`${limit} is 0`)
      }
    }
  })

  it("at the edge of their range they are taken: no time to stop, no stash, no end of either (S9, H1)", () => {
    const edges = { shutdownTimeout: [0, Number.POSITIVE_INFINITY], stash: [0, Number.POSITIVE_INFINITY] }
    const { system } = supervised({})
    for (const shutdownTimeout of edges.shutdownTimeout) {
      for (const stash of edges.stash) {
        const options = {
          shutdownTimeout,
          stash,
          maxRestarts: Number.POSITIVE_INFINITY,
          backoff: { ...backoff, base: 0 }
        }
        expect(system.spawn(diary(), options).isStopped).toBe(false)
      }
    }
  })
})
