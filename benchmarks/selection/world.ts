import { PerformanceBook } from "../../src/adaptation/index.ts"
import { toRequirements, toTaskSpec, toWorkerSpec } from "../../src/config/index.ts"
import { Ledger, type WorkerRecord } from "../../src/ledger/index.ts"
import type { Epoch, TaskId, TaskSpec, WorkerId } from "../../src/model/index.ts"
import { Placement, type PlacementView, Pool, type Strategy } from "../../src/placement/index.ts"

/** Tasks accepted in one go, before any of them is timed. */
const batch = 500

/** Different keys among the tasks. */
const keys = 10_000

const slots = 8

const detected = { cores: 8, memoryGiB: 64, storageGiB: 100, hostname: "here", nodeVersion: "24.0.0" }

interface Run {
  readonly task: TaskSpec
  readonly workerId: WorkerId
  readonly epoch: Epoch
}

/**
 * Workers of 8 slots, half of them in a zone that every task asks for, with half of that zone's slots taken. A decision is
 * filter, pick and the ledger's commit of one task, and the release of the one that has run for longest, told to the strategy.
 */
export class SelectionWorld {
  readonly workers: number
  readonly #ledger: Ledger
  readonly #pool = new Pool()
  readonly #book = new PerformanceBook()
  readonly #requirements = toRequirements({ cpu: 0.5, memory: 0.5, labels: { zone: "a" } })
  readonly #template: TaskSpec
  /** Those that run, a ring. */
  readonly #runs: Array<Run> = []
  #oldest = 0
  #view: PlacementView
  #now = 0
  #joined = 0

  constructor(workers: number) {
    this.workers = workers
    this.#template = toTaskSpec("template", "work", undefined, {}, 0)
    this.#ledger = new Ledger({
      retain: 1_000,
      onEvent: (event, task) => {
        const workerId = event._tag === "TaskPlaced" ? event.reservation.workerId : task?.left?.workerId
        const worker = workerId === undefined ? undefined : this.#ledger.worker(workerId)
        if (worker !== undefined) this.#pool.changed(worker)
      }
    })
    for (let index = 0; index < workers; index += 1) this.#join()
    this.#view = this.#seen()
    this.#takeHalf()
  }

  placementOf(strategy: Strategy): Placement {
    return new Placement({ strategy, explainUpTo: 0 })
  }

  /** Nanoseconds of one decision, the mean of so many, or of as many as there is time for. */
  decisionNs(placement: Placement, count: number, limitMs: number): number {
    let spent = 0
    let done = 0
    while (done < count && spent < limitMs) {
      const tasks = this.#accept(Math.min(batch, count - done))
      const begun = performance.now()
      let each = 0
      while (each < tasks.length && (each % 10 !== 9 || performance.now() - begun < limitMs)) {
        const task = tasks[each]
        if (task !== undefined) this.#decide(placement, task)
        each += 1
      }
      spent += performance.now() - begun
      done += each
      for (const task of tasks.slice(each)) this.#ledger.cancel(task.id, "out of time", this.#now)
    }
    return (1e6 * spent) / done
  }

  /** Microseconds of one worker's joining and leaving, with a decision after each; the mean of so many. */
  memberUs(placement: Placement, count: number): number {
    let spent = 0
    for (let turn = 0; turn < count; turn += 1) {
      const [first, second] = this.#accept(2)
      if (first === undefined || second === undefined) continue
      const begun = performance.now()
      const joined = this.#join()
      this.#view = this.#seen()
      this.#decide(placement, first)
      spent += performance.now() - begun
      this.#clear(joined)
      const goes = performance.now()
      this.#ledger.removeWorker(joined, this.#now)
      this.#pool.removed(joined)
      this.#view = this.#seen()
      this.#decide(placement, second)
      spent += performance.now() - goes
    }
    return (1_000 * spent) / count
  }

  #seen(): PlacementView {
    return {
      workers: [...this.#ledger.workers.values()],
      pool: this.#pool,
      performance: this.#book,
      times: this.#book.times,
      health: { of: () => 1 }
    }
  }

  #join(): WorkerId {
    const index = this.#joined
    const id = `worker-${index}`
    this.#joined += 1
    const capacity = { cpu: 8, memory: 32, concurrent: slots }
    const capabilities = { labels: { zone: index % 2 === 0 ? "a" : "b" } }
    this.#ledger.addWorker(toWorkerSpec({ id, capacity, capabilities }, id, detected, 1), this.#now)
    this.#ledger.setPhase(id, "up", this.#now)
    const worker = this.#ledger.worker(id)
    if (worker !== undefined) this.#pool.changed(worker)
    for (let run = 0; run < 5; run += 1) this.#book.record(id, "work", { ms: 10 + (index % 7), ok: true }, run)
    return id
  }

  #takeHalf(): void {
    const zone = this.#view.workers.filter((_, index) => index % 2 === 0)
    for (let layer = 0; layer < slots / 2; layer += 1) {
      for (const worker of zone) for (const task of this.#accept(1)) this.#place(task, worker)
    }
  }

  #accept(count: number): ReadonlyArray<TaskSpec> {
    this.#forgetEnded()
    return Array.from({ length: count }, () => {
      this.#now += 0.01
      const id: TaskId = `task-${this.#now.toFixed(2)}`
      const key = `key-${(this.#ledger.state.seq * 7_919) % keys}`
      const task: TaskSpec = {
        ...this.#template,
        id,
        madeUpId: true,
        requirements: this.#requirements,
        stickyKey: key,
        tenant: key
      }
      this.#ledger.accept(task, this.#now)
      return task
    })
  }

  #decide(placement: Placement, task: TaskSpec): void {
    const worker = placement.quick(task, this.#view, this.#now)
    if (worker === "ordinary") this.#decideInFull(placement, task)
    else if (worker === undefined) throw new Error(`nobody for ${task.id}`)
    else {
      this.#place(task, worker)
      placement.tellProposed(task, this.#view, worker)
    }
    this.#endOldest(placement)
  }

  #decideInFull(placement: Placement, task: TaskSpec): void {
    const proposal = placement.place(
      task,
      this.#view,
      (workerId, devices) => {
        const placed = this.#ledger.place(task.id, workerId, this.#now, devices)
        if (!placed.ok) return placed.refusal
        this.#runs.push({ task, workerId, epoch: placed.value.epoch })
        return undefined
      },
      this.#now
    )
    if (proposal._tag !== "Worker") throw new Error(`nobody for ${task.id}`)
    if (proposal.explanation.fault !== undefined) throw new Error(proposal.explanation.fault.message)
  }

  #place(task: TaskSpec, { spec }: WorkerRecord): void {
    const placed = this.#ledger.place(task.id, spec.id, this.#now)
    if (!placed.ok) throw new Error(`${task.id} was refused`)
    this.#runs.push({ task, workerId: spec.id, epoch: placed.value.epoch })
  }

  #endOldest(placement: Placement): void {
    const run = this.#runs[this.#oldest]
    if (run === undefined) return
    this.#oldest += 1
    this.#end(run)
    placement.ended({ task: run.task, workerId: run.workerId, ms: 10, ok: true }, this.#view, this.#now)
  }

  #forgetEnded(): void {
    if (this.#oldest < 100_000) return
    this.#runs.splice(0, this.#oldest)
    this.#oldest = 0
  }

  #end({ task, epoch }: Run): void {
    this.#ledger.complete(task.id, epoch, undefined, this.#now)
  }

  /** Ends what runs on the worker, so that it can go. */
  #clear(workerId: WorkerId): void {
    for (let index = this.#runs.length - 1; index >= Math.max(this.#oldest, this.#runs.length - 4); index -= 1) {
      const run = this.#runs[index]
      if (run?.workerId !== workerId) continue
      this.#end(run)
      this.#runs.splice(index, 1)
    }
  }
}
