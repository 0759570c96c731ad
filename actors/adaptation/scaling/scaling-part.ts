import type { ChildSpec, Supervisor } from "../../../src/actor/index.ts"
import type { Follower, Part, Surroundings } from "../part.ts"
import { type AutoscalerOptions, type AutoscalerRef, autoscaler } from "./autoscaler.ts"
import { ConcurrencyRecord, concurrencyLimiter } from "./concurrency-limiter.ts"
import type { PoolSources } from "./pool-view.ts"
import { WorkerPool } from "./worker-pool.ts"

export interface ScalingPartOptions
  extends Surroundings,
    Pick<AutoscalerOptions, "spawn" | "retire">,
    Pick<PoolSources, "pool" | "parked" | "outside"> {}

/** How many workers there are, and how much each has under way (B6). */
export class ScalingPart implements Part {
  readonly #pool: WorkerPool
  readonly #autoscalerActor: ReturnType<typeof autoscaler>
  readonly #limiter: { readonly record: ConcurrencyRecord; readonly child: ChildSpec } | undefined
  #autoscaler: AutoscalerRef | undefined

  constructor(options: ScalingPartOptions) {
    const { settings, ledger, runs, bus, pool, parked, outside, spawn, retire } = options
    this.#pool = pool
    this.#autoscalerActor = autoscaler({
      sources: { ledger, runs, pool, parked, outside },
      ...settings.adaptation.scaling,
      bus,
      spawn,
      retire
    })
    this.#limiter = limiterOf(options)
  }

  /** Nobody else rests on these. */
  get children(): ReadonlyArray<ChildSpec> {
    const limiter = this.#limiter === undefined ? [] : [this.#limiter.child]
    return [{ id: "autoscaler", actor: this.#autoscalerActor }, ...limiter]
  }

  get followers(): ReadonlyArray<Follower> {
    return [
      { heeds: WorkerPool.heeds, onEvent: this.#pool.onEvent },
      ...(this.#limiter === undefined
        ? []
        : [{ heeds: ConcurrencyRecord.heeds, onEvent: this.#limiter.record.onEvent }])
    ]
  }

  started(supervisor: Supervisor | undefined): void {
    this.#autoscaler = supervisor?.ref("autoscaler", this.#autoscalerActor)
  }

  /** The pool has bounds, or other ones. */
  rebound(): void {
    this.#autoscaler?.tell("Rebound")
  }
}

const limiterOf = ({ settings, ledger, runs, slotLimits }: ScalingPartOptions) => {
  const { concurrency } = settings.adaptation
  if (concurrency === false) return undefined
  const record = new ConcurrencyRecord(ledger, concurrency)
  runs.teach(record.learn)
  return { record, child: { id: "concurrency-limiter", actor: concurrencyLimiter({ ledger, record, slotLimits }) } }
}
