import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Strategy, strategies } from "../../src/placement/index.ts"
import { ledgerScenarios, type Proposer, proposedBy, type RunOptions, runLedger } from "../../src/testing/index.ts"

/** All that is violated, over a hundred scenarios, by whom `make` gives for each. */
const violationsUnder = (make: () => Required<Pick<RunOptions, "propose">>) => {
  const scenarios = fc.sample(ledgerScenarios(), { numRuns: 100, seed: 11 })
  const runs = scenarios.map((scenario) => runLedger(scenario, { ...make(), againstModel: true, replay: true }))
  return {
    violations: runs.flatMap(({ violations }) => violations),
    placed: runs.flatMap(({ calls }) => calls).filter(({ call, answer }) => call._tag === "place" && /^ok/.test(answer))
      .length
  }
}

describe("no strategy can break the ledger", () => {
  for (const [id, make] of Object.entries(strategies)) {
    it(`${id}, by its id`, () => {
      const { violations, placed } = violationsUnder(() => ({ propose: proposedBy(make()) }))
      expect(violations).toEqual([])
      expect(placed).toBeGreaterThan(500)
    })
  }

  const own: ReadonlyArray<Strategy> = [
    { id: "the-fullest", score: (_task, worker) => worker.slots },
    { id: "nan", score: () => Number.NaN },
    { id: "nobody", pick: () => "nobody" },
    {
      id: "throws",
      pick: () => {
        throw new Error("no idea")
      }
    }
  ]
  for (const strategy of own) {
    it(`one of one's own: ${strategy.id}`, () => {
      const { violations, placed } = violationsUnder(() => ({ propose: proposedBy(strategy) }))
      expect(violations).toEqual([])
      expect(placed).toBeGreaterThan(500)
    })
  }

  const hostile: Readonly<Record<string, Proposer>> = {
    "always the first worker, whether it fits or not": (_task, { ledger }) => ledger.workers.keys().next().value,
    "a worker there is not": () => "nobody",
    "the worker with the least room": (_task, { ledger }) =>
      [...ledger.workers.values()].sort((a, b) => b.slots - a.slots)[0]?.spec.id,
    "never any worker": () => undefined
  }
  for (const [what, propose] of Object.entries(hostile)) {
    it(`a proposer that names ${what}`, () => {
      expect(violationsUnder(() => ({ propose })).violations).toEqual([])
    })
  }
})
