import { RankHeap } from "../../../../collections/index.ts"
import { Ledger, type TaskRecord } from "../../../../ledger/index.ts"
import type { Epoch, Millis, TaskId, TaskSpec, WorkerId, WorkerSpec } from "../../../../model/index.ts"
import { Inflow } from "../../../patience/inflow.ts"
import { Patience } from "../../../patience/patience.ts"
import { place } from "../../../pipeline/place.ts"
import type { Proposal } from "../../../pipeline/proposal.ts"
import { tellEnded } from "../../../pipeline/tell-ended.ts"
import type { Strategy } from "../../../strategy.ts"
import type { PlacementView } from "../../../view.ts"
import type { RecordedRun } from "./recorded-run.ts"

/** What is known while runs are placed again: the same for each strategy, whatever it would have learned itself. */
export type Knowledge = Pick<PlacementView, "performance" | "health" | "times" | "profiles">

interface Ending {
  readonly at: Millis
  readonly serial: number
  readonly taskId: TaskId
  readonly workerId: WorkerId
  readonly epoch: Epoch
  readonly startedAt: Millis
  heapIndex: number
}

/** What a strategy would have made of some runs. */
export interface ReplayOutcome {
  /** Runs that ended. */
  readonly ended: number
  /** From acceptance to end. */
  readonly meanSojournMs: Millis
  /** Decisions that it got wrong. */
  readonly faults: number
}

/**
 * Places recorded runs once more, by another strategy: the same arrivals and the same work, on workers that begin empty and
 * have the speeds that were learned. A ledger of its own commits, so that every limit holds, and workers that are not worth
 * it are declined as they would be; chance and clock are none, so the same call gives the same answer. Workers neither come
 * nor go, and no run fails.
 */
export class Replay {
  readonly #runs: ReadonlyArray<RecordedRun>
  readonly #strategy: Strategy
  readonly #ledger = new Ledger({ retain: 1 })
  readonly #view: PlacementView
  readonly #endings = new RankHeap<Ending>((a, b) => a.at < b.at || (a.at === b.at && a.serial < b.serial))
  readonly #inflow = new Inflow()
  /** Shapes for which nobody has room. */
  readonly #passedOver = new Set<string>()
  /** Those of them for which somebody has, and is not worth it, and when to ask again. */
  readonly #waiting = new Map<string, Millis>()
  #next = 0
  #serial = 0
  #now: Millis
  #ended = 0
  #sojourns = 0
  #faults = 0

  /** `runs`: in the order of acceptance. */
  constructor(
    runs: ReadonlyArray<RecordedRun>,
    pool: ReadonlyArray<WorkerSpec>,
    { performance, health, times, profiles }: Knowledge,
    strategy: Strategy
  ) {
    this.#runs = runs
    this.#strategy = strategy
    this.#now = runs[0]?.acceptedAt ?? 0
    for (const spec of pool) {
      this.#ledger.addWorker(spec, this.#now)
      this.#ledger.setPhase(spec.id, "up", this.#now)
    }
    const patience = times && this.#patienceWith(times)
    this.#view = {
      workers: [...this.#ledger.workers.values()],
      performance,
      health,
      ...(times !== undefined && { times }),
      ...(patience !== undefined && { patience }),
      ...(profiles !== undefined && { profiles })
    }
  }

  /** Lets so many things happen: arrivals and ends of runs. Gives whether nothing is left. */
  advance(steps: number): boolean {
    for (let step = 0; step < steps; step++) if (!this.#step()) return true
    return false
  }

  get outcome(): ReplayOutcome {
    const ended = this.#ended
    return { ended, meanSojournMs: ended === 0 ? 0 : this.#sojourns / ended, faults: this.#faults }
  }

  /** As a runtime's own: a runtime knows what its tasks compute of their time, a replay takes it for all. */
  #patienceWith(times: NonNullable<Knowledge["times"]>): Patience {
    return new Patience({
      times,
      waiting: () => this.#ledger.waitingWork,
      inflow: (now) => this.#inflow.rate(now, times.meanWorkMs),
      task: (taskId) => this.#ledger.task(taskId),
      busy: () => 1
    })
  }

  #step(): boolean {
    const ending = this.#endings.first
    const run = this.#runs[this.#next]
    const next = Math.min(ending?.at ?? Number.POSITIVE_INFINITY, run?.acceptedAt ?? Number.POSITIVE_INFINITY)
    const due = Math.min(...this.#waiting.values())
    if (due < next) this.#reconsider(due)
    else if (run !== undefined && (ending === undefined || run.acceptedAt < ending.at)) this.#arrive(run)
    else if (ending !== undefined) this.#end(ending)
    else return false
    this.#pass()
    return true
  }

  #arrive({ task, acceptedAt }: RecordedRun): void {
    this.#now = Math.max(this.#now, acceptedAt)
    this.#ledger.accept(asRun(task, this.#next), this.#now)
    this.#next += 1
    this.#inflow.accepted(this.#now, task.expectedDuration)
  }

  /** Time has passed without an end: a worker may be worth it now. */
  #reconsider(now: Millis): void {
    this.#now = Math.max(this.#now, now)
    for (const shape of this.#waiting.keys()) this.#passedOver.delete(shape)
    this.#waiting.clear()
  }

  #end(ending: Ending): void {
    const { taskId, workerId, epoch, startedAt } = ending
    this.#endings.remove(ending)
    this.#now = Math.max(this.#now, ending.at)
    const task = this.#ledger.task(taskId)
    if (task === undefined) return
    const { spec, acceptedAt } = task
    this.#ledger.complete(taskId, epoch, undefined, this.#now)
    this.#ended += 1
    this.#sojourns += this.#now - acceptedAt
    this.#passedOver.clear()
    this.#waiting.clear()
    const run = { task: spec, workerId, ms: this.#now - startedAt, ok: true, acceptedAt }
    tellEnded(this.#strategy, run, this.#view, this.#now, this.#onFault)
  }

  #pass(): void {
    for (
      let task = this.#ledger.next(this.#passedOver);
      task !== undefined;
      task = this.#ledger.next(this.#passedOver)
    ) {
      this.#place(task)
    }
  }

  #place(task: TaskRecord): void {
    const { spec } = task
    const commit = (workerId: WorkerId, devices?: ReadonlyArray<number>) => {
      const placed = this.#ledger.place(spec.id, workerId, this.#now, devices)
      return placed.ok ? undefined : placed.refusal
    }
    const proposal = place(spec, this.#view, this.#strategy, commit, this.#now, { onFault: this.#onFault })
    // It waits for a worker that has since left.
    if (proposal._tag === "Never") return void this.#ledger.cancel(spec.id, "nobody could run it", this.#now)
    const { assignment } = task
    if (proposal._tag === "Wait" || assignment === undefined) return this.#passOver(spec, proposal)
    const { workerId, epoch } = assignment
    const at = this.#now + this.#timeOf(spec, workerId)
    this.#endings.push({
      at,
      serial: this.#serial++,
      taskId: spec.id,
      workerId,
      epoch,
      startedAt: this.#now,
      heapIndex: -1
    })
  }

  #passOver({ requirements: { shape } }: TaskSpec, proposal: Proposal): void {
    this.#passedOver.add(shape)
    const { reconsiderAt } = proposal._tag === "Wait" ? proposal : {}
    // What is due already waits for whatever happens next.
    if (reconsiderAt !== undefined) {
      this.#waiting.set(shape, reconsiderAt > this.#now ? reconsiderAt : Number.POSITIVE_INFINITY)
    }
  }

  #timeOf({ id, type }: TaskSpec, workerId: WorkerId): Millis {
    const { workMs = 0 } = this.#runs[Number(id)] ?? {}
    return workMs / speedOf(this.#view, workerId, type)
  }

  readonly #onFault = (): void => {
    this.#faults += 1
  }
}

/** The speed of a worker as learned, 1 where nothing is known. */
export const speedOf = ({ times }: Pick<PlacementView, "times">, workerId: WorkerId, type: string): number => {
  const speed = times?.speedOf(workerId, type) ?? 1
  return speed > 0 && speed < Number.POSITIVE_INFINITY ? speed : 1
}

/** The task as it is placed again: under a name of its own, and with nothing that would end it early. */
const asRun = (task: TaskSpec, index: number): TaskSpec => {
  const { timeout, queueTimeout, deadline, ...rest } = task
  return { ...rest, id: String(index), payload: undefined, retries: 0 }
}

/** The outcome of the whole replay, at once. */
export const replay = (
  runs: ReadonlyArray<RecordedRun>,
  pool: ReadonlyArray<WorkerSpec>,
  knowledge: Knowledge,
  strategy: Strategy
): ReplayOutcome => {
  const whole = new Replay(runs, pool, knowledge, strategy)
  whole.advance(Number.POSITIVE_INFINITY)
  return whole.outcome
}
