/**
 * A placement strategy of one's own under the same properties as those that come with Ballast: random pools, tasks,
 * crashes and migrations, and after each step nothing is oversubscribed, run twice or lost. A strategy only proposes, so
 * even a careless one cannot break them. Run it with `node examples/properties/main.ts` after `npm run build`.
 */
import type { Strategy } from "ballast/placement"
import { ledgerScenarios, proposedBy, runLedger } from "ballast/testing"
import * as fc from "fast-check"

const emptiest: Strategy = {
  id: "emptiest",
  score: (_task, worker) => worker.spec.limits.slots - worker.slots
}

const careless: Strategy = {
  id: "careless",
  pick: () => "a worker that does not exist"
}

for (const strategy of [emptiest, careless]) {
  let placed = 0
  const holds = fc.property(ledgerScenarios(), (scenario) => {
    const { violations, events } = runLedger(scenario, { propose: proposedBy(strategy) })
    placed += events.filter(({ _tag }) => _tag === "TaskPlaced").length
    return violations.length === 0
  })
  const { failed, numRuns, seed } = fc.check(holds, { numRuns: 100, seed: 7 })
  console.log(
    `${strategy.id}: ${failed ? `broken, seed ${seed}` : `${numRuns} runs hold`}, ${placed > 0 ? "tasks were placed" : "nothing was placed"}`
  )
}
