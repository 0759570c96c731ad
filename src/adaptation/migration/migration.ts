import type { Epoch, Millis, PerformanceView, TaskId, WorkerId } from "../../model/index.ts"
import { closedBecause, isMeasured, taskShareOf, type WorkerLoad } from "../balance/worker-load.ts"
import {
  type Economics,
  type EconomicsSettings,
  economicsDefaults,
  economicsOf,
  type RunningTask,
  remainingOn,
  remainingSeconds,
  type SpeedView
} from "./migration-economics.ts"
import type { MigrationMemory } from "./migration-memory.ts"

export interface MigrationSettings extends EconomicsSettings {
  readonly maxSimultaneousMigrations: number
  /** Seconds a move must gain at least … */
  readonly minGain: number
  /** … and how many standard deviations of its gain … */
  readonly hurdle: number
  /** … and that share of what staying takes. */
  readonly margin: number
  /** Moves one worker may be part of within the budget's window. */
  readonly movesPerWorker: number
  /** Health below which a worker takes no moved task. */
  readonly minHealth: number
  /** Targets compared for one task, the fastest with room first. */
  readonly maxTargets: number
  /** Tasks compared in one pass, those with the most left to do first. */
  readonly maxTasks: number
  /** How often in one pass it is asked whether a worker could take a task; where none can, that is each for each. */
  readonly maxAsked: number
  /**
   * Whether costs and benefits count. If not, the first task found on a worker that has too much goes to the first worker
   * that has little and can take it, gain or no gain.
   */
  readonly weigh: boolean
}

export const migrationDefaults: MigrationSettings = {
  ...economicsDefaults,
  maxSimultaneousMigrations: 2,
  minGain: 1,
  hurdle: 1,
  margin: 0.05,
  movesPerWorker: 4,
  minHealth: 0.5,
  maxTargets: 16,
  maxTasks: 1_000,
  maxAsked: 100_000,
  weigh: true
}

export interface MigrationInput {
  readonly tasks: ReadonlyArray<RunningTask>
  readonly workers: ReadonlyArray<WorkerLoad>
  /** Workers to take tasks from, and to give them to, as `findImbalance` names them. */
  readonly over: ReadonlyArray<WorkerId>
  readonly under: ReadonlyArray<WorkerId>
  /** Workers to clear: their tasks move to any worker that takes them, gain or no gain. */
  readonly evacuate: ReadonlySet<WorkerId>
  /** While the system recovers from a failure, nothing moves for balance. */
  readonly recovering: boolean
  /** Whether the worker meets every hard requirement of the task and has room for it now: the ledger's answer. */
  readonly fits: (taskId: TaskId, workerId: WorkerId) => boolean
  readonly performance: PerformanceView
  /** How fast workers are at each type of task. Left out: as their loads say. */
  readonly speeds?: SpeedView
  readonly memory: MigrationMemory
  /** Whether a move for balance that pays is not to be made all the same; asked often. Left out: none. */
  readonly isRefused?: (type: string, economics: Economics) => boolean
}

export interface MigrationDecision {
  readonly taskId: TaskId
  readonly epoch: Epoch
  readonly type: string
  readonly source: WorkerId
  readonly target: WorkerId
  readonly reason: "balance" | "evacuate"
  /** `undefined` for an evacuation of a task of which too little is known to count seconds. */
  readonly economics: Economics | undefined
  readonly explanation: string
}

/** A task that could have been moved from its worker and stays. */
export interface MigrationRefusal {
  readonly taskId: TaskId
  readonly source: WorkerId
  readonly explanation: string
}

export interface MigrationChoice {
  /** Evacuations first, then by how much less work stands waiting because of it, the most first. */
  readonly chosen: ReadonlyArray<MigrationDecision>
  /** Of those that stay, the first hundred. */
  readonly refused: ReadonlyArray<MigrationRefusal>
}

/** Enough to see why nothing moves; a pass over ten thousand tasks is not to write ten thousand sentences. */
const maxRefused = 100

/**
 * Which running tasks to move, and where (G5, X5). One move at a time is chosen and its effect on both workers counted
 * before the next is: two tasks never follow the same gap. In one pass a worker gives or takes, never both. A task goes to
 * where it gains most; of the tasks whose moves pay, the one goes first that takes away the most of the work that stands
 * waiting (`relief`).
 *
 * Guarantees: at most `maxSimultaneousMigrations` on their way; never to a worker that is unhealthy, full, not taking
 * work or not fit for the task; never a task that has not checkpointed, rests or is on its way already; no worker
 * beyond its budget; for balance, where costs and benefits count, only where the net exceeds `minGain`, `hurdle`
 * standard deviations, and the `margin` of what staying takes.
 */
export const chooseMigrations = (input: MigrationInput, settings: MigrationSettings, now: Millis): MigrationChoice => {
  const pass = new Pass(input, settings, now)
  const chosen: Array<MigrationDecision> = []
  const refused: Array<MigrationRefusal> = []
  const refuse = ({ taskId, workerId }: RunningTask, why: () => string) => {
    if (refused.length < maxRefused) refused.push({ taskId, source: workerId, explanation: why() })
  }
  const movable: Array<RunningTask> = []
  for (const task of input.tasks) {
    if (!pass.isAsked(task)) continue
    const obstacle = pass.obstacle(task)
    if (obstacle === undefined) movable.push(pass.reckoned(task))
    else refuse(task, () => obstacle)
  }
  const room = Math.max(0, settings.maxSimultaneousMigrations - input.memory.active)
  const compared = new Set(pass.mostPromising(movable))
  while (chosen.length < room) {
    const best = pass.best(compared)
    if (best === undefined) break
    compared.delete(best.task)
    pass.apply(best.task, best.decision)
    chosen.push(best.decision)
  }
  for (const task of compared) {
    refuse(task, () =>
      chosen.length >= room ? `${settings.maxSimultaneousMigrations} migrations are on their way` : pass.whyNot(task)
    )
  }
  // Of two that would go to the same worker the second may go elsewhere once the first is counted, and do more there.
  const { weigh } = settings
  chosen.sort((a, b) => Number(isBetter(b, a, weigh)) - Number(isBetter(a, b, weigh)))
  return { chosen, refused }
}

interface Proposal {
  readonly task: RunningTask
  readonly decision: MigrationDecision
}

/** One pass over the tasks: the workers' loads as they will be once the moves chosen so far are done. */
class Pass {
  readonly #input: MigrationInput
  readonly #settings: MigrationSettings
  readonly #now: Millis
  readonly #loads: Map<WorkerId, WorkerLoad>
  readonly #over: ReadonlySet<WorkerId>
  readonly #under: ReadonlySet<WorkerId>
  readonly #moves: Map<WorkerId, number>
  readonly #gave = new Set<WorkerId>()
  #asked = 0
  readonly #took = new Set<WorkerId>()
  #openWorkers: ReadonlyArray<WorkerLoad> | undefined

  constructor(input: MigrationInput, settings: MigrationSettings, now: Millis) {
    this.#input = input
    this.#settings = settings
    this.#now = now
    // What a task asks for is as before, however many there will be.
    this.#loads = new Map(input.workers.map((load) => [load.workerId, { ...load, taskShare: taskShareOf(load) }]))
    this.#over = new Set(input.over)
    this.#under = new Set(input.under)
    this.#moves = new Map(input.memory.movesByWorker(now))
  }

  /** Whether the task's worker is one to take tasks from. */
  isAsked({ workerId }: RunningTask): boolean {
    return this.#over.has(workerId) || this.#input.evacuate.has(workerId)
  }

  /** What keeps a task where it is whatever the gain. */
  obstacle({ taskId, workerId, checkpointed }: RunningTask): string | undefined {
    const { memory, evacuate, recovering } = this.#input
    if (memory.isActive(taskId)) return "is on its way already"
    if (!checkpointed) return "has not checkpointed: a move would lose its work"
    if (!this.#loads.has(workerId)) return `its worker ${workerId} is unknown`
    if (evacuate.has(workerId)) return undefined
    if (recovering) return "nothing moves for balance during a recovery"
    const until = memory.restingUntil(taskId, this.#now)
    return until === undefined
      ? undefined
      : `was moved lately and rests for another ${Math.ceil((until - this.#now) / 1000)} s`
  }

  /** What it has done by now is not changed by moves of others that are yet to come. */
  reckoned(task: RunningTask): RunningTask {
    const source = this.#loads.get(task.workerId)
    const seconds = source && remainingOn(task, source, this.#input.speeds)
    return seconds === undefined ? task : { ...task, leftMs: 1000 * seconds }
  }

  /** Evacuations first, then what has the most left to do, and so the most to gain. */
  mostPromising(tasks: ReadonlyArray<RunningTask>): ReadonlyArray<RunningTask> {
    if (tasks.length <= this.#settings.maxTasks) return tasks
    const rank = (task: RunningTask) =>
      this.#input.evacuate.has(task.workerId) ? Number.POSITIVE_INFINITY : (remainingSeconds(task, 1) ?? 0)
    return tasks
      .map((task) => ({ task, rank: rank(task) }))
      .sort((a, b) => (a.rank === b.rank ? 0 : b.rank - a.rank))
      .slice(0, this.#settings.maxTasks)
      .map(({ task }) => task)
  }

  /** The best move of any of these tasks; evacuations before balance, then the one that leaves the least work waiting. */
  best(tasks: Iterable<RunningTask>): Proposal | undefined {
    let best: Proposal | undefined
    for (const task of tasks) {
      const decision = this.#decide(task)
      if (decision === undefined) continue
      if (best === undefined || isBetter(decision, best.decision, this.#settings.weigh)) best = { task, decision }
    }
    return best
  }

  whyNot(task: RunningTask): string {
    const source = this.#loads.get(task.workerId)
    if (source === undefined) return `its worker ${task.workerId} is unknown`
    const targets = this.#targets(task)
    if (targets.length === 0) return this.#whyNoTarget(task)
    const nets = targets.map((target) => this.#economics(task, source, target)).filter((found) => found !== undefined)
    const best = nets.sort((a, b) => b.netSeconds - a.netSeconds)[0]
    if (best === undefined) return "how long it will still run is unknown"
    if (best.netSeconds > this.#needed(best)) return "moves like it came to too little"
    return (
      `the best move would gain ${best.netSeconds.toFixed(1)} s net (stay ${best.staySeconds.toFixed(1)} s, ` +
      `go ${best.goSeconds.toFixed(1)} s, move ${best.moveSeconds.toFixed(1)} s), needed are ` +
      `${this.#needed(best).toFixed(1)} s`
    )
  }

  apply(task: RunningTask, { source, target, economics }: MigrationDecision): void {
    const [from, to] = [this.#loads.get(source), this.#loads.get(target)]
    if (from === undefined || to === undefined) return
    this.#openWorkers = undefined
    const part = isMeasured(from) ? from.utilisation / Math.max(1, from.running) : 0
    const work = Math.min(from.backlogSeconds, economics?.workSeconds ?? 0)
    const left = economics?.workSeconds
    this.#loads.set(source, {
      ...from,
      running: Math.max(0, from.running - 1),
      utilisation: from.utilisation - part,
      backlogSeconds: from.backlogSeconds - work,
      ...(from.left !== undefined && left !== undefined && { left: from.left.without(left) })
    })
    this.#loads.set(target, {
      ...to,
      running: to.running + 1,
      utilisation: Math.min(1, to.utilisation + (part * from.speed) / to.speed),
      backlogSeconds: to.backlogSeconds + work,
      ...(to.left !== undefined && left !== undefined && { left: to.left.with(left) })
    })
    this.#gave.add(task.workerId)
    this.#took.add(target)
    for (const worker of [source, target]) this.#moves.set(worker, (this.#moves.get(worker) ?? 0) + 1)
  }

  #decide(task: RunningTask): MigrationDecision | undefined {
    const source = this.#loads.get(task.workerId)
    if (source === undefined) return undefined
    const evacuating = this.#input.evacuate.has(task.workerId)
    let best: { readonly target: WorkerLoad; readonly economics: Economics | undefined } | undefined
    for (const target of this.#targets(task)) {
      const economics = this.#economics(task, source, target)
      const pays =
        economics !== undefined &&
        economics.netSeconds > this.#needed(economics) &&
        this.#input.isRefused?.(task.type, economics) !== true
      if (this.#settings.weigh && !evacuating && !pays) continue
      if (best !== undefined && !this.#settings.weigh) break
      if (best === undefined || net(economics) > net(best.economics)) best = { target, economics }
    }
    if (best === undefined) return undefined
    const reason = evacuating ? "evacuate" : "balance"
    return {
      taskId: task.taskId,
      epoch: task.epoch,
      type: task.type,
      source: task.workerId,
      target: best.target.workerId,
      reason,
      economics: best.economics,
      explanation: explain(task, source, best.target, reason, best.economics)
    }
  }

  /** Workers this task may go to, the most promising first. */
  #targets(task: RunningTask): ReadonlyArray<WorkerLoad> {
    const evacuating = this.#input.evacuate.has(task.workerId)
    if (this.#took.has(task.workerId) || (!evacuating && this.#isSpent(task.workerId))) return []
    const targets: Array<WorkerLoad> = []
    for (const load of this.#open()) {
      if (!evacuating && !this.#under.has(load.workerId)) continue
      if (load.workerId === task.workerId) continue
      if (this.#asked >= this.#settings.maxAsked) break
      this.#asked += 1
      if (!this.#input.fits(task.taskId, load.workerId)) continue
      targets.push(load)
      if (targets.length >= this.#settings.maxTargets) break
    }
    return targets
  }

  /** Workers that take moved tasks at this point of the pass, those that would run one fastest first. */
  #open(): ReadonlyArray<WorkerLoad> {
    const promise = ({ speed, utilisation }: WorkerLoad) => speed * (1 - utilisation)
    this.#openWorkers ??= [...this.#loads.values()]
      .filter((load) => this.#closed(load) === undefined)
      .sort((a, b) => promise(b) - promise(a))
    return this.#openWorkers
  }

  #closed(load: WorkerLoad): string | undefined {
    if (this.#input.evacuate.has(load.workerId)) return "is being cleared"
    const closed = closedBecause(load, this.#settings.minHealth)
    if (closed !== undefined) return closed
    if (this.#gave.has(load.workerId)) return "gives tasks away itself"
    return this.#isSpent(load.workerId) ? "has used up its moves" : undefined
  }

  #closedTo(task: RunningTask, load: WorkerLoad): string {
    const closed = this.#closed(load)
    if (closed !== undefined) return closed
    if (!this.#input.evacuate.has(task.workerId) && !this.#under.has(load.workerId)) return "is not little used"
    return "does not meet its requirements now"
  }

  #whyNoTarget(task: RunningTask): string {
    if (this.#isSpent(task.workerId)) return `its worker ${task.workerId} has used up its moves`
    if (this.#took.has(task.workerId)) return `its worker ${task.workerId} takes tasks itself`
    const why = [...this.#loads.values()]
      .filter(({ workerId }) => workerId !== task.workerId)
      .slice(0, this.#settings.maxTargets)
      .map((load) => `${load.workerId} ${this.#closedTo(task, load)}`)
    return why.length === 0 ? "there is no other worker" : `no worker can take it: ${why.join(", ")}`
  }

  #isSpent(workerId: WorkerId): boolean {
    return (this.#moves.get(workerId) ?? 0) >= this.#settings.movesPerWorker
  }

  #economics(task: RunningTask, source: WorkerLoad, target: WorkerLoad): Economics | undefined {
    if (!isMeasured(source)) return undefined
    const { performance, memory, speeds } = this.#input
    return economicsOf(task, source, target, performance, memory.ofType(task.type), this.#settings, speeds)
  }

  #needed({ sigmaSeconds, staySeconds }: Economics): number {
    const { minGain, hurdle, margin } = this.#settings
    return Math.max(0, minGain, hurdle * sigmaSeconds, margin * staySeconds)
  }
}

const net = (economics: Economics | undefined): number => economics?.netSeconds ?? Number.NEGATIVE_INFINITY

const relief = (economics: Economics | undefined): number => economics?.relief ?? Number.NEGATIVE_INFINITY

/** Ties stay with the one seen first: the order of the tasks given. */
const isBetter = (a: MigrationDecision, b: MigrationDecision, weigh: boolean): boolean =>
  a.reason === b.reason ? weigh && relief(a.economics) > relief(b.economics) : a.reason === "evacuate"

const explain = (
  task: RunningTask,
  source: WorkerLoad,
  target: WorkerLoad,
  reason: MigrationDecision["reason"],
  economics: Economics | undefined
): string => {
  const why =
    reason === "evacuate"
      ? `${source.workerId} is being cleared (${source.phase}, health ${source.health.toFixed(2)})`
      : `${source.workerId} at ${percent(source.utilisation)}, ${target.workerId} at ${percent(target.utilisation)}`
  const what = `${task.type} ${task.taskId}: ${source.workerId} → ${target.workerId}: ${why}`
  if (economics === undefined) return `${what}; how long it will still run is unknown`
  return (
    `${what}; stay ${economics.staySeconds.toFixed(1)} s − go ${economics.goSeconds.toFixed(1)} s − ` +
    `move ${economics.moveSeconds.toFixed(1)} s = ${economics.netSeconds.toFixed(1)} s ` +
    `(± ${economics.sigmaSeconds.toFixed(1)} s), speed ${economics.sourceSpeed.toFixed(2)} → ` +
    `${economics.targetSpeed.toFixed(2)}, cost score ${economics.costScore.toFixed(1)} of 10`
  )
}

const percent = (share: number): string => `${Math.round(share * 100)} %`
