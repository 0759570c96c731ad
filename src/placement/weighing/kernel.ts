import { type BatchSize, ScoreBatch } from "./score-batch.ts"

/** Places a whole batch, in order. What runs it decides where: here and now, or on another thread. */
export interface ScoreRunner {
  /** The worker of each task, by index, −1 where none fits. The same as `assign` of the same batch. */
  assign(batch: ScoreBatch): Int32Array | Promise<Int32Array>
}

/**
 * The greedy run over one batch: what is still free on each worker, and the score of each cell on that ground.
 *
 *     score(task, worker) = min(100, base + rate · free slots + slots weight · S + headroom weight · H) · multiplier
 *     S = 100 · free slots / slots
 *     H = 100 · the smallest free share among slots and the resources the worker has
 *
 * A worker that is owed trials scores 100 instead. The multiplier counts for urgent tasks alone.
 * All figures that are subtracted are integers, so the order of placements leaves no trace in them: scoring on
 * what is left here gives bit for bit what scoring on the ledger gives after the same commits.
 */
export class GreedyRun {
  readonly batch: ScoreBatch
  /** Free slots per worker. */
  readonly slots: Float64Array
  /** Free resources, four per worker. */
  readonly free: Float64Array
  readonly slotShare: Float64Array
  readonly headroom: Float64Array

  constructor(batch: ScoreBatch) {
    const { workers } = batch.size
    this.batch = batch
    this.slots = new Float64Array(workers)
    this.free = new Float64Array(4 * workers)
    this.slotShare = new Float64Array(workers)
    this.headroom = new Float64Array(workers)
    this.restart()
  }

  /** Back to what the batch says, before any of its tasks was placed. */
  restart(): void {
    const { size, slotLimit, slotsUsed, limit, used } = this.batch
    const { slots, free } = this
    for (let worker = 0; worker < size.workers; worker++) {
      slots[worker] = (slotLimit[worker] ?? 0) - (slotsUsed[worker] ?? 0)
    }
    for (let index = 0; index < free.length; index++) free[index] = (limit[index] ?? 0) - (used[index] ?? 0)
    for (let worker = 0; worker < size.workers; worker++) this.#measure(worker)
  }

  /** Whether the worker is eligible for the task and has room for it still. */
  fits(task: number, worker: number): boolean {
    const { batch, free } = this
    const shape = batch.taskShape[task] ?? 0
    const open = this.slots[worker] ?? 0
    if (batch.eligible[shape * batch.size.workers + worker] !== 1 || !(open > 0)) return false
    if (batch.whole[task] === 1 && open < (batch.slotLimit[worker] ?? 0)) return false
    for (let resource = 0; resource < 4; resource++) {
      if ((batch.demand[4 * task + resource] ?? 0) > (free[4 * worker + resource] ?? 0)) return false
    }
    return true
  }

  score(task: number, worker: number): number {
    const { batch } = this
    const group = batch.taskClass[task] ?? 0
    const cell = group * batch.size.workers + worker
    const multiplier = batch.urgent[task] === 1 ? (batch.multiplier[worker] ?? 1) : 1
    if (this.owesTrial(task, worker)) return 100 * multiplier
    const score =
      (batch.base[cell] ?? 0) +
      (batch.rate[cell] ?? 0) * (this.slots[worker] ?? 0) +
      (batch.slotsWeight[group] ?? 0) * (this.slotShare[worker] ?? 0) +
      (batch.headroomWeight[group] ?? 0) * (this.headroom[worker] ?? 0)
    return (score > 100 ? 100 : score) * multiplier
  }

  /** Whether too little is known of the worker, and too little runs there, to judge it at such a task. */
  owesTrial(task: number, worker: number): boolean {
    const { batch } = this
    const cell = (batch.taskClass[task] ?? 0) * batch.size.workers + worker
    return (batch.slotLimit[worker] ?? 0) - (this.slots[worker] ?? 0) < (batch.trials[cell] ?? 0)
  }

  /**
   * The worker with the highest score among those that fit; of equals one that is owed a trial, and of these the first to
   * have joined. −1: none fits.
   */
  best(task: number): number {
    // The same as asking `fits` and `score` of each, with what does not change from worker to worker read once.
    const { slots, free, slotShare, headroom } = this
    const { size, demand, eligible, slotLimit, multiplier, base, rate, trials } = this.batch
    const { batch } = this
    const { workers } = size
    const shape = (batch.taskShape[task] ?? 0) * workers
    const group = batch.taskClass[task] ?? 0
    const cells = group * workers
    const slotsWeight = batch.slotsWeight[group] ?? 0
    const headroomWeight = batch.headroomWeight[group] ?? 0
    const urgent = batch.urgent[task] === 1
    const whole = batch.whole[task] === 1
    const cpu = demand[4 * task] ?? 0
    const memory = demand[4 * task + 1] ?? 0
    const network = demand[4 * task + 2] ?? 0
    const storage = demand[4 * task + 3] ?? 0
    let best = -1
    let highest = Number.NEGATIVE_INFINITY
    let onTrial = false
    for (let worker = 0; worker < workers; worker++) {
      if (eligible[shape + worker] !== 1) continue
      const open = slots[worker] ?? 0
      if (!(open > 0) || cpu > (free[4 * worker] ?? 0) || memory > (free[4 * worker + 1] ?? 0)) continue
      if (network > (free[4 * worker + 2] ?? 0) || storage > (free[4 * worker + 3] ?? 0)) continue
      if (whole && open < (slotLimit[worker] ?? 0)) continue
      const cell = cells + worker
      const owed = (slotLimit[worker] ?? 0) - open < (trials[cell] ?? 0)
      let score = 100
      if (!owed) {
        score =
          (base[cell] ?? 0) +
          (rate[cell] ?? 0) * open +
          slotsWeight * (slotShare[worker] ?? 0) +
          headroomWeight * (headroom[worker] ?? 0)
        if (score > 100) score = 100
      }
      if (urgent) score *= multiplier[worker] ?? 1
      // Where there is little to do the best that is known has 100, too, and nobody else would ever be tried.
      if (score > highest || (owed && !onTrial && score === highest)) {
        highest = score
        best = worker
        onTrial = owed
      }
    }
    return best
  }

  /** Takes what the task needs from the worker. */
  take(task: number, worker: number): void {
    const { batch, slots, free } = this
    slots[worker] = (slots[worker] ?? 0) - (batch.whole[task] === 1 ? (batch.slotLimit[worker] ?? 0) : 1)
    for (let resource = 0; resource < 4; resource++) {
      const index = 4 * worker + resource
      free[index] = (free[index] ?? 0) - (batch.demand[4 * task + resource] ?? 0)
    }
    this.#measure(worker)
  }

  #measure(worker: number): void {
    const { slotLimit, limit } = this.batch
    const slots = slotLimit[worker] ?? 0
    const share = slots > 0 ? (100 * (this.slots[worker] ?? 0)) / slots : 0
    let least = share
    for (let index = 4 * worker; index < 4 * worker + 4; index++) {
      const whole = limit[index] ?? 0
      if (whole <= 0) continue
      const left = (100 * (this.free[index] ?? 0)) / whole
      if (left < least) least = left
    }
    this.slotShare[worker] = share
    this.headroom[worker] = least
  }
}

/**
 * Places each task of the batch in turn on the best worker that fits, taking what it needs before the next.
 * O(tasks × workers). The batch stays as it is.
 */
export const assign = (batch: ScoreBatch): Int32Array => {
  const run = new GreedyRun(batch)
  const chosen = new Int32Array(batch.size.tasks)
  for (let task = 0; task < chosen.length; task++) {
    const worker = run.best(task)
    chosen[task] = worker
    if (worker >= 0) run.take(task, worker)
  }
  return chosen
}

/** Runs every batch here and now. */
export const inlineRunner = { assign } satisfies ScoreRunner

/** A batch with figures in every column, for measuring how long a cell takes. */
export const specimenBatch = (size: Pick<BatchSize, "tasks" | "workers">): ScoreBatch => {
  const batch = new ScoreBatch({ ...size, classes: 1, shapes: 1 })
  for (let worker = 0; worker < size.workers; worker++) {
    batch.slotLimit[worker] = size.tasks
    batch.slotsUsed[worker] = worker % 7
    batch.base[worker] = (worker * 37) % 50
    batch.multiplier[worker] = 1
  }
  batch.limit.fill(1_000_000)
  batch.demand.fill(1)
  batch.eligible.fill(1)
  batch.slotsWeight.fill(0.2)
  batch.headroomWeight.fill(0.3)
  return batch
}
