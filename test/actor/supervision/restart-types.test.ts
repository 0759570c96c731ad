import { describe, expect, it } from "vitest"
import { diary, watcher } from "../given.ts"
import { child, supervised } from "./given.ts"

describe("S5: permanent, transient, temporary", () => {
  it("after a failure, and after a normal end", () => {
    for (const [tag, expected] of [
      ["Crash", { permanent: "running", transient: "running" }],
      ["Stop", { permanent: "running", transient: "down" }]
    ] as const) {
      const types = ["permanent", "transient", "temporary"] as const
      const { virtual, ref, statuses } = supervised({
        children: types.map((restart) => child(restart, diary(), { restart }))
      })
      for (const id of types) {
        if (tag === "Crash") ref(id).tell("Crash", {})
        else ref(id).tell("Stop")
      }
      virtual.settle()
      expect(statuses()).toEqual(expected)
    }
  })

  it("a permanent child that ends normally keeps its mail; its watchers hear nothing; it counts", () => {
    const { virtual, system, ref, statuses } = supervised({ maxRestarts: 1, children: [child("a", diary())] })
    const noted: Array<string> = []
    system.spawn(watcher(noted)).tell("Watch", { ref: ref("a") })
    ref("a").tell("Stop")
    ref("a").tell("Say", { text: "kept" })
    expect(virtual.run(ref("a").ask("Texts", {}))).toEqual(["kept"])
    expect(noted).toEqual([])
    ref("a").tell("Stop")
    virtual.settle()
    expect(statuses()).toEqual({ a: "down" })
    expect(noted).toEqual(["sup/a was stopped"])
  })

  it("a temporary one is forgotten, also when a sibling's failure took it down", () => {
    const log: Array<string> = []
    const [a, b, c] = [
      child("a", diary({ log })),
      child("b", diary({ log }), { restart: "temporary" }),
      child("c", diary({ log }))
    ]
    const { virtual, ref, statuses } = supervised({ strategy: "rest-for-one", children: [a, b, c] })
    ref("a").tell("Crash", {})
    virtual.settle()
    expect(statuses()).toEqual({ a: "running", c: "running" })
  })
})
