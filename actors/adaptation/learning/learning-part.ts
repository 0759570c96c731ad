import type { ChildSpec } from "../../../src/actor/index.ts"
import type { LearnedWeights } from "../../../src/adaptation/index.ts"
import type { WorkerId } from "../../../src/model/index.ts"
import type { BallastEvent } from "../../events.ts"
import type { Follower, Part, Surroundings } from "../part.ts"
import { weightKeeper } from "./weight-keeper.ts"

export interface LearningPartOptions extends Surroundings {
  readonly weights: LearnedWeights
  /** Something was learned of these workers that may count in a decision. */
  readonly onLearned: (workers: ReadonlyArray<WorkerId>) => void
}

/** What workers weigh by what they do (G9). */
export class LearningPart implements Part {
  readonly #weights: LearnedWeights
  readonly #keeper: ReturnType<typeof weightKeeper> | undefined

  constructor({ settings, ledger, performance, bus, weights, onLearned }: LearningPartOptions) {
    const { features, learning } = settings.adaptation
    this.#weights = weights
    this.#keeper = features.learnedWeights
      ? weightKeeper({ ledger, performance, weights, bus, interval: learning.weightInterval, onAdjusted: onLearned })
      : undefined
  }

  get children(): ReadonlyArray<ChildSpec> {
    return this.#keeper === undefined ? [] : [{ id: "weight-keeper", actor: this.#keeper }]
  }

  get followers(): ReadonlyArray<Follower> {
    return [{ heeds: ["WorkerAdded", "WorkerRemoved"], onEvent: this.#onEvent }]
  }

  readonly #onEvent = (event: BallastEvent): void => {
    if (event._tag === "WorkerAdded") this.#weights.joined(event.worker.id, event.worker.weight)
    if (event._tag === "WorkerRemoved") this.#weights.forget(event.workerId)
  }
}
