import { describe, expect, it } from "vitest"
import { commandOf, usageOf } from "../../benchmarks/command-line.ts"
import { benchmarks } from "../../benchmarks/lineup.ts"

const asked = (...args: ReadonlyArray<string>) => commandOf(args, benchmarks)

describe("the bench command", () => {
  it("knows each benchmark by its scenario and by its name", () => {
    expect(benchmarks.map(({ id, name }) => `${id} ${name}`)).toEqual([
      "C8 grain",
      "C14 ring",
      "C15 uneven",
      "C16 crash",
      "C17 actors",
      "T3 simulator",
      "C9 selection",
      "C20 constraints",
      "spike threads"
    ])
    for (const benchmark of benchmarks) {
      expect(asked(benchmark.id)).toMatchObject({ benchmark })
      expect(asked(benchmark.name)).toMatchObject({ benchmark })
      expect(usageOf(benchmarks)).toContain(benchmark.usage)
    }
  })

  it("passes on only what was said", () => {
    expect(asked("C15", "--rounds", "12", "--rows", "a,b", "--strategy", "round_robin", "--json")).toMatchObject({
      options: { quick: false, peers: ".", rounds: 12, rows: ["a", "b"], strategy: "round_robin" },
      json: true
    })
    expect(asked("C15")).toMatchObject({ options: { quick: false, peers: "." }, json: false })
  })

  it("says what is wrong", () => {
    expect(asked()).toBe("which benchmark?")
    expect(asked("C99")).toBe('there is no benchmark "C99"')
    expect(asked("C14", "--rounds", "0")).toBe('--rounds is a count, not "0"')
    expect(asked("C14", "--burst", "many")).toBe('--burst is a count, not "many"')
  })
})
