import {
  type Epoch,
  type Millis,
  priorityRank,
  resourceNames,
  type TaskId,
  type TaskSpec,
  type TaskStatus,
  type WorkerId,
  type WorkerPhase
} from "../model/index.ts"
import { type LedgerCall, no, saysLoss, type Verdict, yes } from "./ledger-calls.ts"
import { type LedgerView, ViewWriter } from "./ledger-view.ts"
import {
  asksForNothing,
  before,
  type Devices,
  freeDevices,
  headStartOf,
  isLive,
  isWaiting,
  type Lingering,
  limitOf,
  type ModelTask,
  type ModelWorker,
  type Place,
  roomFor,
  slotsOf,
  type Taking,
  takes,
  theseDevices,
  used
} from "./model-entries.ts"
import { goesBy, maySlipIn } from "./passages.ts"
import { firstUnmet } from "./requirements-oracle.ts"

type WorkerLost = Extract<LedgerCall, { readonly _tag: "workerLost" }>

/**
 * A ledger as a child would write it: lists, searched from end to end, nothing indexed and nothing remembered that
 * can be counted. It answers each call, and shows what the ledger should then show; the two must always agree.
 */
export class LedgerModel {
  readonly #ageing: Millis
  readonly #retain: number
  #workers: Array<ModelWorker> = []
  #tasks: Array<ModelTask> = []
  #lingering: Array<Lingering> = []
  /** Limits of keys in use. */
  #keyLimits: Array<{ readonly key: string; limit: number }> = []
  /** Ended tasks still remembered, the oldest first. */
  #ended: Array<ModelTask> = []
  #endedCount: Partial<Record<TaskStatus, number>> = {}
  #accepted = 0
  #epoch = 0
  #migrations = 0

  constructor(ageing: Millis, retain: number) {
    this.#ageing = ageing
    this.#retain = retain
  }

  perform(call: LedgerCall, now: Millis): Verdict {
    const verdict = this.#answer(call, now)
    this.#forgetIdleKeys()
    return verdict
  }

  #answer(call: LedgerCall, now: Millis): Verdict {
    switch (call._tag) {
      case "addWorker":
        if (this.#worker(call.worker.id)) return no("DuplicateWorker")
        this.#workers.push({
          spec: call.worker,
          phase: "starting",
          limit: call.worker.limits.slots,
          heldFor: undefined,
          passage: undefined
        })
        return yes()
      case "setPhase":
        return this.#withWorker(call.workerId, (worker) => this.#setPhase(worker, call.phase))
      case "limitWorker":
        return this.#withWorker(call.workerId, (worker) => {
          worker.limit = Math.max(1, Math.min(worker.spec.limits.slots, Math.floor(call.slots)))
          this.#moveUp()
          return yes()
        })
      case "removeWorker":
        return this.#withWorker(call.workerId, (worker) => {
          if (!this.#isEmpty(call.workerId)) return no("WorkerNotEmpty")
          this.#workers = this.#workers.filter((other) => other !== worker)
          return yes()
        })
      case "workerLost":
        return this.#withWorker(call.workerId, (worker) => this.#workerLost(worker, call))
      case "hold":
        return this.#withWorker(call.workerId, (worker) => this.#hold(worker, call))
      case "unhold":
        return this.#withWorker(call.workerId, (worker) => {
          worker.heldFor = undefined
          worker.passage = undefined
          return yes()
        })
      case "accept":
        return this.#accept(call.task, now)
      case "place":
        return this.#place(call.taskId, call.workerId, now, call.devices)
      case "backfill":
        return this.#backfill(call.taskId, call.workerId, now)
      case "placeAhead":
        return this.#placeAhead(call.taskId, call.workerId)
      case "checkpoint":
        return this.#withRun(call, (task) => {
          task.saved = call.state
          return yes()
        })
      case "complete":
        return this.#withRun(call, (task) => {
          task.move = undefined
          return this.#end(task, "completed")
        })
      case "fail":
        return this.#withRun(call, (task) => {
          task.move = undefined
          task.failures += 1
          if (call.final || task.failures > task.spec.retries) return this.#end(task, "failed")
          task.run = undefined
          task.suspect = false
          task.status = "delayed"
          task.notBefore = now + call.delay
          this.#moveUp()
          return yes()
        })
      case "requeue":
        return this.#withRun(call, (task) => {
          task.move = undefined
          task.suspect = false
          if (call.reason === "recalled") task.attempts -= 1
          return this.#backToQueue(task)
        })
      case "giveUp":
        return this.#withWaiting(call.taskId, (task) => this.#end(task, "failed"))
      case "shed":
        return this.#withWaiting(call.taskId, (task) => this.#end(task, "shed"))
      case "cancel": {
        const task = this.#task(call.taskId)
        if (task === undefined) return no("UnknownTask")
        return isLive(task) ? yes(this.#cutShort(task, "cancelled")) : no("WrongStatus")
      }
      case "expire":
        return this.#expire(now)
      case "due": {
        const due = this.#tasks.filter(({ status, notBefore }) => status === "delayed" && notBefore <= now)
        for (const task of due) this.#queue(task)
        return yes(String(due.length))
      }
      case "released": {
        const found = this.#lingering.filter(
          ({ workerId, epoch }) => workerId === call.workerId && epoch === call.epoch
        )
        this.#lingering = this.#lingering.filter((lingering) => !found.includes(lingering))
        this.#moveUp()
        return found.length === 1 ? yes() : no("NothingHeld")
      }
      case "offerMigration":
        return this.#withRun(call, (task) => this.#offer(task, call.target, now))
      case "releaseMigration":
        return this.#withMigration(call.migrationId, (task, move) => {
          if (move.released) return no("WrongStatus")
          move.released = true
          task.run = undefined
          task.status = "moving"
          if (call.state !== undefined) task.saved = call.state
          this.#moveUp()
          return yes()
        })
      case "commitMigration":
        return this.#withMigration(call.migrationId, (task, { workerId, devices, released }) => {
          if (!released) return no("WrongStatus")
          task.move = undefined
          return this.#start(task, { workerId, devices }, false)
        })
      case "abortMigration":
        return this.#withMigration(call.migrationId, (task) => this.#abort(task))
      case "advance":
      case "recover":
        return yes()
    }
  }

  // Who and where

  #worker(workerId: WorkerId): ModelWorker | undefined {
    return this.#workers.find(({ spec }) => spec.id === workerId)
  }

  #task(taskId: TaskId): ModelTask | undefined {
    return this.#tasks.find(({ spec }) => spec.id === taskId)
  }

  #withWorker(workerId: WorkerId, answer: (worker: ModelWorker) => Verdict): Verdict {
    const worker = this.#worker(workerId)
    return worker === undefined ? no("UnknownWorker") : answer(worker)
  }

  #withRun(
    { taskId, epoch }: { readonly taskId: TaskId; readonly epoch: Epoch },
    answer: (task: ModelTask) => Verdict
  ): Verdict {
    const task = this.#task(taskId)
    if (task === undefined) return no("UnknownTask")
    if (task.status !== "running") return no("WrongStatus")
    return task.run?.epoch === epoch ? answer(task) : no("StaleEpoch")
  }

  #withWaiting(taskId: TaskId, answer: (task: ModelTask) => Verdict): Verdict {
    const task = this.#task(taskId)
    if (task === undefined) return no("UnknownTask")
    return isWaiting(task) ? answer(task) : no("WrongStatus")
  }

  #withMigration(id: number, answer: (task: ModelTask, move: NonNullable<ModelTask["move"]>) => Verdict): Verdict {
    for (const task of this.#tasks) if (task.move?.id === id) return answer(task, task.move)
    return no("UnknownMigration")
  }

  /** Everything held on a worker: runs, targets of migrations, runs being stopped. What is ahead holds nothing. */
  #placesOn(workerId: WorkerId): ReadonlyArray<Taking> {
    const live = this.#tasks.flatMap(({ spec, suspect: whole, run, move }) =>
      [run?.ahead === true ? undefined : run, move].flatMap((place) =>
        place === undefined ? [] : [{ spec, whole, ...place }]
      )
    )
    const stopping = this.#lingering.filter(({ ahead }) => !ahead)
    return [...live, ...stopping].filter((place) => place.workerId === workerId)
  }

  /** Those sent ahead to the worker, the first first. */
  #aheadOn(workerId: WorkerId): ReadonlyArray<ModelTask> {
    const ahead = this.#tasks.filter(({ run }) => run?.workerId === workerId && run.ahead)
    return ahead.sort((a, b) => (a.run?.epoch ?? 0) - (b.run?.epoch ?? 0))
  }

  #isEmpty(workerId: WorkerId): boolean {
    const isThere = (place: { readonly workerId: WorkerId } | undefined): boolean => place?.workerId === workerId
    return !this.#tasks.some(({ run, move }) => isThere(run) || isThere(move)) && !this.#lingering.some(isThere)
  }

  /** Wherever a slot is free, the first of those sent ahead takes it. */
  #moveUp(): void {
    for (const { spec, limit } of this.#workers) {
      for (const { run } of this.#aheadOn(spec.id)) {
        if (run !== undefined && slotsOf(spec, this.#placesOn(spec.id)) < limit) run.ahead = false
      }
    }
  }

  // Room

  /** The devices it would get, were the worker kept free for nobody; `undefined`: there is no room. */
  #room(task: ModelTask, worker: ModelWorker): Devices | undefined {
    const meets = takes(worker) && firstUnmet(task.spec.requirements.constraints, worker.spec) === undefined
    if (task.suspect && !this.#isEmpty(worker.spec.id)) return undefined
    return meets ? roomFor(task.spec, worker, this.#placesOn(worker.spec.id)) : undefined
  }

  #isKeptFrom(task: ModelTask, worker: ModelWorker): boolean {
    const holder = worker.heldFor === undefined ? undefined : this.#task(worker.heldFor)
    return holder !== undefined && holder !== task && before(holder, task) < 0
  }

  /** Why not, or the devices it would get. */
  #refusal(task: ModelTask, worker: ModelWorker): Verdict | Devices {
    return this.#room(task, worker) === undefined
      ? no("DoesNotFit")
      : this.#isKeptFrom(task, worker)
        ? no("HeldForAnother")
        : (this.#room(task, worker) ?? no("DoesNotFit"))
  }

  // Keys and order

  #holders(key: string): number {
    const holding = this.#tasks.filter(({ spec, status }) => {
      return spec.concurrencyKey === key && (status === "running" || status === "moving")
    })
    return holding.length + this.#lingering.filter(({ spec }) => spec.concurrencyKey === key).length
  }

  #waitingFor(key: string): ReadonlyArray<ModelTask> {
    return this.#tasks.filter(({ spec, status }) => spec.concurrencyKey === key && status === "queued").sort(before)
  }

  #forgetIdleKeys(): void {
    this.#keyLimits = this.#keyLimits.filter(({ key }) => this.#holders(key) > 0 || this.#waitingFor(key).length > 0)
  }

  /** Whether its key lets it run: it is among the first of the key, as many as the key has room for. */
  #isReady(task: ModelTask): boolean {
    const { concurrencyKey: key } = task.spec
    if (key === undefined) return true
    const limit = this.#keyLimits.find((known) => known.key === key)?.limit ?? 0
    return this.#waitingFor(key).indexOf(task) < limit - this.#holders(key)
  }

  /** The first of those that fit the same workers as this one: suspects only those that are empty. */
  #firstLike(task: ModelTask): ModelTask | undefined {
    return [...this.#laneOf(task)].sort(before)[0]
  }

  /** All that are ready and fit the same workers. */
  #laneOf({ spec, suspect }: ModelTask): ReadonlyArray<ModelTask> {
    const { shape } = spec.requirements
    return this.#tasks.filter(
      (task) =>
        task.status === "queued" &&
        task.spec.requirements.shape === shape &&
        task.suspect === suspect &&
        this.#isReady(task)
    )
  }

  // What happens

  #setPhase(worker: ModelWorker, phase: WorkerPhase): Verdict {
    if (worker.phase === phase) return yes()
    worker.phase = phase
    if (takes(worker)) return yes()
    for (const task of this.#tasks) if (task.move?.workerId === worker.spec.id) this.#abort(task)
    worker.heldFor = undefined
    worker.passage = undefined
    return yes()
  }

  #workerLost(worker: ModelWorker, { culprits, phase, reason }: WorkerLost): Verdict {
    // Who has failed does not come back by this.
    if (worker.phase !== "failed") this.#setPhase(worker, phase)
    const loss: { requeued: Array<TaskId>; quarantined: Array<TaskId> } = { requeued: [], quarantined: [] }
    const runs = this.#tasks.filter(({ run }) => run?.workerId === worker.spec.id)
    const order = (task: ModelTask): number => task.run?.epoch ?? 0
    const begun = runs.filter(({ run }) => run?.ahead === false)
    const stopping = this.#lingering.filter(({ workerId, ahead }) => workerId === worker.spec.id && !ahead)
    const unknown = culprits === undefined && begun.length + stopping.length > 1
    for (const task of runs.sort((a, b) => order(a) - order(b))) {
      task.move = undefined
      const named = culprits === undefined ? begun.includes(task) : culprits.some((epoch) => epoch === order(task))
      const blamed = named && !unknown
      task.suspect = named && (unknown || task.suspect)
      if (blamed) task.crashes = [...task.crashes, `${worker.spec.id} ${reason}`]
      if (blamed && task.crashes.length >= task.spec.maxCrashes) {
        loss.quarantined.push(task.spec.id)
        this.#end(task, "quarantined")
      } else {
        loss.requeued.push(task.spec.id)
        this.#backToQueue(task)
      }
    }
    this.#lingering = this.#lingering.filter(({ workerId }) => workerId !== worker.spec.id)
    return yes(saysLoss(loss))
  }

  #hold(worker: ModelWorker, { taskId, passage: granted }: Extract<LedgerCall, { readonly _tag: "hold" }>): Verdict {
    const task = this.#task(taskId)
    if (task === undefined) return no("UnknownTask")
    if (task.status !== "queued") return no("WrongStatus")
    const { constraints } = task.spec.requirements
    const couldEver =
      firstUnmet(constraints, worker.spec) === undefined &&
      roomFor(task.spec, { spec: worker.spec, limit: worker.spec.limits.slots }, []) !== undefined
    if (!couldEver) return no("DoesNotFit")
    if (worker.heldFor !== undefined && worker.heldFor !== taskId) return no("HeldForAnother")
    worker.heldFor = taskId
    if (granted !== undefined) worker.passage = { granted, stayers: [] }
    return yes()
  }

  #accept(spec: TaskSpec, now: Millis): Verdict {
    if (this.#task(spec.id)) return no("DuplicateTask")
    this.#accepted += 1
    const task: ModelTask = {
      spec,
      order: this.#accepted,
      rank: priorityRank[spec.priority] * this.#ageing + now - headStartOf(spec, this.#ageing),
      acceptedAt: now,
      status: "queued",
      run: undefined,
      move: undefined,
      attempts: 0,
      failures: 0,
      crashes: [],
      suspect: false,
      saved: undefined,
      notBefore: 0
    }
    this.#tasks.push(task)
    this.#queue(task)
    return yes()
  }

  #place(taskId: TaskId, workerId: WorkerId, now: Millis, named?: ReadonlyArray<number>): Verdict {
    const task = this.#task(taskId)
    if (task === undefined) return no("UnknownTask")
    if (task.status !== "queued") return no("WrongStatus")
    const worker = this.#worker(workerId)
    if (worker === undefined) return no("UnknownWorker")
    if (!this.#isReady(task)) return no("KeyHeld")
    if (this.#firstLike(task) !== task) return no("NotFirst")
    const usual = this.#refusal(task, worker)
    if ("ok" in usual) return usual
    const free = freeDevices(worker.spec, this.#placesOn(workerId))
    const devices = named === undefined ? usual : theseDevices(task.spec.requirements, free, named)
    return devices === undefined ? no("UnsuitableDevices") : this.#begin(task, { workerId, devices }, now)
  }

  /** Before the one that the worker is kept free for, where it may, and those of its lane before it may not. */
  #backfill(taskId: TaskId, workerId: WorkerId, now: Millis): Verdict {
    const task = this.#task(taskId)
    if (task === undefined) return no("UnknownTask")
    if (task.status !== "queued") return no("WrongStatus")
    const worker = this.#worker(workerId)
    if (worker === undefined) return no("UnknownWorker")
    const room = this.#room(task, worker)
    if (room === undefined) return no("DoesNotFit")
    if (!this.#isKeptFrom(task, worker)) return this.#place(taskId, workerId, now)
    const { passage } = worker
    const may = (other: ModelTask): boolean =>
      passage !== undefined && maySlipIn(other.spec, other.suspect, passage, now)
    if (!may(task)) return no("HeldForAnother")
    if (!this.#isReady(task)) return no("KeyHeld")
    if (this.#laneOf(task).some((other) => before(other, task) < 0 && may(other))) return no("NotFirst")
    return this.#begin(task, { workerId, devices: room }, now)
  }

  #begin(task: ModelTask, place: Place, now: Millis): Verdict {
    const started = this.#start(task, place, false)
    this.#goesBy(task, place.workerId, now)
    return started
  }

  #goesBy({ spec }: ModelTask, workerId: WorkerId, now: Millis): void {
    const passage = this.#worker(workerId)?.passage
    if (passage !== undefined) goesBy(spec, passage, now)
  }

  /** To a full worker, and only what asks for nothing but a slot. */
  #placeAhead(taskId: TaskId, workerId: WorkerId): Verdict {
    const task = this.#task(taskId)
    if (task === undefined) return no("UnknownTask")
    if (task.status !== "queued") return no("WrongStatus")
    const worker = this.#worker(workerId)
    if (worker === undefined) return no("UnknownWorker")
    if (!this.#isReady(task)) return no("KeyHeld")
    if (this.#firstLike(task) !== task) return no("NotFirst")
    if (worker.heldFor !== undefined) return no("HeldForAnother")
    const places = this.#placesOn(workerId)
    const { slots } = worker.spec.limits
    const isFull =
      slotsOf(worker.spec, places) === slots && worker.limit === slots && !places.some(({ whole }) => whole)
    if (!takes(worker) || !isFull || !asksForNothing(task)) return no("DoesNotFit")
    return this.#start(task, { workerId, devices: [] }, true)
  }

  #start(task: ModelTask, place: Place, ahead: boolean): Verdict {
    this.#epoch += 1
    task.attempts += 1
    task.status = "running"
    task.run = { ...place, epoch: this.#epoch, ahead }
    this.#endHolds(task)
    return yes(`${place.workerId}#${this.#epoch}, ${task.attempts}.`)
  }

  #offer(task: ModelTask, target: WorkerId, now: Millis): Verdict {
    const source = task.run?.workerId
    if (task.move !== undefined) return no("AlreadyMigrating")
    if (source === undefined || source === target) return no("SameWorker")
    const worker = this.#worker(target)
    if (worker === undefined) return no("UnknownWorker")
    const devices = this.#refusal(task, worker)
    if ("ok" in devices) return devices
    this.#migrations += 1
    this.#goesBy(task, target, now)
    task.move = { workerId: target, devices, id: this.#migrations, source, released: false }
    return yes(`migration ${this.#migrations}`)
  }

  #abort(task: ModelTask): Verdict {
    task.move = undefined
    this.#moveUp()
    return task.status === "moving" ? this.#backToQueue(task) : yes()
  }

  /** What it held is free before it waits again: a key nobody else uses forgets its limit in between. */
  #backToQueue(task: ModelTask): Verdict {
    task.run = undefined
    task.status = "delayed"
    this.#moveUp()
    this.#forgetIdleKeys()
    this.#queue(task)
    return yes()
  }

  #queue(task: ModelTask): void {
    task.status = "queued"
    const { concurrencyKey: key, concurrencyLimit: limit } = task.spec
    if (key === undefined) return
    const known = this.#keyLimits.find((of) => of.key === key)
    if (known === undefined) this.#keyLimits.push({ key, limit })
    else known.limit = Math.min(known.limit, limit)
  }

  #expire(now: Millis): Verdict {
    const passed = this.#tasks.filter((task) => isLive(task) && limitOf(task) <= now)
    passed.sort((a, b) => limitOf(a) - limitOf(b) || a.order - b.order)
    const stops = passed.map((task) => this.#cutShort(task, "expired"))
    return yes(
      stops
        .filter((stop) => stop !== "")
        .sort()
        .join()
    )
  }

  #cutShort(task: ModelTask, how: "cancelled" | "expired"): string {
    this.#abort(task)
    const { spec, suspect: whole, run } = task
    if (run !== undefined) this.#lingering.push({ spec, whole, ...run })
    this.#end(task, how)
    return run === undefined ? "" : `stop ${spec.id} on ${run.workerId}#${run.epoch}`
  }

  #end(task: ModelTask, how: TaskStatus): Verdict {
    task.status = how
    task.run = undefined
    task.suspect = false
    task.saved = undefined
    this.#moveUp()
    this.#endHolds(task)
    this.#endedCount[how] = 1 + (this.#endedCount[how] ?? 0)
    this.#ended.push(task)
    const forgotten = this.#ended.splice(0, Math.max(0, this.#ended.length - this.#retain))
    this.#tasks = this.#tasks.filter((other) => !forgotten.includes(other))
    return yes()
  }

  #endHolds({ spec }: ModelTask): void {
    for (const worker of this.#workers) {
      if (worker.heldFor !== spec.id) continue
      worker.heldFor = undefined
      worker.passage = undefined
    }
  }

  // What it shows

  /** What the ledger should show after the same calls. */
  view(): LedgerView {
    const writer = new ViewWriter()
    const counts: Partial<Record<TaskStatus, number>> = { ...this.#endedCount }
    for (const task of this.#tasks) {
      writer.task(task.spec.id, task)
      if (isLive(task)) counts[task.status] = 1 + (counts[task.status] ?? 0)
      if (task.status === "queued") this.#viewFirst(writer, task)
    }
    for (const [status, count] of Object.entries(counts)) writer.count(status, count)
    for (const worker of this.#workers) this.#viewWorker(writer, worker)
    for (const { key, limit } of this.#keyLimits) {
      writer.key(key, { holders: this.#holders(key), waiting: this.#waitingFor(key).length, limit })
    }
    const ready = this.#tasks.filter((task) => task.status === "queued" && this.#isReady(task)).sort(before)
    writer.next(ready[0]?.spec.id, this.#nextDue())
    return writer.lines
  }

  #viewFirst(writer: ViewWriter, task: ModelTask): void {
    const first = this.#firstLike(task)
    const { shape } = task.spec.requirements
    if (first !== undefined) writer.first(task.suspect ? `alone ${shape}` : shape, first.spec.id)
  }

  #viewWorker(writer: ViewWriter, { spec, phase, limit, heldFor }: ModelWorker): void {
    const places = this.#placesOn(spec.id)
    const free = freeDevices(spec, places)
    const lingering = this.#lingering.filter(({ workerId }) => workerId === spec.id)
    writer.worker(spec.id, {
      phase,
      heldFor,
      running: this.#tasks.filter(({ run }) => run?.workerId === spec.id).map((task) => task.spec.id),
      ahead: this.#aheadOn(spec.id).map((task) => task.spec.id),
      stopping: lingering.map(({ epoch }) => epoch),
      slots: slotsOf(spec, places),
      limit,
      alone: places.some(({ whole }) => whole),
      used: resourceNames.map((name) => used(name, places)),
      devices: spec.limits.devices.map(({ memory }, device) => [
        1_000 - (free[device]?.share ?? 0),
        memory - (free[device]?.memory ?? 0)
      ])
    })
  }

  #nextDue(): Millis | undefined {
    const times = this.#tasks
      .filter(isLive)
      .flatMap((task) => [limitOf(task), ...(task.status === "delayed" ? [task.notBefore] : [])])
    const first = Math.min(...times)
    return first === Number.POSITIVE_INFINITY ? undefined : first
  }
}
