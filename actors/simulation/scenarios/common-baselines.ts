import {
  centralQueue,
  leastConnections,
  peakEwma,
  powerOfTwoChoices,
  roundRobin,
  weightedRoundRobin
} from "../baselines/index.ts"
import type { Contender } from "./scenario.ts"

/** The queueing models that stand beside every comparison where they make sense. */
export const commonBaselines = {
  "round robin": { model: roundRobin },
  "weighted round robin": { model: weightedRoundRobin },
  "least connections": { model: leastConnections({ ties: "random" }) },
  p2c: { model: powerOfTwoChoices },
  "peak ewma": { model: peakEwma() },
  "central queue": { model: centralQueue() }
} satisfies Readonly<Record<string, Contender>>
