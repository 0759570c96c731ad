import type { WorkerRecord } from "../../ledger/index.ts"
import type { TaskSpec } from "../../model/index.ts"
import type { RankStrategy } from "../strategy.ts"

/** A ranking strategy that cannot tell some workers apart, and says which. */
export interface StandingRankStrategy extends RankStrategy {
  /**
   * How the worker stands. Two of which it gives the same object are ranked alike, whatever the task, and have the same limits,
   * the same capabilities but for the hostname, and as much left of everything.
   */
  standingOf(worker: WorkerRecord): object
}

export const knowsStandings = (strategy: RankStrategy): strategy is StandingRankStrategy => "standingOf" in strategy

/** Whether workers that stand alike and take work are as good as one another for such tasks: no host, no idleness is asked for. */
export const isForStandings = ({ requirements: { constraints, demand } }: TaskSpec): boolean =>
  constraints.hostname === undefined && demand.whole !== true && demand.external !== true
