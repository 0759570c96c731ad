import { describe, expect, it } from "vitest"
import { simulate } from "../../actors/testing.ts"
import { strategies } from "../../src/placement/index.ts"

const ids = Object.keys(strategies)

/** Who decided about the one task of a world, as its explanation has it. */
const deciderOf = async (strategy: string): Promise<string> => {
  let explanation = ""
  await simulate({
    workers: 3,
    strategy,
    workload: { arrivals: { type: "batch", tasks: 1 }, kinds: [{ work: { type: "constant", ms: 10 } }] },
    watch: {
      every: 5,
      look: ({ simulation: { runtime } }) => {
        for (const taskId of runtime.ledger.tasks.keys()) explanation = runtime.explain(taskId)
      }
    }
  })
  return explanation.split(" ")[0]?.replace(":", "") ?? ""
}

describe("the strategy that is configured (X13)", () => {
  it("is the one that runs: the explanation of a task's placement names it, for every id there is", async () => {
    const deciders: Array<string> = []
    for (const id of ids) deciders.push(await deciderOf(id))
    expect(deciders).toEqual(ids)
    expect(ids.length).toBeGreaterThanOrEqual(27)
  })

  it("is adaptive where none is", async () => {
    const outcome = await simulate({
      workers: 1,
      workload: { arrivals: { type: "batch", tasks: 1 }, kinds: [{ work: { type: "constant", ms: 10 } }] }
    })
    expect(outcome.strategy).toBe("adaptive")
  })
})
