import { takesWork, type WorkerRecord } from "../../ledger/index.ts"
import { type Epoch, Milli, type Millis, resourceNames, type TaskSpec, type WorkerId } from "../../model/index.ts"
import { delegationsOf, nameOfRoute, type Route } from "../pipeline/delegation.ts"
import { ponder } from "../pipeline/place.ts"
import type { Pool } from "../pool/pool.ts"
import { type Ranking, rankingOf } from "../pool/ranking.ts"
import type { PlacementView } from "../view.ts"
import type { Candidate, Explanation } from "./explanation.ts"

/** Workers of a pool that is looked at as a whole; of a larger one only the chosen worker is. */
const widest = 8
/** Stands for a worker that took no work. */
const shut = -1
/** Figures of one worker: its slots in use, what is used of each resource, and how the strategy ranked it. */
const figures = 2 + resourceNames.length
const rankFigure = figures - 1

/**
 * What the pool looked like at each of the latest quick decisions: enough to explain such a decision in full when somebody
 * asks, at a few bytes and no object for each of those nobody asks about.
 */
export class Glimpses {
  readonly #epochs: Float64Array
  readonly #times: Float64Array
  readonly #pools: Array<ReadonlyArray<WorkerRecord> | undefined>
  readonly #routes: Array<Route | undefined>
  readonly #seen: Float64Array
  readonly #aheads: Uint8Array
  readonly #latest = new Float64Array(widest * figures)

  /** `capacity`: decisions kept. */
  constructor(capacity: number) {
    this.#epochs = new Float64Array(capacity).fill(Number.NaN)
    this.#times = new Float64Array(capacity)
    this.#pools = new Array<ReadonlyArray<WorkerRecord> | undefined>(capacity).fill(undefined)
    this.#routes = new Array<Route | undefined>(capacity).fill(undefined)
    this.#seen = new Float64Array(capacity * widest * figures)
    this.#aheads = new Uint8Array(capacity)
  }

  /** Before the decision about the task is committed: the slots and resources in use, and how whoever made it ranked them. */
  look({ workers, pool }: PlacementView, chosen: WorkerRecord, task: TaskSpec, by: Route | undefined): void {
    const ranking = pool && by && "rank" in by.by ? rankingOf(by.by, task, pool) : undefined
    if (workers.length > widest) return this.#lookAt(0, chosen, pool, ranking)
    for (let index = 0; index < workers.length; index += 1) {
      const worker = workers[index]
      if (worker !== undefined) this.#lookAt(index, worker, pool, ranking)
    }
  }

  #lookAt(index: number, worker: WorkerRecord, pool: Pool | undefined, ranking: Ranking | undefined): void {
    const { phase, slots, used } = worker
    const place = ranking && pool?.placeOf(worker.spec.id)
    const latest = this.#latest
    const first = index * figures
    latest[first] = takesWork(phase) ? slots : shut
    latest[first + 1] = used.cpu
    latest[first + 2] = used.memory
    latest[first + 3] = used.network
    latest[first + 4] = used.storage
    latest[first + rankFigure] = ranking === undefined || place === undefined ? Number.NaN : ranking.rankAt(place)
  }

  /**
   * The decision looked at last has been committed under this epoch. `by`: who made it. `ahead`: nobody was free, and the
   * run was sent ahead.
   */
  keep(epoch: Epoch, now: Millis, { workers }: PlacementView, by: Route | undefined, ahead = false): void {
    const place = epoch % this.#epochs.length
    this.#epochs[place] = epoch
    this.#times[place] = now
    this.#pools[place] = workers
    this.#routes[place] = by
    this.#aheads[place] = ahead ? 1 : 0
    const width = workers.length > widest ? figures : workers.length * figures
    const first = place * widest * figures
    for (let index = 0; index < width; index += 1) this.#seen[first + index] = this.#latest[index] ?? 0
  }

  /** The decision that began this run; `undefined` where it was another kind of decision, or too long ago. */
  explain(epoch: Epoch, task: TaskSpec, workerId: WorkerId, view: PlacementView): Explanation | undefined {
    const place = epoch % this.#epochs.length
    const pool = this.#pools[place]
    const route = this.#routes[place]
    if (this.#epochs[place] !== epoch || pool === undefined || route === undefined) return undefined
    const at = this.#times[place] ?? 0
    const whole = pool.length <= widest
    const seen = whole ? pool : pool.filter(({ spec }) => spec.id === workerId)
    const workers = seen.map((worker, index) => this.#asItWas(worker, place * widest + index))
    // Whom patience would decline now says nothing of then.
    const { pool: _now, patience: _today, ...then } = view
    const { explanation } = ponder(task, { ...then, workers }, route.by, at, { complete: true }).proposal
    const ranks = new Map(
      workers.map(({ spec }, index) => [spec.id, this.#seen[(place * widest + index) * figures + rankFigure]])
    )
    const candidates = explanation.candidates.map((candidate) => rankedThen(candidate, ranks.get(candidate.workerId)))
    return {
      ...explanation,
      candidates: "rank" in route.by ? candidates : explanation.candidates,
      strategy: nameOfRoute(route),
      ...(route.through.length > 0 && { via: delegationsOf(route, task, view, at) }),
      outcome: this.#aheads[place] === 1 ? "ahead" : "chosen",
      workerId,
      complete: whole,
      workers: pool.length
    }
  }

  #asItWas(worker: WorkerRecord, index: number): WorkerRecord {
    const [slots = shut, cpu = 0, memory = 0, network = 0, storage = 0] = this.#seen.subarray(
      index * figures,
      (index + 1) * figures
    )
    if (slots === shut) return { ...worker, phase: "starting" }
    const used = { cpu: Milli(cpu), memory: Milli(memory), network: Milli(network), storage: Milli(storage) }
    return { ...worker, phase: "up", slots, used }
  }
}

/** What was learned since says nothing of then: the candidate with the score it had. */
const rankedThen = (candidate: Candidate, rank: number | undefined): Candidate => {
  if (rank !== undefined && Number.isFinite(rank)) return { ...candidate, score: rank }
  const { score: _now, ...plain } = candidate
  return plain
}
