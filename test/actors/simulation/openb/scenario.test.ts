import { afterEach, describe, expect, it, vi } from "vitest"
import { type Figures, measureSeed, type Spectator, scenarios } from "../../../../actors/simulation/scenarios/index.ts"
import { openbPart, openbStrategies, pack } from "../../../../actors/simulation/scenarios/openb/index.ts"
import { type OpenbTrace, openbMixes, readOpenb, traceFolder } from "../../../../actors/simulation/traces/index.ts"
import { chanceOf } from "../../../../actors/simulation/workload/index.ts"
import { fragmentationAware, type Strategy } from "../../../../src/placement/index.ts"
import { needsTraces } from "../traces/given.ts"
import { node, pod, trace } from "./given.ts"

const rulesFor = ({ pods }: OpenbTrace, seed: number): Readonly<Record<string, Strategy>> => ({
  ballast: fragmentationAware(),
  "first fit": openbStrategies.firstFit(),
  "best fit": openbStrategies.bestFit(),
  fgd: openbStrategies.fgd(pods),
  random: openbStrategies.random(chanceOf(`${seed}/strategy`))
})

const measure = (given: OpenbTrace, seed: number, spectator?: Spectator): Promise<Figures> =>
  measureSeed({ parts: [openbPart(given.mix, () => given)] }, seed, spectator)

/** The figures that packing without the runtime comes to. */
const packed = (given: OpenbTrace, seed: number): Figures => {
  const packings = Object.entries(rulesFor(given, seed)).map(
    ([name, rule]) => [name, pack(given, rule, String(seed)).unallocated] as const
  )
  const at = (point: number) =>
    Object.fromEntries(packings.map(([name, unallocated]) => [name, 100 * (unallocated.get(point) ?? Number.NaN)]))
  return { [`${given.mix} 100`]: at(1), [`${given.mix} 130`]: at(1.3) }
}

const models = ["T4", "P100", "G2"]

/** Nodes and pods of all sorts. */
const small = trace(
  Array.from({ length: 14 }, (_, index) =>
    node(`n${10 + index}`, { gpus: [1, 2, 4, 8][index % 4] ?? 1, model: models[index % 3] ?? "" })
  ),
  Array.from({ length: 90 }, (_, index) =>
    pod({
      name: `p${100 + index}`,
      cpu: 500 * (1 + ((7 * index) % 31)),
      memoryMiB: 1_024 * (index % 40),
      gpus: [0, 1, 1, 1, 1, 2, 4][index % 7] ?? 1,
      share: [1_000, 100, 450, 700, 250][index % 5] ?? 1_000,
      models: index % 4 === 0 ? models.slice(index % 3) : []
    })
  )
)

/** Ends of tasks and faults of strategies, by contender. */
const watching = () => {
  const ends: Record<string, Readonly<Record<string, number>>> = {}
  const faults: Array<string> = []
  const spectator: Spectator = {
    onEvent: (_, event) => {
      if (event._tag === "StrategyFaulted") faults.push(event.message)
    },
    onOutcome: (name, outcome) => {
      ends[name] = outcome.ends
    }
  }
  return { ends, faults, spectator }
}

describe("openb in the real runtime", () => {
  it("comes to the very figures of packing without it, whatever the rule", async () => {
    for (const seed of [1, 2, 3]) {
      const { ends, faults, spectator } = watching()
      expect(await measure(small, seed, spectator)).toEqual(packed(small, seed))
      expect(faults).toEqual([])
      for (const [name, rule] of Object.entries(rulesFor(small, seed))) {
        const { placed, dropped } = pack(small, rule, String(seed))
        expect(dropped).toBeGreaterThan(0)
        expect(ends[name]).toMatchObject({ unfinished: placed, expired: dropped, completed: 0, failed: 0 })
      }
    }
  })

  it("looks when so much has arrived, and not when all has", async () => {
    const given = trace([node("a", { gpus: 4 })], [pod({ gpus: 1 })])
    const figures = await measure(given, 1)
    expect(figures["given 100"]?.ballast).toBe(0)
    const halves = trace([node("a", { gpus: 4 })], [pod({ gpus: 0 }), pod({ gpus: 1, share: 500, models: ["P100"] })])
    expect((await measure(halves, 1))["given 130"]?.["first fit"]).toBe(100)
  })

  it("has what was published beside its own figures, each in its row", async () => {
    const given = trace([node("a", { gpus: 4 })], [pod({ gpus: 1 })])
    const results = [
      { mix: "given", rule: "FGD", arrived: 100, unallocated: 4.77 },
      { mix: "given", rule: "FGD", arrived: 130, unallocated: 4.6 },
      { mix: "given", rule: "FGD", arrived: 90, unallocated: 9 },
      { mix: "given", rule: "DotProd", arrived: 100, unallocated: 8 },
      { mix: "another", rule: "Random", arrived: 100, unallocated: 13 }
    ]
    const figures = await measureSeed({ parts: [openbPart("given", () => given, results)] }, 1)
    const published = (row: string) => Object.entries(figures[row] ?? {}).filter(([name]) => name.endsWith("published"))
    expect(published("given 100")).toEqual([["fgd published", 4.77]])
    expect(published("given 130")).toEqual([["fgd published", 4.6]])
  })
})

describe("scenario C11", () => {
  afterEach(() => {
    vi.unstubAllEnvs()
    vi.resetModules()
  })

  it("has nothing to measure and says what is missing where the trace is not here", async () => {
    vi.stubEnv("BALLAST_TRACES", "/nowhere")
    vi.resetModules()
    const { c11 } = await import("../../../../actors/simulation/scenarios/openb/index.ts")
    expect(c11.parts).toEqual([])
    expect(c11.missing.join(" ")).toContain("BALLAST_TRACES names /nowhere, which is no folder")
  })

  const folder = traceFolder()
  const mixes = folder === undefined ? [] : openbMixes(folder)

  it.skipIf(mixes.length === 0)(`has two rows for each mix, and what was published (${needsTraces})`, () => {
    const parts = scenarios.find(({ id }) => id === "C11")?.parts ?? []
    const rows = parts.flatMap((part) => part.rows.map(({ row }) => row))
    expect(rows).toEqual(["decisions per second", ...mixes.flatMap((mix) => [`${mix} 100`, `${mix} 130`])])
    const known = parts.find(({ rows: [first] }) => first?.row === "default 100")?.published
    if (known !== undefined) {
      expect(known["default 100"]).toEqual({
        "fgd published": 4.77,
        "best fit published": 7.09,
        "random published": 13.75
      })
    }
  })

  it.skipIf(!mixes.includes("default"))(
    `comes to the figures of packing on an eighth of the cluster (${needsTraces})`,
    async () => {
      const { nodes, pods } = readOpenb(folder ?? "", "default")
      const eighth = { mix: "default", nodes: nodes.filter((_, index) => index % 8 === 0), pods }
      expect(await measure(eighth, 42)).toEqual(packed(eighth, 42))
    }
  )
})
