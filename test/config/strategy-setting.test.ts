import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { Ballast } from "../../actors/index.ts"
import { makeStrategy, StrategySetting, strategyProblems } from "../../src/config/index.ts"
import { InvalidOptions } from "../../src/model/index.ts"
import * as placement from "../../src/placement/index.ts"
import { isStrategyId, Placement, type Strategy, strategies } from "../../src/placement/index.ts"
import { ledgerOf, taskSpec, viewOf, workerSpec } from "../placement/pool.ts"

const isSetting = Schema.is(StrategySetting)

const made = (setting: unknown, seed = 1): Strategy => {
  if (!isSetting(setting)) throw new Error(`it has problems: ${JSON.stringify(strategyProblems(setting, "strategy"))}`)
  return makeStrategy(setting, { seed })
}

const problem = (path: string, message: RegExp, hint: RegExp = /./) => ({
  path,
  message: expect.stringMatching(message),
  hint: expect.stringMatching(hint)
})

const own: Strategy = { id: "own", score: () => 1 }

describe("the setting of a strategy", () => {
  it("is an id, and the strategy made from it goes by it", () => {
    for (const id of Object.keys(strategies)) expect(made(id).id).toBe(id)
  })

  it("is a type with options, durations as milliseconds or as text", () => {
    expect(made({ type: "p2c", choices: 3 }).id).toBe("p2c")
    expect(strategyProblems({ type: "peak_ewma", decay: "5 seconds", failurePenalty: 3 }, "strategy")).toEqual([])
    expect(strategyProblems({ type: "dynamic", interval: 60_000, gain: 0.2 }, "strategy")).toEqual([])
  })

  it("takes every option there is a default for", () => {
    const defaults: Readonly<Record<string, object>> = {
      affinity_based: placement.affinityBasedDefaults,
      best_fit: placement.bestFitWeights,
      bounded_hash: placement.boundedHashDefaults,
      consistent_hash: placement.consistentHashDefaults,
      dynamic: placement.dynamicDefaults,
      energy_aware: placement.energyAwareDefaults,
      fragmentation_aware: placement.fragmentationAwareDefaults,
      hardware_specific: placement.hardwareSpecificDefaults,
      hot_cold: placement.hotColdDefaults,
      learned: placement.learnedDefaults,
      p2c: placement.p2cDefaults,
      peak_ewma: placement.peakEwmaDefaults,
      performance_based: placement.performanceBasedDefaults,
      predictive: placement.predictiveDefaults,
      priority_based: placement.priorityBasedDefaults,
      rendezvous: placement.rendezvousDefaults,
      resource_based: placement.resourceBasedDefaults,
      sticky: placement.stickyDefaults,
      weighted_capacity: placement.weightedCapacityWeights
    }
    for (const [type, options] of Object.entries(defaults)) {
      expect([type, strategyProblems({ type, ...options }, type)]).toEqual([type, []])
      expect(made({ type, ...options }).id).toBe(type)
    }
  })

  it("is several with weights, options and all, or objects of one's own among them", () => {
    const setting = {
      type: "composite",
      algorithms: [
        { type: "performance_based", weight: 0.6, trials: 5 },
        { type: "priority_based", weight: 0.3 },
        { strategy: own, weight: 0.1 },
        { type: "composite", weight: 1, algorithms: [{ type: "random", weight: 2 }] },
        { strategy: { default: "p2c", byType: {} }, weight: 1 }
      ]
    }
    expect(strategyProblems(setting, "strategy")).toEqual([])
    expect(made(setting)).toMatchObject({ id: "composite" })
  })

  it("is one for each type of task", () => {
    const strategy = made({ default: "adaptive", byType: { performance: "performance_based", other: own } })
    expect(strategy.id).toBe("per_type")
    expect("delegates" in strategy && strategy.delegates.map(({ id }) => id)).toEqual([
      "adaptive",
      "performance_based",
      "own"
    ])
  })

  it("is an object of one's own, taken as it is", () => {
    expect(made(own)).toBe(own)
  })

  it("makes the same choices of the same seed, other ones of another, and within another strategy", () => {
    const { workers } = ledgerOf(["a", "b", "c", "d"].map((id) => workerSpec(id, { slots: 100 })))
    const choices = (setting: unknown, seed: number): string => {
      const placement = new Placement({ strategy: made(setting, seed) })
      return Array.from({ length: 40 }, (_, index) => {
        const proposal = placement.propose(taskSpec(`t${index}`), viewOf(workers.values()), 0)
        return proposal._tag === "Worker" ? proposal.workerId : ""
      }).join("")
    }
    expect(choices("random", 1)).toBe(choices("random", 1))
    expect(choices("random", 1)).not.toBe(choices("random", 2))
    expect(choices("random", 1)).not.toBe(choices({ default: "random", byType: {} }, 1))
  })

  it.each([
    [
      "least_conections",
      [problem("strategy", /there is no strategy "least_conections"/, /did you mean "least_connections"/)]
    ],
    [5, [problem("strategy", /no strategy/, /least_connections/)]],
    [null, [problem("strategy", /no strategy/)]],
    [[], [problem("strategy", /no strategy/)]],
    [{}, [problem("strategy", /no strategy/)]],
    [{ id: "own" }, [problem("strategy", /no strategy/)]],
    [{ id: "own", delegate: () => own }, [problem("strategy", /no strategy/)]],
    [{ type: "p3c" }, [problem("strategy.type", /no strategy "p3c"/, /did you mean "p2c"/)]],
    [{ type: "p2c", choice: 2 }, [problem("strategy.choice", /p2c has no option "choice"/, /did you mean "choices"/)]],
    [{ type: "round_robin", turns: 2 }, [problem("strategy.turns", /no option/, /it has none/)]],
    [{ type: "p2c", choices: 0 }, [problem("strategy.choices", /./, /at least 1/)]],
    [{ type: "peak_ewma", decay: "soon" }, [problem("strategy.decay", /./, /milliseconds/)]],
    [{ type: "dynamic", gain: 2 }, [problem("strategy.gain", /./, /from 0 to 1/)]],
    [{ type: "dynamic", candidates: ["p2c", "nobody"] }, [problem("strategy.candidates[1]", /"nobody"/)]],
    [{ type: "learned", strategies: [] }, [problem("strategy.strategies", /./, /at least one/)]],
    [{ type: "adaptive", high: "higher" }, [problem("strategy.high", /"higher"/)]],
    [{ algorithms: [{ type: "p2c", weight: 1 }] }, [problem("strategy.type", /missing/, /composite/)]],
    [{ type: "composite", algorithms: [] }, [problem("strategy.algorithms", /./, /at least one/)]],
    [{ type: "composite", algorithms: "p2c" }, [problem("strategy.algorithms", /./)]],
    [
      {
        type: "composite",
        algorithms: [
          { type: "p2c", weight: 0 },
          { type: "random", weight: Number.NaN }
        ]
      },
      [
        problem("strategy.algorithms[0].weight", /./, /above 0/),
        problem("strategy.algorithms[1].weight", /./, /above 0/)
      ]
    ],
    [{ type: "composite", algorithms: [{ type: "p2c" }] }, [problem("strategy.algorithms[0].weight", /./, /above 0/)]],
    [
      { type: "composite", algorithms: [{ type: "p2c", weight: 1, chioces: 3 }] },
      [problem("strategy.algorithms[0].chioces", /no option/, /did you mean "choices"/)]
    ],
    [
      { type: "composite", algorithms: [{ strategy: "p2c", weight: 1, choices: 3 }] },
      [problem("strategy.algorithms[0].choices", /no option/)]
    ],
    [{ byType: {} }, [problem("strategy.default", /missing/)]],
    [{ default: "p2c", byTypes: {} }, [problem("strategy.byTypes", /no option/, /did you mean "byType"/)]],
    [{ default: "p2c", byType: ["p2c"] }, [problem("strategy.byType", /./)]],
    [{ default: "p2c", byType: { render: "rr" } }, [problem("strategy.byType.render", /"rr"/)]]
  ])("is refused with path and hint where it is %j", (setting, problems) => {
    expect(strategyProblems(setting, "strategy")).toEqual(problems)
    expect(isSetting(setting)).toBe(false)
  })

  it("is refused where it contains itself", () => {
    const parts: Array<unknown> = [{ type: "p2c", weight: 1 }]
    const round = { type: "composite", algorithms: parts }
    parts.push({ strategy: round, weight: 1 })
    expect(strategyProblems(round, "strategy")).toEqual([problem("strategy.algorithms[1].strategy", /contains itself/)])
    const byType: Record<string, unknown> = {}
    const perType = { default: "p2c", byType }
    byType.again = { type: "learned", strategies: [perType] }
    expect(strategyProblems(perType, "strategy")).toEqual([
      problem("strategy.byType.again.strategies[0]", /contains itself/)
    ])
  })

  it("may name the same object twice where it does not contain itself", () => {
    const part = { type: "p2c" }
    expect(strategyProblems({ default: part, byType: { render: part } }, "strategy")).toEqual([])
  })

  it("names every id of the sources and those beyond", () => {
    const ids =
      "round_robin, weighted_round_robin, random, least_connections, least_response_time, weighted_capacity, resource_based, performance_based, priority_based, hardware_specific, predictive, energy_aware, consistent_hash, sticky, affinity_based, composite, adaptive, dynamic, p2c, peak_ewma, hot_cold, bounded_hash, rendezvous, best_fit, fragmentation_aware, fair_share, learned"
    expect(ids.split(", ").filter((id) => !isStrategyId(id))).toEqual([])
  })

  it("is refused by a start, along with all else that is wrong", async () => {
    const start = Ballast.start({
      handlers: new URL("./nowhere.ts", import.meta.url),
      maxQueue: 0,
      strategy: { type: "composite", algorithms: [{ type: "p2c", weight: -1 }] }
    })
    await expect(start).rejects.toBeInstanceOf(InvalidOptions)
    await expect(start).rejects.toMatchObject({
      problems: [problem("maxQueue", /./), problem("strategy.algorithms[0].weight", /./, /above 0/)]
    })
  })
})
