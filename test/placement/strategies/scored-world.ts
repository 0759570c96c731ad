import * as fc from "fast-check"
import { PerformanceBook } from "../../../src/adaptation/index.ts"
import { fitsNow, Ledger, type WorkerRecord } from "../../../src/ledger/index.ts"
import {
  type Device,
  type HardwareProfile,
  type Milli,
  type Millis,
  priorities,
  type TaskSpec,
  toMilli,
  type WorkerSpec
} from "../../../src/model/index.ts"
import {
  type EndedRun,
  Placement,
  type PlacementView,
  Pool,
  type Strategy,
  type StrategyFault
} from "../../../src/placement/index.ts"
import { taskSpec, workerSpec } from "../pool.ts"

export interface Member {
  readonly slots: number
  readonly weight: number
  readonly multiplier: number
  readonly cuda: number
  readonly cpu: number
  readonly memory: number
  readonly hardware: string
}

const member: fc.Arbitrary<Member> = fc.record({
  slots: fc.integer({ min: 1, max: 6 }),
  weight: fc.constantFrom(0.5, 1, 1, 2, 3),
  multiplier: fc.constantFrom(0.8, 1, 1, 1.5, 2),
  cuda: fc.constantFrom(0, 0, 1, 2),
  cpu: fc.integer({ min: 1, max: 8 }),
  memory: fc.integer({ min: 1, max: 8 }),
  hardware: fc.constantFrom("cpu", "cpu", "cuda", "qnn")
})

const memberSpec = (id: string, { slots, weight, multiplier, cuda, cpu, memory, hardware }: Member): WorkerSpec => {
  const spec = workerSpec(id, { slots, weight, priorityMultiplier: multiplier, cpu, memory })
  const devices: ReadonlyArray<Device> = Array.from({ length: cuda }, () => ({ kind: "cuda", memory: toMilli(8) }))
  return {
    ...spec,
    capabilities: { ...spec.capabilities, hardware, ...(cuda > 0 && { computeCapability: 7.5 + (slots % 3) }) },
    limits: { ...spec.limits, devices }
  }
}

const anyTask: fc.Arbitrary<(id: string) => TaskSpec> = fc
  .record({
    type: fc.constantFrom("resize", "render"),
    priority: fc.constantFrom(...priorities),
    cpu: fc.constantFrom(0, 0, 1, 2),
    memory: fc.constantFrom(0, 0, 1, 3),
    share: fc.constantFrom(0, 0, 0, 250, 1000),
    whole: fc.constantFrom(false, false, false, false, true),
    hardware: fc.constantFrom(undefined, undefined, "cuda", "qnn")
  })
  .map(({ share, hardware, ...options }) => (id) => {
    const task = taskSpec(id, options)
    const devices = share === 0 ? [] : [{ kind: "cuda", count: 1, share: milli(share), memory: toMilli(2) }]
    const { demand, constraints, shape } = task.requirements
    return {
      ...task,
      requirements: {
        demand: { ...demand, devices },
        constraints: share === 1000 ? { ...constraints, computeCapability: 7.5 } : constraints,
        shape: `${shape} ${share}`,
        ...(hardware !== undefined && { hardware })
      }
    }
  })

const milli = (thousandths: number): Milli => toMilli(thousandths / 1000)

type Step =
  | { readonly _tag: "submit"; readonly task: (id: string) => TaskSpec }
  | { readonly _tag: "end"; readonly at: number; readonly ms: Millis; readonly ok: boolean }
  | { readonly _tag: "join"; readonly member: Member }
  | { readonly _tag: "leave"; readonly at: number }
  | { readonly _tag: "phase"; readonly at: number; readonly up: boolean }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: anyTask.map((task) => ({ _tag: "submit", task }) as const) },
  {
    weight: 7,
    arbitrary: fc
      .record({ at: fc.nat(), ms: fc.integer({ min: 1, max: 5_000 }), ok: fc.constantFrom(true, true, true, false) })
      .map((end) => ({ _tag: "end", ...end }) as const)
  },
  { weight: 1, arbitrary: member.map((each) => ({ _tag: "join", member: each }) as const) },
  { weight: 1, arbitrary: fc.nat().map((at) => ({ _tag: "leave", at }) as const) },
  {
    weight: 1,
    arbitrary: fc.record({ at: fc.nat(), up: fc.boolean() }).map((phase) => ({ _tag: "phase", ...phase }) as const)
  }
)

export interface Story {
  readonly members: ReadonlyArray<Member>
  readonly steps: ReadonlyArray<Step>
}

/** A pool, and what happens there. */
export const stories: fc.Arbitrary<Story> = fc.record({
  members: fc.array(member, { minLength: 1, maxLength: 8 }),
  steps: fc.array(step, { minLength: 20, maxLength: 80 })
})

const plain: HardwareProfile = {
  kind: "cpu",
  performance: 1,
  energyEfficiency: 0.7,
  thermalEfficiency: 0.8,
  power: { idleWatts: 20, peakWatts: 100, curve: [20, 70, 100] }
}

const others: Readonly<Record<string, HardwareProfile>> = {
  cuda: {
    kind: "cuda",
    performance: 3,
    energyEfficiency: 0.5,
    thermalEfficiency: 0.4,
    power: { idleWatts: 50, peakWatts: 300, curve: [50, 150, 300] }
  },
  qnn: {
    kind: "qnn",
    performance: 1.4,
    energyEfficiency: 0.9,
    thermalEfficiency: 0.9,
    power: { idleWatts: 2, peakWatts: 10, curve: [2, 10] }
  }
}

const profileOf = (kind: string | undefined): HardwareProfile => others[kind ?? ""] ?? plain

/** A ledger, a pool and what was learned there, without threads: time is what the story says. */
export class ScoredWorld {
  readonly ledger = new Ledger()
  readonly placement: Placement
  readonly faults: Array<StrategyFault> = []
  readonly #book = new PerformanceBook()
  readonly #pool: Pool | undefined
  #workers: ReadonlyArray<WorkerRecord> = []
  #joined = 0
  #submitted = 0
  now: Millis = 0

  constructor(strategy: Strategy, { pool = true }: { readonly pool?: boolean } = {}) {
    this.placement = new Placement({ strategy, explainUpTo: 0, onFault: (fault) => this.faults.push(fault) })
    this.#pool = pool ? new Pool() : undefined
  }

  get view(): PlacementView {
    const forecast = { of: (id: string) => (Number(id.slice(1)) % 3 === 0 ? undefined : (Number(id.slice(1)) % 5) / 5) }
    const health = { of: (id: string) => (Number(id.slice(1)) % 4 === 3 ? 0.3 : 1) }
    const kindOf = (id: string) => profileOf(this.ledger.worker(id)?.spec.capabilities.hardware)
    return {
      workers: this.#workers,
      performance: this.#book,
      health,
      times: this.#book.times,
      forecast,
      ...(this.#pool !== undefined && { pool: this.#pool }),
      profiles: { of: kindOf }
    }
  }

  fitting(task: TaskSpec): ReadonlyArray<WorkerRecord> {
    return this.#workers.filter((worker) => fitsNow(task.requirements, worker))
  }

  join(each: Member): void {
    const id = `w${this.#joined++}`
    this.addSpec(memberSpec(id, each))
  }

  addSpec(spec: WorkerSpec): void {
    this.ledger.addWorker(spec, this.now)
    this.ledger.setPhase(spec.id, "up", this.now)
    this.#book.times.assume(spec.id, spec.weight)
    this.#workers = [...this.ledger.workers.values()]
    this.#changed(spec.id)
  }

  leave(at: number): void {
    const empty = this.#workers.filter(({ running }) => running.size === 0)
    const leaver = empty[at % Math.max(1, empty.length)]
    if (leaver === undefined) return
    this.ledger.removeWorker(leaver.spec.id, this.now)
    this.#workers = [...this.ledger.workers.values()]
    this.#pool?.removed(leaver.spec.id)
  }

  setPhase(at: number, up: boolean): void {
    const worker = this.#workers[at % Math.max(1, this.#workers.length)]
    if (worker === undefined) return
    this.ledger.setPhase(worker.spec.id, up ? "up" : "draining", this.now)
    this.#changed(worker.spec.id)
  }

  task(make: (id: string) => TaskSpec): TaskSpec {
    return make(`t${this.#submitted++}`)
  }

  /** Places the task; gives the worker it went to. */
  submit(task: TaskSpec): string | undefined {
    this.ledger.accept(task, this.now)
    const proposal = this.placement.place(
      task,
      this.view,
      (workerId, devices) => {
        const placed = this.ledger.place(task.id, workerId, this.now, devices)
        if (placed.ok) this.#changed(workerId)
        return placed.ok ? undefined : placed.refusal
      },
      this.now
    )
    if (proposal._tag === "Worker") return proposal.workerId
    this.ledger.cancel(task.id, "nobody has room", this.now)
    return undefined
  }

  /** The same by the quick way, where the strategy knows one for the task. */
  submitQuickly(task: TaskSpec): string | undefined {
    const worker = this.placement.quick(task, this.view, this.now)
    if (worker === undefined || worker === "ordinary") return this.submit(task)
    this.ledger.accept(task, this.now)
    const placed = this.ledger.place(task.id, worker.spec.id, this.now)
    if (!placed.ok) throw new Error(`found ${worker.spec.id} on the quick way, which was refused`)
    this.#changed(worker.spec.id)
    this.placement.tellProposed(task, this.view, worker)
    return worker.spec.id
  }

  /** One of the running tasks ends, having run so long. */
  end(at: number, ms: Millis, ok: boolean): EndedRun | undefined {
    const running = this.#workers.flatMap((worker) => [...worker.running.values()])
    const run = running[at % Math.max(1, running.length)]
    const task = run && this.ledger.task(run.taskId)?.spec
    if (run === undefined || task === undefined) return undefined
    this.now += ms / 4
    const { taskId, epoch, workerId } = run
    if (ok) this.ledger.complete(taskId, epoch, undefined, this.now)
    else {
      const error = { name: "Error", message: "no" }
      this.ledger.fail(taskId, epoch, { reason: "error", error, final: true }, 0, this.now)
    }
    this.#book.record(workerId, task.type, { ms, ok }, this.now)
    if (ok) this.#book.times.record(workerId, task.type, { ms }, this.now)
    this.#changed(workerId)
    const ended = { task, workerId, ms, ok }
    this.placement.ended(ended, this.view, this.now)
    return ended
  }

  /** Every task that runs on the worker ends. */
  endAll(workerId: string, ms: Millis, ok = true): void {
    for (;;) {
      const running = this.#workers.flatMap((worker) => [...worker.running.values()])
      const at = running.findIndex((run) => run.workerId === workerId)
      if (at < 0) return
      this.end(at, ms, ok)
    }
  }

  #changed(workerId: string): void {
    const worker = this.ledger.worker(workerId)
    if (worker !== undefined) this.#pool?.changed(worker)
  }
}

/**
 * Plays a story with the strategy. Each decision has to be one that the rule allows: `best` gives how good each worker that
 * fits is, more being better; whoever is chosen must be as good as the best of them.
 */
export const playAgainst = (
  strategy: Strategy,
  { members, steps }: Story,
  rule: {
    readonly best: (task: TaskSpec, worker: WorkerRecord, view: PlacementView, now: Millis) => number
    readonly ended?: (run: EndedRun, now: Millis) => void
  },
  options: { readonly pool?: boolean } = {}
): {
  readonly wrong: ReadonlyArray<string>
  readonly decisions: number
  readonly faults: ReadonlyArray<StrategyFault>
} => {
  const world = new ScoredWorld(strategy, options)
  const wrong: Array<string> = []
  let decisions = 0
  for (const each of members) world.join(each)
  for (const each of steps) {
    if (each._tag === "join") world.join(each.member)
    if (each._tag === "leave") world.leave(each.at)
    if (each._tag === "phase") world.setPhase(each.at, each.up)
    if (each._tag === "end") {
      const run = world.end(each.at, each.ms, each.ok)
      if (run !== undefined) rule.ended?.(run, world.now)
    }
    if (each._tag !== "submit") continue
    const task = world.task(each.task)
    const scores = new Map(
      world.fitting(task).map((worker) => [worker.spec.id, rule.best(task, worker, world.view, world.now)])
    )
    const chosen = world.submit(task)
    decisions += 1
    if (scores.size === 0 && chosen === undefined) continue
    const best = Math.max(...scores.values())
    const score = chosen === undefined ? Number.NaN : (scores.get(chosen) ?? Number.NaN)
    if (!(score >= best - 1e-9 * Math.max(1, Math.abs(best)))) wrong.push(`${chosen} at ${score} instead of ${best}`)
  }
  return { wrong, decisions, faults: world.faults }
}

/** As the pipeline has it: more is better, below zero, too. */
export const withMultiplier = (score: number, task: TaskSpec, { spec }: WorkerRecord): number => {
  if (task.priority !== "critical" && task.priority !== "high") return score
  return score < 0 ? score / spec.priorityMultiplier : score * spec.priorityMultiplier
}
