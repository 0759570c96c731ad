import { fitsNow, type WorkerRecord } from "../../ledger/index.ts"
import { priorityRank, type ResourceName, type TaskSpec } from "../../model/index.ts"
import type { Filter } from "../pipeline/filter.ts"
import type { Factor, WeightedStrategy } from "../strategy.ts"
import type { PlacementView } from "../view.ts"
import { clampPercent, fillUnknown, perSlot, rescale } from "./columns.ts"
import { GreedyRun } from "./kernel.ts"
import { ScoreBatch } from "./score-batch.ts"

/** The resources in the order of the kernel's columns. */
const resourceColumns = ["cpu", "memory", "network", "storage"] as const satisfies ReadonlyArray<ResourceName>

/** Whether the workers' priority multipliers count for the task: it is critical or high. */
export const isUrgent = (task: TaskSpec): boolean => priorityRank[task.priority] <= 2

/** By how much the worker's score is multiplied for this task. */
export const multiplierFor = (task: TaskSpec, worker: WorkerRecord): number =>
  isUrgent(task) ? worker.spec.priorityMultiplier : 1

/** The factors' weights as shares of 1, in their order; what is no weight counts as none. */
export const sharesOf = (factors: ReadonlyArray<Factor>): ReadonlyArray<number> => {
  const weights = factors.map(({ weight }) => (weight > 0 && weight < Number.POSITIVE_INFINITY ? weight : 0))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight) => (total > 0 ? weight / total : 0))
}

/** The columns of one class of tasks: those the kernel reads, and each factor's own, to tell its part afterwards. */
interface ClassColumns {
  readonly base: Float64Array
  readonly rate: Float64Array
  readonly trials: Float64Array
  readonly byFactor: ReadonlyArray<Float64Array | undefined>
}

/**
 * One batch of a weighted strategy: the columns filled from the view, ready for the kernel, and afterwards each
 * factor's part in a score. Kept and refilled between single decisions, since making it costs more than using it.
 */
export class Weighing {
  readonly strategy: WeightedStrategy
  readonly batch: ScoreBatch
  readonly #shares: ReadonlyArray<number>
  readonly #classes: ReadonlyArray<ClassColumns>
  #run: GreedyRun | undefined

  constructor(strategy: WeightedStrategy, batch: ScoreBatch) {
    this.strategy = strategy
    this.batch = batch
    this.#shares = sharesOf(strategy.factors)
    const { workers, classes } = batch.size
    this.#classes = Array.from({ length: classes }, (_, group) => ({
      base: batch.base.subarray(group * workers, (group + 1) * workers),
      rate: batch.rate.subarray(group * workers, (group + 1) * workers),
      trials: batch.trials.subarray(group * workers, (group + 1) * workers),
      byFactor: strategy.factors.map((factor) =>
        "fill" in factor || "of" in factor ? new Float64Array(workers) : undefined
      )
    }))
  }

  /** What is left on each worker as the tasks are placed one after the other. */
  get run(): GreedyRun {
    this.#run ??= new GreedyRun(this.batch)
    return this.#run
  }

  /** One task against all workers. */
  static ofOne(strategy: WeightedStrategy, workers: number): Weighing {
    return new Weighing(strategy, new ScoreBatch({ tasks: 1, workers, classes: 1, shapes: 1 }))
  }

  /** Many tasks against all workers, in their order. */
  static ofMany(strategy: WeightedStrategy, tasks: ReadonlyArray<TaskSpec>, view: PlacementView): Weighing {
    const classes = new Map<string, TaskSpec>()
    const shapes = new Map<string, TaskSpec>()
    for (const task of tasks) {
      const group = strategy.classOf?.(task) ?? ""
      if (!classes.has(group)) classes.set(group, task)
      const { shape } = task.requirements
      if (!shapes.has(shape)) shapes.set(shape, task)
    }
    const weighing = new Weighing(
      strategy,
      new ScoreBatch({
        tasks: tasks.length,
        workers: view.workers.length,
        classes: classes.size,
        shapes: shapes.size
      })
    )
    const classNumbers = new Map([...classes.keys()].map((group, index) => [group, index]))
    const shapeNumbers = new Map([...shapes.keys()].map((shape, index) => [shape, index]))
    weighing.#fillWorkers(view.workers)
    let index = 0
    for (const task of classes.values()) weighing.#fillClass(index++, task, view)
    index = 0
    for (const task of shapes.values()) weighing.#fillShape(index++, task, view.workers)
    tasks.forEach((task, row) => {
      const group = classNumbers.get(strategy.classOf?.(task) ?? "") ?? 0
      weighing.#fillTask(row, task, group, shapeNumbers.get(task.requirements.shape) ?? 0)
    })
    return weighing
  }

  /** Fills in one task and the workers as they are now. Returns how many fit. */
  refill(task: TaskSpec, view: PlacementView, filter: Filter): number {
    const { eligible } = this.batch
    let fitting = 0
    let index = 0
    for (const worker of view.workers) {
      const fits = filter.fits(worker)
      eligible[index++] = fits ? 1 : 0
      if (fits) fitting++
    }
    if (fitting === 0) return 0
    this.#fillWorkers(view.workers)
    this.#fillClass(0, task, view)
    this.#fillTask(0, task, 0, 0)
    this.#run?.restart()
    return fitting
  }

  /** Each factor's part of the score, in points before the multiplier. */
  partsOf(task: number, worker: number): Record<string, number> {
    const { batch, run } = this
    if (run.owesTrial(task, worker)) return { untried: 100 }
    const parts: Record<string, number> = {}
    const columns = this.#classes[batch.taskClass[task] ?? 0]?.byFactor
    this.strategy.factors.forEach((factor, index) => {
      const share = this.#shares[index] ?? 0
      if (share === 0) return
      const column = columns?.[index]?.[worker] ?? 0
      const value =
        factor.kind === "slots"
          ? (run.slotShare[worker] ?? 0)
          : factor.kind === "headroom"
            ? (run.headroom[worker] ?? 0)
            : factor.kind === "capacity"
              ? column * (run.slots[worker] ?? 0)
              : column
      parts[factor.name] = share * value
    })
    return parts
  }

  #fillWorkers(workers: ReadonlyArray<WorkerRecord>): void {
    const { slotLimit, slotsUsed, multiplier, limit, used } = this.batch
    for (let index = 0; index < workers.length; index++) {
      const worker = workers[index]
      if (worker === undefined) continue
      const { limits } = worker.spec
      slotLimit[index] = worker.limit
      slotsUsed[index] = worker.slots
      multiplier[index] = worker.spec.priorityMultiplier
      limit[4 * index] = limits.resources.cpu
      limit[4 * index + 1] = limits.resources.memory
      limit[4 * index + 2] = limits.resources.network
      limit[4 * index + 3] = limits.resources.storage
      used[4 * index] = worker.used.cpu
      used[4 * index + 1] = worker.used.memory
      used[4 * index + 2] = worker.used.network
      used[4 * index + 3] = worker.used.storage
    }
  }

  #fillClass(group: number, task: TaskSpec, view: PlacementView): void {
    const { batch, strategy } = this
    const columns = this.#classes[group]
    if (columns === undefined) return
    const { base, rate, trials, byFactor } = columns
    base.fill(0)
    rate.fill(0)
    trials.fill(0)
    if (strategy.trialsOf === undefined) strategy.trials?.(task, view, trials)
    else {
      view.workers.forEach((worker, place) => {
        trials[place] = strategy.trialsOf?.(task, worker, view) ?? 0
      })
    }
    let slots = 0
    let headroom = 0
    strategy.factors.forEach((factor, index) => {
      const weight = this.#shares[index] ?? 0
      if (factor.kind === "slots") slots += weight
      else if (factor.kind === "headroom") headroom += weight
      else {
        const column = byFactor[index]
        if (column === undefined || weight === 0) return
        column.fill(Number.NaN)
        if ("of" in factor) {
          view.workers.forEach((worker, place) => {
            column[place] = factor.of(task, worker, view)
          })
        } else factor.fill(task, view, column)
        if (factor.kind === "capacity") perSlot(column, batch.slotLimit)
        else {
          if ("of" in factor) rescale(column, factor.scale)
          fillUnknown(column, 100)
          clampPercent(column)
        }
        const into = factor.kind === "capacity" ? rate : base
        for (let worker = 0; worker < column.length; worker++) {
          into[worker] = (into[worker] ?? 0) + weight * (column[worker] ?? 0)
        }
      }
    })
    batch.slotsWeight[group] = slots
    batch.headroomWeight[group] = headroom
  }

  #fillShape(shape: number, task: TaskSpec, workers: ReadonlyArray<WorkerRecord>): void {
    const offset = shape * workers.length
    workers.forEach((worker, index) => {
      this.batch.eligible[offset + index] = fitsNow(task.requirements, worker) ? 1 : 0
    })
  }

  #fillTask(row: number, task: TaskSpec, group: number, shape: number): void {
    const { demand, taskClass, taskShape, urgent, whole } = this.batch
    resourceColumns.forEach((name, column) => {
      demand[4 * row + column] = task.requirements.demand.resources[name]
    })
    taskClass[row] = group
    taskShape[row] = shape
    whole[row] = task.requirements.demand.whole === true ? 1 : 0
    urgent[row] = this.strategy.multiplied !== false && isUrgent(task) ? 1 : 0
  }
}
