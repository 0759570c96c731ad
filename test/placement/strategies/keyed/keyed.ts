import * as fc from "fast-check"
import { hashWith, identityOf } from "../../../../src/hashing/index.ts"
import { fitsNow, type Ledger, takesWork, type WorkerRecord } from "../../../../src/ledger/index.ts"
import type { TaskSpec, WorkerSpec } from "../../../../src/model/index.ts"
import { decide } from "../../../../src/placement/decision/decide.ts"
import { Filter, type PlacementView, Pool, type Strategy } from "../../../../src/placement/index.ts"
import { routeOf } from "../../../../src/placement/pipeline/delegation.ts"
import { anyPool, anyTask, ledgerOf, taskSpec, viewOf } from "../../pool.ts"

/** A task that says these things of itself. */
export const keyed = (id: string, keys: Partial<TaskSpec> = {}): TaskSpec => ({ ...taskSpec(id), ...keys })

/** Where the strategy would put the task, without telling it. */
export const choiceOf = (
  strategy: Strategy,
  task: TaskSpec,
  view: PlacementView,
  now = 0,
  refused?: ReadonlySet<string>
): string | undefined => {
  const { by } = routeOf(strategy, task, view, now)
  return decide(by, task, view, new Filter(task, refused), now, false).worker?.spec.id
}

/** The same view with a pool that follows it. */
export const pooled = (view: PlacementView): PlacementView => ({ ...view, pool: new Pool(view.workers) })

/** Pools that follow each other: some of the workers of one, in its order, and then whoever is new. */
export const anyPools: fc.Arbitrary<ReadonlyArray<ReadonlyArray<WorkerRecord>>> = fc
  .tuple(anyPool(0, 12), fc.array(fc.tuple(fc.nat(11), fc.nat(12)), { minLength: 1, maxLength: 6 }))
  .map(([all, cuts]) => cuts.map(([from, length]) => [...all.slice(from), ...all.slice(0, from)].slice(0, length)))

const someKey = fc.constantFrom(undefined, "a", "b", "c")

/** Tasks with and without keys, of which no two have the same id. */
export const anyKeyedTask = (id: string): fc.Arbitrary<TaskSpec> =>
  fc
    .tuple(anyTask(id), someKey, someKey, someKey, fc.nat(1_000))
    .map(([task, stickyKey, concurrencyKey, model, number]) => ({
      ...task,
      id: `${id} ${number}`,
      ...(stickyKey !== undefined && { stickyKey }),
      ...(concurrencyKey !== undefined && { concurrencyKey }),
      ...(model !== undefined && { model, affinity: { language: "b", kind: "a" } })
    }))

export const fitting = (task: TaskSpec, workers: ReadonlyArray<WorkerRecord>): ReadonlyArray<WorkerRecord> =>
  workers.filter((worker) => fitsNow(task.requirements, worker))

export const open = (workers: ReadonlyArray<WorkerRecord>): ReadonlyArray<WorkerRecord> =>
  workers.filter(({ phase }) => takesWork(phase))

/** A ledger under a strategy, each decision told and committed. */
export class Desk {
  readonly ledger: Ledger
  readonly strategy: Strategy
  readonly #pool: Pool
  #workers: ReadonlyArray<WorkerRecord> = []
  #view: PlacementView
  now = 0

  constructor(strategy: Strategy, specs: ReadonlyArray<WorkerSpec>) {
    this.ledger = ledgerOf(specs)
    this.strategy = strategy
    this.#pool = new Pool(this.ledger.workers.values())
    this.#view = viewOf([])
    this.meet()
  }

  get view(): PlacementView {
    return this.#view
  }

  /** Workers have come or gone. */
  meet(view: Partial<PlacementView> = {}): void {
    const before = this.#workers
    this.#workers = [...this.ledger.workers.values()]
    for (const { spec } of before) if (this.ledger.worker(spec.id) === undefined) this.#pool.removed(spec.id)
    for (const worker of this.#workers) this.#pool.changed(worker)
    this.#view = { ...this.#view, ...view, workers: this.#workers, pool: this.#pool }
  }

  /** Where it is placed; `undefined`: nowhere. */
  submit(task: TaskSpec): string | undefined {
    this.ledger.accept(task, this.now)
    const route = routeOf(this.strategy, task, this.#view, this.now)
    const { worker } = decide(route.by, task, this.#view, new Filter(task), this.now, false)
    if (worker === undefined) {
      this.ledger.cancel(task.id, "nobody fits", this.now)
      return undefined
    }
    for (const each of [...route.through, route.by]) each.proposed?.(task, worker, this.#view)
    this.ledger.place(task.id, worker.spec.id, this.now)
    this.#pool.changed(worker)
    return worker.spec.id
  }

  /** A run has ended well after so long. */
  end(taskId: string, ms = 1): void {
    const task = this.ledger.task(taskId)
    const assignment = task?.assignment
    if (task === undefined || assignment === undefined) throw new Error(`${taskId} does not run`)
    const { workerId, epoch } = assignment
    this.ledger.complete(taskId, epoch, undefined, this.now)
    const worker = this.ledger.worker(workerId)
    if (worker !== undefined) this.#pool.changed(worker)
    const run = { task: task.spec, workerId, ms, ok: true }
    this.strategy.ended?.(run, this.#view, this.now)
    if ("delegates" in this.strategy) {
      for (const each of this.strategy.delegates) each.ended?.(run, this.#view, this.now)
    }
  }
}

/** Ids from the hash on round the ring, each once: all points in one list, sorted, and read from the start. */
export const naiveOrder = (
  workers: ReadonlyArray<WorkerRecord>,
  hash: number,
  virtualNodes = 100
): ReadonlyArray<string> => {
  const points = workers.flatMap(({ spec: { id, weight } }) => {
    const identity = identityOf(id)
    const count = Math.max(1, Math.floor(weight * virtualNodes + hashWith(identity, -1) / 2 ** 32))
    return Array.from({ length: count }, (_, number) => ({ id, point: hashWith(identity, number) }))
  })
  points.sort((a, b) => a.point - b.point || (a.id < b.id ? -1 : 1))
  const after = points.filter(({ point }) => point >= hash)
  const before = points.filter(({ point }) => point < hash)
  return [...new Set([...after, ...before].map(({ id }) => id))]
}
