import { Ledger, type TaskRecord, unmetEver } from "../ledger/index.ts"
import {
  type Assignment,
  type Epoch,
  type LedgerEvent,
  Milli,
  type Millis,
  type Requirements,
  type WorkerSpec
} from "../model/index.ts"
import { type Invariant, ledgerInvariants } from "./invariants/index.ts"
import { type LedgerCall, perform, type Verdict } from "./ledger-calls.ts"
import { anyFit, type LedgerScenario, type Proposer, toCall } from "./ledger-commands.ts"
import { LedgerModel } from "./ledger-model.ts"
import { differences, viewOf } from "./ledger-view.ts"
import { LedgerWatch, type Violation } from "./ledger-watch.ts"

/** The hard cases a run may come across. */
export const hardCases = [
  "full worker",
  "full by its limit",
  "more than its limit",
  "held key",
  "crash in mid-migration",
  "older run speaks",
  "worker kept free",
  "slipped in",
  "slipped in past its lane",
  "may not slip in",
  "quarantine",
  "recovery",
  "sent ahead",
  "moved up",
  "recalled",
  "crash with runs ahead",
  "suspects",
  "suspect runs alone",
  "suspect crashes again",
  "devices named",
  "unsuitable devices"
] as const

export type HardCase = (typeof hardCases)[number]

/** One call that was made, and what the ledger answered: a line of a counterexample. */
export interface Made {
  readonly at: Millis
  readonly call: LedgerCall
  readonly answer: string
}

export interface LedgerRun {
  /** What did not hold; the run stops at the first call that breaks something. */
  readonly violations: ReadonlyArray<Violation>
  readonly calls: ReadonlyArray<Made>
  /** Commands of the scenario executed, its first workers included, what is done at the end not. */
  readonly commands: number
  /** Of all calls those that the ledger carried out. */
  readonly accepted: number
  readonly reached: ReadonlySet<HardCase>
  readonly events: ReadonlyArray<LedgerEvent>
}

export interface RunOptions {
  /** The strategy under test. Default: any worker that fits. */
  readonly propose?: Proposer
  /** What is checked. Default: D1–D8 and the audit. */
  readonly invariants?: ReadonlyArray<Invariant>
  /** Also holds each answer and all the ledger shows against the model. Default `false`. */
  readonly againstModel?: boolean
  /** Also checks, at the end, that the events lead to the same ledger. Default `false`. */
  readonly replay?: boolean
  /** Done to each ledger before it is used: a place to break it, to see that the invariants notice. */
  readonly prepare?: (ledger: Ledger) => void
}

/** A worker that takes anything of this shape: what a waiting task is given when all faults have stopped. */
const reliefFor = ({ demand, constraints }: Requirements, id: string): WorkerSpec => {
  const { backend, hostname = "relief", browser, labels = {}, versions = {}, computeCapability } = constraints
  const enough = Milli(1_000_000)
  const capacity = { cpu: enough, memory: enough, network: enough, storage: enough }
  const devices = demand.devices.flatMap(({ kind, count, computeCapability: least = 0 }) =>
    Array.from({ length: count }, () => ({ kind, memory: enough, computeCapability: least }))
  )
  return {
    id,
    capacity,
    ceilings: { cpu: 1, memory: 1, network: 1, storage: 1 },
    limits: { resources: capacity, devices, slots: 1 },
    capabilities: {
      backends: backend === undefined ? [] : [backend],
      browsers: browser === undefined ? [] : [browser],
      labels: Object.fromEntries(Object.entries(labels).map(([name, values]) => [name, [values].flat()[0] ?? ""])),
      // The least version of the ranges `^1.2.0` and `>=1.0.0` that satisfies both.
      versions: Object.fromEntries(Object.keys(versions).map((software) => [software, "1.9.0"])),
      hardware: "cpu",
      hostname,
      ...(computeCapability !== undefined && { computeCapability })
    },
    weight: 1,
    priorityMultiplier: 1,
    isolation: "thread",
    resourceLimits: {},
    dutyCycle: 1,
    restart: { type: "permanent", maxRestarts: 0, window: 0, backoff: { base: 0, max: 0, jitter: 0 } }
  }
}

/** What was sent ahead and waits at its worker, under this epoch. */
interface Waiting {
  readonly task: TaskRecord
  readonly epoch: Epoch | undefined
}

/** A ledger, all that watches it, and what the world outside it knows. */
class Run {
  readonly events: Array<LedgerEvent> = []
  readonly calls: Array<Made> = []
  readonly reached = new Set<HardCase>()
  /** What the call in hand is, where it is one that slips in. */
  #slipping: HardCase | undefined
  readonly runs: Array<Assignment> = []
  readonly taskIds: Array<string> = []
  readonly violations: Array<Violation> = []
  accepted = 0
  ledger: Ledger
  now: Millis = 0
  readonly #scenario: LedgerScenario
  readonly #options: RunOptions
  readonly #watch: LedgerWatch
  readonly #model: LedgerModel | undefined

  constructor(scenario: LedgerScenario, options: RunOptions) {
    const { ageing, retain } = scenario
    const { invariants = ledgerInvariants, againstModel = false } = options
    this.#scenario = scenario
    this.#options = options
    this.#watch = new LedgerWatch({ invariants, ageing })
    this.#model = againstModel ? new LedgerModel(ageing, retain) : undefined
    this.ledger = new Ledger(this.#ledgerOptions)
    options.prepare?.(this.ledger)
  }

  get broken(): boolean {
    return this.violations.length > 0
  }

  /** Makes the call of the ledger, and of the model, and checks all that must hold afterwards. */
  make(call: LedgerCall): Verdict {
    const live = "epoch" in call && "taskId" in call ? this.#watch.history.tasks.get(call.taskId)?.epoch : undefined
    const ahead = this.#ahead
    this.#meet(call)
    if (call._tag === "advance") this.now += call.by
    if (call._tag === "recover") this.#recover()
    const verdict = perform(this.ledger, call, this.now)
    this.calls.push({ at: this.now, call, answer: verdict.says })
    if (verdict.ok) this.accepted += 1
    if (verdict.ok && "epoch" in call && "taskId" in call) this.#watch.spoke(call.taskId, call.epoch, live)
    this.#meetVerdict(call, verdict)
    this.#meetAhead(call, verdict, ahead)
    this.#watch.rest(this.ledger)
    this.#compare(call, verdict)
    this.violations.push(...this.#watch.violations.splice(0))
    return verdict
  }

  /** Faults stop; what runs is let finish, what waits is given a worker: everything must end. */
  finish(): void {
    for (const { id, phase } of [...this.ledger.migrations.values()]) {
      const _tag = phase === "released" ? "commitMigration" : "abortMigration"
      if (!this.broken) this.make({ _tag, migrationId: id })
    }
    for (const worker of [...this.ledger.workers.values()]) {
      for (const { taskId, epoch } of [...worker.running.values()]) this.#must({ _tag: "complete", taskId, epoch })
      for (const epoch of [...worker.stopping.keys()]) {
        this.#must({ _tag: "released", workerId: worker.spec.id, epoch })
      }
    }
    const last = Math.max(0, ...[...this.ledger.tasks.values()].map(({ notBefore = 0 }) => notBefore))
    this.make({ _tag: "advance", by: Math.max(0, last - this.now) })
    this.make({ _tag: "expire" })
    this.make({ _tag: "due" })
    let next = this.ledger.next(new Set())
    while (next !== undefined && !this.broken) {
      const { id: taskId, requirements } = next.spec
      const relief = reliefFor(requirements, `relief for ${taskId}`)
      const workerId = relief.id
      if (unmetEver(requirements, relief).length > 0) throw new Error(`no worker can be made for ${taskId}`)
      this.make({ _tag: "addWorker", worker: relief })
      this.make({ _tag: "setPhase", workerId, phase: "up" })
      this.#must({ _tag: "place", taskId, workerId })
      const epoch = this.ledger.task(taskId)?.assignment?.epoch
      if (epoch !== undefined) this.#must({ _tag: "complete", taskId, epoch })
      this.#must({ _tag: "removeWorker", workerId })
      next = this.ledger.next(new Set())
    }
    if (this.broken) return
    this.#watch.end(this.ledger)
    this.violations.push(...this.#watch.violations.splice(0))
    this.#checkReplay()
  }

  get #ledgerOptions() {
    const { ageing, retain } = this.#scenario
    const onEvent = (event: LedgerEvent): void => {
      this.events.push(event)
      this.#meetEvent(event)
      this.#watch.see(event)
      if (event._tag !== "TaskPlaced") return
      const assignment = this.ledger.task(event.taskId)?.assignment
      if (assignment !== undefined) this.runs.push(assignment)
    }
    return { ageing, retain, onEvent }
  }

  /** A call that nothing speaks against: to refuse it is to let work starve. */
  #must(call: LedgerCall): void {
    if (this.broken) return
    const { ok, says } = this.make(call)
    const watched = (this.#options.invariants ?? ledgerInvariants).some(({ id }) => id === "D8")
    if (ok || !watched) return
    const what = `${JSON.stringify(call)} with nothing in its way: ${says}`
    this.violations.push({ id: "D8", what, seq: this.#watch.history.lastSeq })
  }

  #recover(): void {
    this.ledger = Ledger.replay(this.events, this.#ledgerOptions)
    this.#options.prepare?.(this.ledger)
    this.reached.add("recovery")
  }

  #checkReplay(): void {
    if (this.#options.replay !== true) return
    const { ageing, retain } = this.#scenario
    const again = Ledger.replay(this.events, { ageing, retain })
    for (const what of differences(viewOf(again), viewOf(this.ledger))) {
      this.violations.push({ id: "replay", what, seq: this.#watch.history.lastSeq })
    }
  }

  #compare(call: LedgerCall, verdict: Verdict): void {
    if (this.#model === undefined) return
    const expected = this.#model.perform(call, this.now)
    const seq = this.#watch.history.lastSeq
    if (expected.says !== verdict.says) {
      this.violations.push({ id: "model", what: `answers "${verdict.says}", expected "${expected.says}"`, seq })
    }
    for (const what of differences(viewOf(this.ledger), this.#model.view())) {
      this.violations.push({ id: "model", what, seq })
    }
  }

  /** What waits at workers, by the epochs that were given to it. */
  get #ahead(): ReadonlyArray<Waiting> {
    return [...this.ledger.workers.values()].flatMap(({ ahead }) =>
      ahead.map((task) => ({ task, epoch: task.assignment?.epoch }))
    )
  }

  /** Notes the hard cases that are events; the history has not seen it yet. */
  #meetEvent(event: LedgerEvent): void {
    switch (event._tag) {
      case "TaskQuarantined":
        this.reached.add("quarantine")
        return
      case "TaskPlaced":
        if (event.reservation.ahead) this.reached.add("sent ahead")
        if (event.reservation.whole) this.reached.add("suspect runs alone")
        return
      case "TaskRequeued":
        if (event.suspect) this.reached.add(event.crash === undefined ? "suspects" : "suspect crashes again")
    }
  }

  /** Notes what has become of those that waited at workers when the call was made. */
  #meetAhead(call: LedgerCall, { ok }: Verdict, ahead: ReadonlyArray<Waiting>): void {
    for (const { task, epoch } of ahead) {
      const isSame = task.assignment?.epoch === epoch
      if (isSame && task.reservation?.ahead === undefined) this.reached.add("moved up")
      if (ok && call._tag === "requeue" && call.epoch === epoch && call.reason === "recalled") {
        this.reached.add("recalled")
      }
    }
  }

  /** Notes the hard cases that show before the call is made. */
  #meet(call: LedgerCall): void {
    if (call._tag === "backfill") this.#meetBackfill(call)
    if (call._tag !== "workerLost") return
    if ((this.ledger.worker(call.workerId)?.ahead.length ?? 0) > 0) this.reached.add("crash with runs ahead")
    for (const { phase, source, reservation } of this.ledger.migrations.values()) {
      const concerned = source === call.workerId || reservation.workerId === call.workerId
      if (phase === "released" && concerned) this.reached.add("crash in mid-migration")
    }
  }

  /** Whether it is let by, and whether another of its lane is before it. */
  #meetBackfill({ taskId, workerId }: Extract<LedgerCall, { readonly _tag: "backfill" }>): void {
    const task = this.ledger.task(taskId)
    this.#slipping = undefined
    if (task === undefined || this.ledger.refusalToPlace(taskId, workerId) === undefined) return
    const isFirst = this.ledger.firstOf(task.spec.requirements.shape) === task
    this.#slipping = isFirst ? "slipped in" : "slipped in past its lane"
  }

  #meetLimit(workerId: string): void {
    const worker = this.ledger.worker(workerId)
    if (worker !== undefined && worker.slots > worker.limit) this.reached.add("more than its limit")
  }

  #meetVerdict(call: LedgerCall, { ok, says }: Verdict): void {
    if (ok) {
      if (call._tag === "limitWorker") this.#meetLimit(call.workerId)
      if (call._tag === "backfill" && this.#slipping !== undefined) this.reached.add(this.#slipping)
      if (call._tag === "place" && call.devices !== undefined) this.reached.add("devices named")
      return
    }
    if (says.endsWith("HeldForAnother") && call._tag === "backfill") this.reached.add("may not slip in")
    if (says.endsWith("UnsuitableDevices")) this.reached.add("unsuitable devices")
    if (says.endsWith("KeyHeld")) this.reached.add("held key")
    if (says.endsWith("StaleEpoch")) this.reached.add("older run speaks")
    if (says.endsWith("HeldForAnother") && call._tag === "place") this.reached.add("worker kept free")
    if (says.endsWith("DoesNotFit") && call._tag === "place" && this.#isFull(call.taskId, call.workerId)) {
      this.reached.add("full worker")
      if (this.#isLimited(call.workerId)) this.reached.add("full by its limit")
    }
  }

  /** Whether slots are free that it may not take. */
  #isLimited(workerId: string): boolean {
    const worker = this.ledger.worker(workerId)
    return worker !== undefined && worker.slots >= worker.limit && worker.slots < worker.spec.limits.slots
  }

  /** Whether the worker would take the task, were it empty. */
  #isFull(taskId: string, workerId: string): boolean {
    const worker = this.ledger.worker(workerId)
    const task = this.ledger.task(taskId)
    if (worker === undefined || task === undefined) return false
    const takes = worker.phase === "up" || worker.phase === "warming"
    return takes && unmetEver(task.spec.requirements, worker.spec).length === 0
  }
}

/**
 * Lets a scenario happen to a fresh ledger and checks the invariants after every call; then stops all faults and
 * checks that everything ends. Synchronous; the same scenario always gives the same run.
 */
export const runLedger = (scenario: LedgerScenario, options: RunOptions = {}): LedgerRun => {
  const run = new Run(scenario, options)
  for (const worker of scenario.workers) {
    run.make({ _tag: "addWorker", worker })
    run.make({ _tag: "setPhase", workerId: worker.id, phase: "up" })
  }
  for (const command of scenario.commands) {
    if (run.broken) break
    const call = toCall(command, run, options.propose ?? anyFit)
    if (call._tag === "accept") run.taskIds.push(call.task.id)
    run.make(call)
  }
  const commands = run.calls.length
  if (!run.broken) run.finish()
  const { violations, calls, accepted, reached, events } = run
  return { violations, calls, commands, accepted, reached, events }
}
