import type { TaskRecord } from "../src/ledger/index.ts"
import type { Epoch, TaskId, WorkerId } from "../src/model/index.ts"
import type { BallastEvent } from "./events.ts"
import type { Runtime } from "./runtime.ts"

/** A word that ends a run, on its way to the ledger. */
interface OnItsWay {
  readonly epoch: number
  readonly status: "completed" | "failed" | "released"
  readonly settle: (accepted: boolean) => void
}

/** Events that say that a run was accepted as ended in this way. */
const acceptedBy: Readonly<Record<OnItsWay["status"], ReadonlyArray<BallastEvent["_tag"]>>> = {
  completed: ["TaskCompleted"],
  failed: ["TaskFailed", "TaskDelayed"],
  released: ["TaskRequeued", "MigrationReleased"]
}

/** What becomes of words that end runs: told by what the runtime tells everybody, so with a journal only once durable. */
export class Reception {
  readonly #runtime: Pick<Runtime, "ledger" | "told">
  /** The runs that are asked to move; what is told of their release names the migration alone. */
  readonly #moving = new Map<number, Epoch>()
  readonly #onTheirWay = new Map<TaskId, Set<OnItsWay>>()

  constructor(runtime: Pick<Runtime, "ledger" | "told">) {
    this.#runtime = runtime
    runtime.told.subscribe(this.#onEvent)
  }

  /** Who has this run now. */
  workerOf(taskId: TaskId, epoch: number): WorkerId | undefined {
    const { ledger } = this.#runtime
    const assignment = ledger.task(taskId)?.assignment
    if (assignment?.epoch === epoch) return assignment.workerId
    // Of a task that has ended meanwhile the run may still be there.
    for (const { spec, stopping } of ledger.workers.values()) {
      for (const [stopped, run] of stopping) if (stopped === epoch && run.taskId === taskId) return spec.id
    }
    return undefined
  }

  /** Waits for what becomes of the word; to be called before it is said. */
  of(taskId: TaskId, epoch: number, status: OnItsWay["status"]): { accepted: Promise<boolean>; end: () => void } {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const those = this.#onTheirWay.get(taskId) ?? new Set<OnItsWay>()
    this.#onTheirWay.set(taskId, those)
    const settle = (accepted: boolean): void => {
      those.delete(one)
      if (those.size === 0) this.#onTheirWay.delete(taskId)
      resolve(accepted)
    }
    const one: OnItsWay = { epoch, status, settle }
    those.add(one)
    return { accepted: promise, end: () => settle(false) }
  }

  readonly #onEvent = (event: BallastEvent, task?: TaskRecord): void => {
    const moved = this.#movedBy(event)
    if (this.#onTheirWay.size === 0) return
    if (event._tag === "RuntimeEnded") return this.#settleAll()
    if (event._tag === "AssignmentReleased") return this.#released(event.epoch)
    if (!("taskId" in event)) return
    for (const { status, settle, epoch } of [...(this.#onTheirWay.get(event.taskId) ?? [])]) {
      // What the ledger has of the task may be later than the event, which waits until it is durable.
      const ended = "epoch" in event ? event.epoch : (moved ?? task?.left?.epoch)
      if (ended !== epoch) continue
      if (acceptedBy[status].includes(event._tag)) settle(true)
      else if (endsRuns.has(event._tag)) settle(false)
    }
  }

  /** The run that this migration has ended. */
  #movedBy(event: BallastEvent): Epoch | undefined {
    if (event._tag === "MigrationOffered") this.#moving.set(event.migrationId, event.epoch)
    if (event._tag !== "MigrationReleased" && event._tag !== "MigrationAborted") return undefined
    const epoch = this.#moving.get(event.migrationId)
    this.#moving.delete(event.migrationId)
    return event._tag === "MigrationReleased" ? epoch : undefined
  }

  /** Its task had ended before. */
  #released(epoch: number): void {
    for (const those of [...this.#onTheirWay.values()]) {
      for (const one of [...those]) if (one.epoch === epoch) one.settle(false)
    }
  }

  #settleAll(): void {
    for (const those of [...this.#onTheirWay.values()]) for (const one of [...those]) one.settle(false)
  }
}

const endsRuns: ReadonlySet<BallastEvent["_tag"]> = new Set<BallastEvent["_tag"]>([
  "TaskCompleted",
  "TaskFailed",
  "TaskDelayed",
  "TaskRequeued",
  "TaskQuarantined"
])
