/** Queueing models, closed forms and bounds of their own: what the runtime is compared with, sharing nothing with it. */
export {
  type BatchJob,
  type BatchPolicy,
  declaredArea,
  declaredTime,
  f1,
  type JobKey,
  simulateBatch,
  submitted
} from "./batch-machine.ts"
export { eligibleBound, makespanBound } from "./bounds.ts"
export {
  erlangC,
  generalServiceSojourn,
  generalServiceWait,
  manyServersSojourn,
  manyServersWait,
  manyServersWaitQuantile,
  singleServerSojourn,
  singleServerSojournQuantile
} from "./closed-forms.ts"
export { listMakespan } from "./list-makespan.ts"
export { longestFirst } from "./longest-first.ts"
export { type Outcome, shareWithin, sojournsOf, waitsOf } from "./outcome.ts"
export { centralQueue, type Preference } from "./policies/central-queue.ts"
export { leastCompletionTime } from "./policies/least-completion-time.ts"
export { leastConnections } from "./policies/least-connections.ts"
export { type PeakEwmaOptions, peakEwma } from "./policies/peak-ewma.ts"
export type { Ties } from "./policies/picking.ts"
export { random } from "./policies/random.ts"
export { roundRobin } from "./policies/round-robin.ts"
export { shortestExpectedQueue } from "./policies/shortest-expected-queue.ts"
export { powerOfTwoChoices } from "./policies/two-choices.ts"
export { weightedRoundRobin } from "./policies/weighted-round-robin.ts"
export type { CentralPolicy, Chooser, Fleet, PinnedPolicy, Policy } from "./policy.ts"
export type { FixedPhase, Server, SlowPhase } from "./server.ts"
export { simulateBaseline } from "./simulate-baseline.ts"
export type { BaselineTask } from "./task-class.ts"
