import { ejectionDefaults, migrationMemoryDefaults } from "../../../src/adaptation/index.ts"
import { audit, type Commit, type Ledger, takesWork, unmetEver, unmetNow } from "../../../src/ledger/index.ts"
import {
  type Epoch,
  type LedgerEvent,
  type LedgerEventOf,
  type Millis,
  priorityRank,
  type TaskId,
  type TaskSpec,
  type WorkerId
} from "../../../src/model/index.ts"
import { LedgerWatch, ledgerInvariants } from "../../../src/testing/index.ts"
import type { BallastEventOf } from "../../events.ts"
import type { SimulatedDriver } from "../threads/simulated-driver.ts"
import { booksAmiss } from "./books.ts"
import { violationOf, violationOfAudit } from "./promise.ts"
import { ReportOrder } from "./report-order.ts"
import type { SwarmCase } from "./swarm-case.ts"

/** The audit is asked for by itself: each of its lines names its promise. */
const invariants = ledgerInvariants.filter(({ id }) => id !== "audit")

/** What holds in whatever order waiting tasks go. */
const inAnyOrder = invariants.filter(({ id }) => id !== "D8" && id !== "bound")

/** A move is stale after a time, and is called off at a look at the load; there may be none for the longest backoff. */
const calledOffAfter = migrationMemoryDefaults.timeout + 2 * 36_000

export interface WatchedWorld {
  readonly ledger: Ledger
  readonly driver: SimulatedDriver
  readonly specs: ReadonlyMap<TaskId, TaskSpec>
  readonly ageing: Millis
  /** Whether waiting tasks go by priority and age, and not in an order of the strategy's own. */
  readonly byAge: boolean
}

/**
 * Watches a runtime's ledger at every event and after every turn of the coordinator, what really runs on the threads,
 * and what they report. See `promise.ts` for what is checked when.
 */
export class SwarmWatch {
  readonly violations: Array<string> = []
  readonly reached = new Set<SwarmCase>()
  /** Workers that somebody else than the runtime has ejected. */
  takenOut: ReadonlySet<WorkerId> = new Set()
  readonly reports = new ReportOrder(this.violations)
  readonly #ledger: Ledger
  readonly #driver: SimulatedDriver
  readonly #specs: ReadonlyMap<TaskId, TaskSpec>
  readonly #watch: LedgerWatch
  readonly #completed = new Set<TaskId>()
  readonly #ahead = new Set<TaskId>()
  /** When the runtime itself chose to move each task, and which have got to their target since. */
  readonly #chosen = new Map<TaskId, Millis>()
  readonly #moved = new Set<TaskId>()
  #seen = 0

  constructor({ ledger, driver, specs, ageing, byAge }: WatchedWorld) {
    this.#ledger = ledger
    this.#driver = driver
    this.#specs = specs
    const isAside = (taskId: TaskId) => ledger.isAside(taskId)
    this.#watch = new LedgerWatch({ ageing, isAside, invariants: byAge ? invariants : inAnyOrder })
  }

  /** I3: has all that the ledger accepts of a run compared with the run that is live. */
  listen(): void {
    const ledger = this.#ledger
    ledger.checkpoint = this.#heard(ledger.checkpoint.bind(ledger))
    ledger.complete = this.#heard(ledger.complete.bind(ledger))
    ledger.fail = this.#heard(ledger.fail.bind(ledger))
    ledger.requeue = this.#heard(ledger.requeue.bind(ledger))
    ledger.offerMigration = this.#heard(ledger.offerMigration.bind(ledger))
  }

  readonly #heard =
    <Rest extends ReadonlyArray<unknown>, A>(say: (taskId: TaskId, epoch: Epoch, ...rest: Rest) => Commit<A>) =>
    (taskId: TaskId, epoch: Epoch, ...rest: Rest): Commit<A> => {
      const live = this.#ledger.task(taskId)?.assignment?.epoch
      const answer = say(taskId, epoch, ...rest)
      if (answer.ok) this.#watch.spoke(taskId, epoch, live)
      return answer
    }

  see(event: LedgerEvent): void {
    if (this.violations.length > 0) return
    if (event._tag === "TaskQuarantined") this.reached.add("quarantine")
    if (event._tag === "TaskPlaced" && event.migrationId !== undefined) {
      this.reached.add("migration")
      this.#moved.add(event.taskId)
    }
    if (event._tag === "TaskCompleted") this.#complete(event.taskId)
    if (event._tag === "TaskShed") this.#shed(event)
    if (event._tag === "WorkerPhaseChanged") this.#hasPhase(event)
    this.#followAhead(event)
    this.#watch.see(event)
    this.violations.push(...booksAmiss(this.#ledger, this.#watch.history))
    this.#collect()
  }

  #hasPhase({ phase, workerId }: LedgerEventOf<"WorkerPhaseChanged">): void {
    if (phase === "ejected" || phase === "resting" || phase === "maintenance") this.reached.add(phase)
    if (phase === "warming") this.reached.add("slow start")
    if (phase !== "ejected") return
    // E3: as far as the runtime decides.
    const all = [...this.#ledger.workers.values()]
    const ejected = all.filter((worker) => worker.phase === "ejected" && !this.takenOut.has(worker.spec.id))
    const most = Math.max(1, Math.floor(ejectionDefaults.maxShare * all.length))
    if (!this.takenOut.has(workerId) && ejected.length > most) {
      this.violations.push(`E3: ${workerId} is ejected, and so are ${ejected.length - 1} of ${all.length}`)
    }
  }

  /** I2 */
  #complete(taskId: TaskId): void {
    if (this.#completed.has(taskId)) this.violations.push(`I2: ${taskId} has completed before`)
    this.#completed.add(taskId)
  }

  /** What becomes of runs that were sent ahead. */
  #followAhead(event: LedgerEvent): void {
    if (!("taskId" in event)) return
    const { taskId } = event
    if (event._tag === "TaskPlaced") {
      if (event.reservation.ahead !== true) return
      this.reached.add("sent ahead")
      this.#ahead.add(taskId)
    } else if (this.#ahead.delete(taskId)) {
      if (event._tag === "TaskCompleted" || event._tag === "TaskFailed") this.reached.add("moved up")
      if (event._tag !== "TaskRequeued") return
      if (event.reason === "recalled") this.reached.add("recalled")
      if (event.reason === "worker-lost") this.reached.add("crash with runs ahead")
    }
  }

  /** A6: what is shed made room for something more urgent, had never run, and nothing else would go before it. */
  #shed({ taskId, madeRoomFor }: LedgerEventOf<"TaskShed">): void {
    this.reached.add("shed")
    const { tasks } = this.#watch.history
    const shed = tasks.get(taskId)
    if (shed === undefined || madeRoomFor === undefined) return void this.violations.push(`A6: why was ${taskId} shed?`)
    const rank = priorityRank[shed.spec.priority]
    if (rank <= priorityRank[madeRoomFor.priority] || this.#hasRun(taskId)) {
      this.violations.push(`A6: ${taskId} (${shed.spec.priority}) is shed for ${madeRoomFor.priority} work`)
    }
    for (const { spec, seq, status } of tasks.values()) {
      if (status !== "queued" || this.#hasRun(spec.id)) continue
      const other = priorityRank[spec.priority]
      if (other > rank || (other === rank && seq > shed.seq)) {
        this.violations.push(`A6: ${taskId} is shed before ${spec.id}`)
      }
    }
  }

  #hasRun(taskId: TaskId): boolean {
    return (this.#ledger.task(taskId)?.attempts ?? 0) > 0
  }

  /** G7: what the runtime moves by itself has saved something, and rests after a move, unless its worker is cleared. */
  chosen({ at, taskId, source, target, reason }: BallastEventOf<"MigrationChosen">): void {
    this.reached.add("moved by itself")
    const task = this.#ledger.task(taskId)
    const last = this.#chosen.get(taskId)
    this.#chosen.set(taskId, at)
    if (source === target) this.violations.push(`G7: ${taskId} is to move from ${source} to itself`)
    if (task?.assignment !== undefined && task.state === undefined) {
      this.violations.push(`G7: ${taskId} is moved, and has saved nothing`)
    }
    const { rest } = migrationMemoryDefaults
    if (reason !== "evacuate" && last !== undefined && at - last < rest && this.#moved.has(taskId)) {
      this.violations.push(`G7: ${taskId} is moved again after ${at - last} ms of rest`)
    }
  }

  /** I9: a move whose task never lets go is called off, whoever was restarted meanwhile. */
  sampled(now: Millis): void {
    for (const { id, taskId, offeredAt } of this.#ledger.migrations.values()) {
      if (now - offeredAt > calledOffAfter) {
        this.violations.push(`I9: migration ${id} of ${taskId} is under way for ${now - offeredAt} ms`)
      }
    }
  }

  /** Between two turns. */
  rest(): void {
    const { seq } = this.#ledger.state
    if (this.violations.length > 0 || seq === this.#seen) return
    this.#seen = seq
    this.#watch.rest(this.#ledger)
    this.violations.push(...audit(this.#ledger).map(violationOfAudit))
    this.#collect()
    this.#meet()
  }

  /** What really runs, on threads that are alive or on their way out: never more than the ledger allows. */
  threads(): void {
    const holders = new Map<string, { count: number; limit: number }>()
    const tasks = new Set<string>()
    const workers = new Set<string>()
    for (const thread of this.#driver.alive) {
      if (workers.has(thread.workerId)) this.violations.push(`I5 (threads): ${thread.workerId} has two`)
      workers.add(thread.workerId)
      for (const { taskId } of thread.running) {
        if (tasks.has(taskId)) this.violations.push(`I3 (threads): ${taskId} runs twice at once`)
        tasks.add(taskId)
        const { concurrencyKey, concurrencyLimit = 1 } = this.#specs.get(taskId) ?? {}
        if (concurrencyKey === undefined) continue
        const before = holders.get(concurrencyKey)
        const limit = Math.min(before?.limit ?? concurrencyLimit, concurrencyLimit)
        holders.set(concurrencyKey, { count: (before?.count ?? 0) + 1, limit })
      }
    }
    for (const [key, { count, limit }] of holders) {
      if (count > limit) this.violations.push(`I4 (threads): ${count} runs hold ${key}, of ${limit}`)
    }
  }

  /** When everything has ended. */
  end(): void {
    if (this.violations.length > 0) return
    this.#watch.end(this.#ledger)
    this.#collect()
    const { queued, delayed, running, moving } = this.#ledger.counts
    const left = queued + delayed + running + moving
    if (left > 0) this.violations.push(`I8: ${left} tasks have not ended`)
  }

  #collect(): void {
    for (const { id, what } of this.#watch.violations.splice(0)) this.violations.push(violationOf(id, what))
  }

  #meet(): void {
    const { waiting } = this.#ledger.state
    for (const task of this.#ledger.state.tasks.values()) {
      if (task.status !== "queued") continue
      if (!waiting.isReady(task)) this.reached.add("held key")
      else if (!this.reached.has("full worker") && this.#isKeptOutByLoad(task.spec)) this.reached.add("full worker")
    }
  }

  /** Whether a worker that takes work would take the task, were it empty. */
  #isKeptOutByLoad({ requirements }: TaskSpec): boolean {
    return [...this.#ledger.workers.values()].some(
      (worker) =>
        takesWork(worker.phase) &&
        unmetEver(requirements, worker.spec).length === 0 &&
        unmetNow(requirements, worker).length > 0
    )
  }
}
