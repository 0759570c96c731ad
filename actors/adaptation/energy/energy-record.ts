import {
  capacityOf,
  DemandRecord,
  type Forecaster,
  isReliable,
  type PooledWorker,
  type ShapeInUse,
  type Superfluous,
  type WorkDemand,
  workOn
} from "../../../src/adaptation/index.ts"
import { asksForSlotOnly, type LedgerReader, unmetEver } from "../../../src/ledger/index.ts"
import type { Millis, Requirements, WorkerId, WorkerSpec } from "../../../src/model/index.ts"

/** Requirements that nobody has asked for so long are not in use any more: as many windows. */
const remembered = 5
/** What is asked of the pool, as a share of all that it can do. */
const series = "work"

/** What was asked of the pool, by what, and who has been superfluous since when. It outlives the energy manager. */
export class EnergyRecord {
  superfluous: Superfluous = new Map()
  readonly #ledger: LedgerReader
  readonly #window: Millis
  readonly #demand: DemandRecord<Requirements>
  readonly #able = new WeakMap<Requirements, WeakMap<WorkerSpec, boolean>>()
  readonly #forecaster: Forecaster | undefined

  /** `window`: how long what was seen counts. `forecaster`: left out, nothing is forecast. */
  constructor(ledger: LedgerReader, window: Millis, forecaster?: Forecaster) {
    this.#forecaster = forecaster
    this.#ledger = ledger
    this.#window = window
    this.#demand = new DemandRecord<Requirements>({ window })
  }

  /** What is asked of these workers. */
  look(workers: ReadonlyArray<PooledWorker>, now: Millis): WorkDemand {
    const work = workOn(workers)
    this.#demand.observe(work, now)
    const speeds = new Map(workers.map(({ workerId, speed }) => [workerId, speed]))
    const byShape = new Map<string, number>()
    let isWaiting = false
    for (const { running, ahead, spec } of this.#ledger.workers.values()) {
      if (ahead.length > 0) isWaiting = true
      for (const { taskId } of running.values()) {
        const requirements = this.#ledger.task(taskId)?.spec.requirements
        if (requirements === undefined) continue
        this.#demand.use(requirements.shape, requirements, now)
        byShape.set(requirements.shape, (byShape.get(requirements.shape) ?? 0) + (speeds.get(spec.id) ?? 0))
      }
    }
    for (const { spec } of this.#ledger.heads()) {
      isWaiting = true
      this.#demand.use(spec.requirements.shape, spec.requirements, now)
    }
    const shapes = this.#demand.shapesSince(now - remembered * this.#window).map(
      ({ shape, requirements }): ShapeInUse => ({
        work: byShape.get(shape) ?? 0,
        isAble: (workerId) => this.#isAble(workerId, requirements)
      })
    )
    return { work: Math.max(this.#demand.expected, this.#foreseen(workers, work, now)), isWaiting, shapes }
  }

  /** By a forecast that has earned it to be acted upon; it is of the work, which does not change with who is awake. */
  #foreseen(workers: ReadonlyArray<PooledWorker>, work: number, now: Millis): number {
    const all = workers.reduce((sum, worker) => sum + capacityOf(worker), 0)
    if (this.#forecaster === undefined || !(all > 0)) return 0
    this.#forecaster.observe(series, work / all, now)
    this.#forecaster.score(now)
    const forecast = this.#forecaster.forecast(series, now)
    return forecast !== undefined && isReliable(forecast) ? forecast.value * all : 0
  }

  #isAble(workerId: WorkerId, requirements: Requirements): boolean {
    const spec = this.#ledger.worker(workerId)?.spec
    if (spec === undefined) return false
    const known = this.#able.get(requirements) ?? new WeakMap<WorkerSpec, boolean>()
    this.#able.set(requirements, known)
    const isAble = known.get(spec) ?? (asksForSlotOnly(requirements) || unmetEver(requirements, spec).length === 0)
    known.set(spec, isAble)
    return isAble
  }
}
