import type { HealthView, PerformanceView } from "../model/index.ts"
import { Placement, type Strategy, type StrategyId } from "../placement/index.ts"
import type { Proposer } from "./ledger-commands.ts"

const nothingKnown: PerformanceView = { of: () => undefined, worker: () => undefined }
const allSound: HealthView = { of: () => 1 }

/**
 * A proposer that asks a strategy as the coordinator does, where nothing has been learned yet and every worker is
 * sound. Make one for each run: strategies remember.
 *
 * @example
 * fc.assert(fc.property(ledgerScenarios(), (scenario) => {
 *   expect(runLedger(scenario, { propose: proposedBy(myStrategy) }).violations).toEqual([])
 * }))
 */
export const proposedBy = (strategy: Strategy | StrategyId): Proposer => {
  const placement = new Placement({ strategy })
  return (task, { ledger, now }) => {
    const workers = [...ledger.workers.values()]
    const proposal = placement.propose(task.spec, { workers, performance: nothingKnown, health: allSound }, now)
    return proposal._tag === "Worker" ? proposal.workerId : undefined
  }
}
