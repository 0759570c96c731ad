import type { BallastOptions } from "../../../src/config/index.ts"

/** How one pass is balanced. */
export interface Policy {
  readonly name: string
  readonly options: Pick<BallastOptions, "strategy" | "adaptation" | "heartbeatInterval">
}

/** By how busy workers are, and running tasks move where that pays; judged often, since a pass takes seconds only. */
export const balanced: Policy = {
  name: "ballast",
  options: {
    strategy: "adaptive",
    heartbeatInterval: "200 millis",
    adaptation: { checkInterval: "200 millis" }
  }
}

/** In turn, and nothing moves. */
export const roundRobin: Policy = {
  name: "round robin",
  options: {
    strategy: "round_robin",
    heartbeatInterval: "200 millis",
    adaptation: {
      checkInterval: "200 millis",
      features: {
        dynamicThresholds: false,
        predictiveBalancing: false,
        costBenefitAnalysis: false,
        hardwareSpecific: false,
        resourceEfficiency: false,
        taskMigration: false
      }
    }
  }
}
