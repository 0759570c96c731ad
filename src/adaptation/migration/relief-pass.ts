import type { Millis, WorkerId } from "../../model/index.ts"
import { type ExpectedUse, expectedOverload } from "./overload-risk.ts"
import type { OpenTask, ReliefMove, ReliefSettings, ReliefState, ReliefWorker } from "./relief.ts"

/** A worker with what runs there once the moves chosen so far are done. */
interface Place {
  readonly worker: ReliefWorker
  /** Those that may still be moved, and how much they need. */
  readonly tasks: Set<OpenTask>
  load: ExpectedUse
  /** Core-seconds of overload to be expected over the horizon. */
  risk: number
  moves: number
  /** Nothing that is there can go anywhere to any good, in this pass. */
  isSettled: boolean
}

/** A move to another place, or an exchange with it. */
interface Candidate {
  readonly target: Place
  readonly task: OpenTask
  readonly partner: OpenTask | undefined
  /** Overload avoided on both places together, and what that costs. */
  readonly avoided: number
  readonly cost: number
}

const plus = (a: ExpectedUse, b: ExpectedUse): ExpectedUse => ({
  mean: a.mean + b.mean,
  variance: a.variance + b.variance
})

const minus = (a: ExpectedUse, b: ExpectedUse): ExpectedUse => ({
  mean: Math.max(0, a.mean - b.mean),
  variance: Math.max(0, a.variance - b.variance)
})

const isUsable = ({ capacity, base = 0 }: ReliefWorker): boolean =>
  Number.isFinite(capacity) && capacity > 0 && Number.isFinite(base) && base >= 0

const isKnown = ({ demand: { mean, variance } }: OpenTask): boolean =>
  Number.isFinite(mean) && mean >= 0 && Number.isFinite(variance) && variance >= 0

/** One look at all workers: what was chosen counts as made for what is chosen next. */
export class ReliefPass {
  readonly #state: ReliefState
  readonly #settings: ReliefSettings
  readonly #places = new Map<WorkerId, Place>()
  /** Sources looked at since the last move, from which nothing is worth one. */
  #inVain = 0

  constructor(state: ReliefState, settings: ReliefSettings, now: Millis) {
    this.#state = state
    this.#settings = settings
    const moves = state.memory.movesByWorker(now)
    for (const worker of state.workers.filter(isUsable)) {
      const { workerId, base = 0 } = worker
      const load = { mean: base, variance: 0 }
      const spent = moves.get(workerId) ?? 0
      this.#places.set(workerId, { worker, tasks: new Set(), load, risk: 0, moves: spent, isSettled: false })
    }
    for (const task of state.tasks.filter(isKnown)) {
      const place = this.#places.get(task.workerId)
      if (place === undefined) continue
      place.load = plus(place.load, task.demand)
      if (this.#isMovable(task, now)) place.tasks.add(task)
    }
    for (const place of this.#places.values()) place.risk = this.#risk(place)
  }

  /** What to do next: one move, or the two of an exchange; at most `room`. `undefined` where nothing is worth it. */
  next(room: number): ReadonlyArray<ReliefMove> | undefined {
    for (;;) {
      const source = this.#inVain < this.#settings.maxInVain ? this.#mostAtRisk() : undefined
      if (source === undefined) return undefined
      const open = [...this.#places.values()]
        .filter((place) => place !== source && place.worker.closed === undefined && !this.#isSpent(place))
        .sort((a, b) => a.risk - b.risk)
      const single = this.#bestMove(source, open)
      const each = single === undefined ? this.#settings.minGain : single.avoided - single.cost
      const best = (room < 2 ? undefined : this.#bestExchange(source, open, 2 * each)) ?? single
      if (best !== undefined) {
        this.#inVain = 0
        return this.#make(source, best)
      }
      source.isSettled = true
      this.#inVain += 1
    }
  }

  #mostAtRisk(): Place | undefined {
    let most: Place | undefined
    for (const place of this.#places.values()) {
      if (place.isSettled || place.risk <= this.#settings.minGain || this.#isSpent(place)) continue
      if (most === undefined || place.risk > most.risk) most = place
    }
    return most
  }

  #bestMove(source: Place, open: ReadonlyArray<Place>): Candidate | undefined {
    const { minGain, maxTargets } = this.#settings
    let best: Candidate | undefined
    let needed = minGain
    for (const task of source.tasks) {
      const cost = this.#cost(task)
      const { mean, variance } = task.demand
      const spared = source.risk - this.#risk(source, -mean, -variance)
      if (spared - cost <= needed) continue
      let compared = 0
      for (const target of open) {
        if (compared >= maxTargets) break
        if (!this.#state.fits(task.taskId, target.worker.workerId)) continue
        compared += 1
        const avoided = spared - (this.#risk(target, mean, variance) - target.risk)
        if (avoided - cost <= needed) continue
        needed = avoided - cost
        best = { target, task, partner: undefined, avoided, cost }
      }
    }
    return best
  }

  #bestExchange(source: Place, open: ReadonlyArray<Place>, least: number): Candidate | undefined {
    if (source.worker.closed !== undefined) return undefined
    let best: Candidate | undefined
    let needed = least
    const own = this.#largest(source)
    for (const target of open.slice(0, this.#settings.maxPartners)) {
      const both = source.risk + target.risk
      if (both <= needed) continue
      const others = this.#largest(target)
      for (const task of own) {
        const { taskId, demand } = task
        for (const partner of others) {
          const [left, come] = [demand, partner.demand]
          if (come.mean >= left.mean && come.variance >= left.variance) continue
          const mean = come.mean - left.mean
          const variance = come.variance - left.variance
          const rest = this.#risk(source, mean, variance)
          if (both - rest <= needed) continue
          const avoided = both - rest - this.#risk(target, -mean, -variance)
          const cost = this.#cost(task) + this.#cost(partner)
          if (avoided - cost <= needed || !this.#state.fits(taskId, target.worker.workerId)) continue
          if (!this.#state.fits(partner.taskId, source.worker.workerId)) continue
          needed = avoided - cost
          best = { target, task, partner, avoided, cost }
        }
      }
    }
    return best
  }

  #make(source: Place, { target, task, partner, avoided, cost }: Candidate): ReadonlyArray<ReliefMove> {
    const before = [this.#inWords(source), this.#inWords(target)] as const
    this.#carry(task, source, target)
    if (partner !== undefined) this.#carry(partner, target, source)
    for (const place of [source, target]) {
      place.risk = this.#risk(place)
    }
    const share = partner === undefined ? 1 : 2
    const figures = { avoided: avoided / share, cost: cost / share, net: (avoided - cost) / share }
    const [from, to] = [source.worker.workerId, target.worker.workerId]
    const why =
      `${before[0]}, ${before[1]}; over ${Math.round(this.#settings.horizon / 1_000)} s ${avoided.toFixed(1)} ` +
      `core-seconds of overload avoided − ${cost.toFixed(1)} for moving = ${(avoided - cost).toFixed(1)}`
    const said = ({ type, taskId, demand }: OpenTask) => `${type} ${taskId}, which needs ${quantity(demand)} cores`
    const move = (moved: OpenTask, at: readonly [WorkerId, WorkerId], other?: OpenTask): ReliefMove => ({
      taskId: moved.taskId,
      epoch: moved.epoch,
      type: moved.type,
      source: at[0],
      target: at[1],
      ...(other !== undefined && { exchangedFor: other.taskId }),
      ...figures,
      explanation: `${said(moved)}: ${at[0]} → ${at[1]}${other === undefined ? "" : ` in exchange for ${said(other)}`}: ${why}`
    })
    return partner === undefined
      ? [move(task, [from, to])]
      : [move(task, [from, to], partner), move(partner, [to, from], task)]
  }

  /** What was moved in this pass stays where it came to. */
  #carry(task: OpenTask, from: Place, to: Place): void {
    from.tasks.delete(task)
    from.load = minus(from.load, task.demand)
    to.load = plus(to.load, task.demand)
    for (const place of [from, to]) place.moves += 1
  }

  #largest({ tasks }: Place): ReadonlyArray<OpenTask> {
    const { maxExchanged } = this.#settings
    if (tasks.size <= maxExchanged) return [...tasks]
    return [...tasks].sort((a, b) => b.demand.mean - a.demand.mean).slice(0, maxExchanged)
  }

  #isMovable({ taskId, checkpointed }: OpenTask, now: Millis): boolean {
    const { memory } = this.#state
    return checkpointed && !memory.isActive(taskId) && memory.restingUntil(taskId, now) === undefined
  }

  #isSpent({ moves }: Place): boolean {
    return moves >= this.#settings.movesPerWorker
  }

  /** Core-seconds that the task does not compute while it moves, in expectation over moves that fail. */
  #cost({ type, demand, stateBytes }: OpenTask): number {
    const { moveMs, bytesPerSecond } = this.#settings
    const known = this.#state.memory.ofType(type)
    const ms = known?.meanMs ?? moveMs + (1_000 * Math.max(0, stateBytes)) / bytesPerSecond
    return (demand.mean * ms) / 1_000 / Math.max(0.1, known?.successRate ?? 1)
  }

  /** With so much more, or less, than it has. */
  #risk({ worker: { capacity }, load }: Place, mean = 0, variance = 0): number {
    return (expectedOverload(load.mean + mean, load.variance + variance, capacity) * this.#settings.horizon) / 1_000
  }

  #inWords({ worker: { workerId, capacity }, load }: Place): string {
    return `${workerId} is to need ${quantity(load)} of ${capacity.toFixed(2)}`
  }
}

const quantity = ({ mean, variance }: ExpectedUse): string => `${mean.toFixed(2)} ± ${Math.sqrt(variance).toFixed(2)}`
