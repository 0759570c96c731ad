import { afterEach, describe, expect, it, vi } from "vitest"
import type { SwarmResult } from "../../../actors/simulation/swarm/index.ts"
import { performSwarm, swarmText } from "../../../app/cli/simulate/swarm.ts"

const result: SwarmResult = {
  id: "swarm",
  mode: "safety",
  seed: 10,
  seeds: 20,
  violations: 4,
  failures: [
    {
      seed: 17,
      message: "I3: two runs of one key",
      story: ["submit a", "crash w1"],
      scenario: {
        seed: 17,
        strategy: "round_robin",
        maxQueue: 5,
        ageing: 0,
        workers: [],
        commands: [],
        stopsAtOnce: true
      },
      file: "properties/seeds/17.json"
    }
  ],
  reached: { crash: 5 },
  medianCommands: 12
}

afterEach(() => vi.restoreAllMocks())

describe("a swarm", () => {
  it("tells of a broken promise with its story, where it is kept, and how to have it again", () => {
    expect(swarmText(result)).toContain(
      [
        "reached   crash 25.0 %",
        "broken    what must hold, by 4 seeds",
        "",
        "seed 17: I3: two runs of one key",
        "  submit a",
        "  crash w1",
        "  kept in properties/seeds/17.json",
        "  again: ballast simulate swarm --mode safety --seed 17 --seeds 1",
        "",
        "and 3 more seeds"
      ].join("\n")
    )
  })

  it.each([
    [4, 1],
    [0, 0]
  ])("with %i violations ends with %i", async (violations, code) => {
    const written: Array<string> = []
    vi.spyOn(process.stdout, "write").mockImplementation((text) => written.push(String(text)) > 0)
    vi.spyOn(process.stderr, "write").mockImplementation(() => true)
    const settings = { mode: "safety", seed: 10, seeds: 20, jobs: 1, json: true } as const
    expect(await performSwarm(settings, async () => ({ runSwarm: async () => ({ ...result, violations }) }))).toBe(code)
    expect(JSON.parse(written.join(""))).toMatchObject({ id: "swarm", mode: "safety", seeds: 20, violations })
  })
})
