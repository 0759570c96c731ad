import type {
  Heartbeat,
  RunCommand,
  WorkerConnection,
  WorkerExit,
  WorkerReport,
  WorkerSink
} from "../../../src/execution/index.ts"
import type { Epoch, Millis, WorkerId, WorkerSpec } from "../../../src/model/index.ts"
import { type Chance, chanceOf } from "../workload/chance.ts"
import { fixedTime, speedAt } from "../world/worker-traits.ts"
import { Heart } from "./heart.ts"
import { isJob, isSilent } from "./job.ts"
import { Line } from "./line.ts"
import { Pace } from "./pace.ts"
import { bootTime, planRun } from "./run-plan.ts"
import { SimulatedRun } from "./simulated-run.ts"
import type { ThreadOf, ThreadWorld } from "./thread-world.ts"

/** A run that was sent, and may still be on its way. */
interface Waiting {
  readonly command: RunCommand
  readonly arrivesAt: Millis
}

/**
 * A worker thread that exists only in virtual time. It keeps the contract of `WorkerConnection` as a real one does:
 * `ready` at most once, reports in order, `exit` exactly once and last; and nothing is said within a call.
 */
export class SimulatedThread implements WorkerConnection {
  readonly workerId: WorkerId
  readonly id: number
  readonly #sink: WorkerSink
  readonly #world: ThreadWorld
  readonly #of: ThreadOf
  readonly #chance: Chance
  readonly #slots: number
  readonly #ended = Promise.withResolvers<void>()
  readonly #waiting: Array<Waiting> = []
  readonly #runs = new Map<Epoch, SimulatedRun>()
  /** What has come while it stood still. */
  readonly #unheard: Array<() => void> = []
  readonly #pace: Pace
  /** The share of its speed that each run has had since it was last counted. */
  #share = 1
  /** Whether it stood still then. */
  #still = false
  #countedAt: Millis = 0
  #callOffChange: () => void = () => {}
  readonly #heart: Heart
  #phase: "starting" | "up" | "ending" | "ended" = "starting"
  #closing = false
  #sabotaged = false
  readonly #outward: Line
  readonly #inward: Line

  constructor(spec: WorkerSpec, id: number, sink: WorkerSink, world: ThreadWorld, of: ThreadOf) {
    const { id: workerId, limits } = spec
    this.workerId = workerId
    this.#slots = limits.slots
    this.id = id
    this.#sink = sink
    this.#world = world
    this.#outward = new Line(world)
    this.#inward = new Line(world)
    this.#of = of
    this.#pace = new Pace(of.traits)
    this.#heart = new Heart(world, {
      beat: () => (this.#pace.isStill(world.now()) ? undefined : this.#beat),
      isGone: () => this.#isGone,
      arrive: (beat) => sink.heartbeat(beat)
    })
    this.#chance = chanceOf(`${world.seed}/${workerId}/${id}`)
    of.account.threads += 1
    this.#boot()
  }

  /** Whether it is still there, be it on its way out. */
  get isAlive(): boolean {
    return this.#phase !== "ended"
  }

  /** The runs that are in progress: what really runs, whoever believes otherwise. */
  get running(): ReadonlyArray<RunCommand> {
    return [...this.#runs.values()].map(({ command }) => command)
  }

  /** Whether it has not loaded its handlers yet. */
  get isStarting(): boolean {
    return this.#phase === "starting"
  }

  /** How many runs are in progress. */
  get load(): number {
    return this.#runs.size
  }

  /** How many of its runs will come to an end, if nothing befalls them: those too that are yet to begin. */
  get working(): number {
    const isStuck = this.#pace.isStuck(this.#world.now())
    let working = isStuck ? 0 : Math.min(this.#waiting.length, this.#slots - this.#runs.size)
    for (const { plan, isFixed } of this.#runs.values()) if (plan.end !== "hangs" && (isFixed || !isStuck)) working += 1
    return working
  }

  /** Work that it has been given and that is not done, at speed 1. */
  get backlogMs(): Millis {
    this.settleAccount()
    let backlog = 0
    for (const run of this.#runs.values()) backlog += run.backlogMs
    for (const { command } of this.#waiting) backlog += isJob(command.payload) ? command.payload.work : 0
    return backlog
  }

  /** Brings its worker's account up to this moment. */
  settleAccount(): void {
    if (this.#isGone) return
    const now = this.#world.now()
    this.#count()
    for (const run of this.#runs.values()) this.#of.account.workMs += run.count(this.#shareOf(run), now)
  }

  // What befalls it

  /** Ends it as a crash does. `culprits` as in `WorkerExit`. */
  crash(culprits: ReadonlyArray<Epoch> | undefined): void {
    this.#end({ reason: "crashed", culprits, error: { name: "Error", message: "the simulated thread crashed" } })
  }

  /** Its heap is exhausted: nobody knows by which of its runs. */
  runOutOfMemory(): void {
    const error = { name: "Error", message: "the simulated thread has reached its memory limit" }
    this.#end({ reason: "out-of-memory", culprits: undefined, error })
  }

  /** It stands still for so long: nothing is computed, heard or said, but it can be ended. */
  hang(ms: Millis): void {
    this.#pace.standStill(this.#world.now() + ms)
    this.#repace()
  }

  slow(factor: number, ms: Millis): void {
    this.#pace.slowDown(factor, this.#world.now() + ms)
    this.#repace()
  }

  /** Its heartbeats are lost for so long. */
  mute(ms: Millis): void {
    this.#heart.mute(ms)
  }

  /** Its heartbeats come so much later for so long. */
  delayBeats(by: Millis, ms: Millis): void {
    this.#heart.delay(by, ms)
  }

  /** The next call of its owner throws: a fault of this side of the connection. */
  sabotage(): void {
    this.#sabotaged = true
  }

  /** Whatever befell it and still lasts is over. */
  mend(): void {
    this.#sabotaged = false
    this.#heart.mend()
    if (this.#pace.recover(this.#world.now())) this.#resume()
  }

  // As a connection

  run(command: RunCommand): void {
    this.#spring()
    if (this.#isGone) return
    const way = this.#world.dispatch() + this.#carrying(command.payload, command.state)
    this.#waiting.push({ command, arrivesAt: this.#world.now() + way })
    if (way > 0) this.#world.after(way, () => this.#startWaiting())
    else this.#startWaiting()
  }

  cancel(epoch: Epoch): void {
    this.#spring()
    this.#hear(() => {
      if (this.#takeBack(epoch) !== undefined) return this.#report({ _tag: "Stopped", epoch })
      const run = this.#runs.get(epoch)
      if (run === undefined) return
      run.cancelled = true
      if (run.plan.heeds) this.#settle(run, { _tag: "Stopped", epoch })
    })
  }

  yieldAt(epoch: Epoch): void {
    this.#spring()
    this.#hear(() => {
      const command = this.#takeBack(epoch)
      if (command !== undefined) return this.#report({ _tag: "Yielded", epoch, state: command.state })
      const run = this.#runs.get(epoch)
      if (run !== undefined) run.asked = true
    })
  }

  recall(epochs: ReadonlyArray<Epoch>): ReadonlyArray<Epoch> {
    return epochs.filter((epoch) => this.#takeBack(epoch) !== undefined)
  }

  probe(): Promise<Heartbeat> {
    return this.#isGone ? Promise.reject(new Error("the worker has ended")) : Promise.resolve(this.#beat)
  }

  terminate(culprits: ReadonlyArray<Epoch> = []): Promise<void> {
    if (!this.#isGone) this.#end({ reason: "terminated", culprits })
    return this.#ended.promise
  }

  close(): Promise<void> {
    this.#closing = true
    this.#closeWhenIdle()
    return this.#ended.promise
  }

  get #isGone(): boolean {
    return this.#phase === "ending" || this.#phase === "ended"
  }

  get #beat(): Heartbeat {
    const { cores = this.#slots } = this.#of.traits
    const busy = Math.min(1, this.#runs.size / cores)
    return {
      eventLoopDelay: 1,
      eventLoopUtilization: Math.max(0.01, 0.9 * busy),
      heapUsed: 10 * 2 ** 20,
      running: this.#runs.size,
      queued: this.#waiting.length
    }
  }

  #boot(): void {
    const needed = this.#of.traits.boot ?? bootTime(this.#world.options, this.#chance)
    const bootMs = Math.min(needed, this.#world.bootTimeout)
    this.#world.after(bootMs, () => {
      if (this.#isGone) return
      if (needed > bootMs || this.#of.isDead() || this.#chance() < this.#world.options.loadFailures) {
        // Starts that fail in no time, one after the other, would never let time pass.
        if (bootMs >= 1) return this.#failToLoad()
        return void this.#world.after(1 - bootMs, () => this.#failToLoad())
      }
      this.#phase = "up"
      this.#pace.warmUp(this.#world.now())
      this.#sink.ready({ handlers: this.#world.handlers, bootMs, threadId: this.id })
      this.#repace()
      this.#startWaiting()
      this.#heart.start()
      this.#closeWhenIdle()
    })
  }

  #failToLoad(): void {
    const error = { name: "Error", message: "the simulated handlers cannot be loaded" }
    this.#end({ reason: "load-failed", culprits: [], error })
  }

  // How its runs get on

  /** Takes out a run that has not begun. */
  #takeBack(epoch: Epoch): RunCommand | undefined {
    const place = this.#waiting.findIndex(({ command }) => command.epoch === epoch)
    const [taken] = place < 0 ? [] : this.#waiting.splice(place, 1)
    if (taken !== undefined && taken.arrivesAt > this.#world.now()) this.#world.recalled()
    return taken?.command
  }

  #startWaiting(): void {
    const now = this.#world.now()
    while (this.#phase === "up" && this.#runs.size < this.#slots && !this.#pace.isStill(now)) {
      // What brings its state along is longer on its way than others, and holds none of them up.
      const place = this.#waiting.findIndex(({ arrivesAt }) => arrivesAt <= now)
      const [arrived] = place < 0 ? [] : this.#waiting.splice(place, 1)
      if (arrived === undefined) return
      this.#start(arrived.command)
    }
  }

  #start(command: RunCommand): void {
    const { epoch, type, taskId, attempt } = command
    const { options, seed } = this.#world
    const now = this.#world.now()
    const plan = planRun(options, command, () => chanceOf(`${seed}/${taskId}/${attempt}`))
    const gait = { speed: speedAt(this.#of.traits, type), fixed: fixedTime(this.#of.traits, now) }
    const run = new SimulatedRun(command, plan, gait, now)
    this.#of.account.runs += 1
    this.#count()
    this.#runs.set(epoch, run)
    this.#world.started(this.workerId, command)
    if (!this.#hasNewShare()) this.#await(run)
  }

  /** Counts what has been done since the share of each run last changed. */
  #count(): void {
    const now = this.#world.now()
    const { account, traits } = this.#of
    const active = this.#active
    if (active > 0) account.busyMs += (now - this.#countedAt) * Math.min(active, traits.cores ?? this.#slots)
    this.#countedAt = now
  }

  /** How many of its runs have got on since they were last counted. */
  get #active(): number {
    if (this.#share > 0) return this.#runs.size
    let active = 0
    for (const run of this.#runs.values()) if (this.#shareOf(run) > 0) active += 1
    return active
  }

  #shareOf(run: SimulatedRun): number {
    if (!run.isFixed) return this.#share
    return this.#still ? 0 : 1
  }

  /** Works out the share of each run anew; where it is another, when each will be done. */
  #hasNewShare(): boolean {
    const now = this.#world.now()
    const share = this.#pace.share(this.#runs.size, now)
    const still = this.#pace.isStill(now)
    if (share === this.#share && still === this.#still) return false
    for (const run of this.#runs.values()) {
      run.callOff()
      this.#of.account.workMs += run.count(this.#shareOf(run), now)
    }
    this.#share = share
    this.#still = still
    for (const run of this.#runs.values()) this.#await(run)
    return true
  }

  /** Its pace may have changed, and will change again by itself. */
  #repace(): void {
    if (this.#isGone) return
    this.#count()
    this.#hasNewShare()
    this.#callOffChange()
    const now = this.#world.now()
    const next = this.#pace.nextChange(now)
    this.#callOffChange = this.#world.after(next - now, () => this.#resume())
  }

  /** Its pace is another now; where it stood still and does no longer, it hears what has come meanwhile. */
  #resume(): void {
    this.#repace()
    if (this.#pace.isStill(this.#world.now())) return
    for (const heard of this.#unheard.splice(0)) heard()
    this.#startWaiting()
  }

  #await(run: SimulatedRun): void {
    const share = this.#shareOf(run)
    if (share > 0) run.callOff = this.#world.after(run.leftAt(share), () => this.#stepDone(run))
  }

  #stepDone(run: SimulatedRun): void {
    const now = this.#world.now()
    this.#of.account.workMs += run.count(this.#shareOf(run), now)
    if (run.isAtLastStep) return this.#finish(run)
    run.next(now)
    if (this.#checkpoint(run)) this.#await(run)
  }

  /** `false` where the run ends there. */
  #checkpoint(run: SimulatedRun): boolean {
    const { epoch } = run.command
    run.saved = { done: run.done }
    this.#report({ _tag: "Checkpointed", epoch, state: run.saved })
    if (run.cancelled) this.#settle(run, { _tag: "Stopped", epoch })
    else if (run.asked) {
      this.#settle(run, { _tag: "Yielded", epoch, state: run.saved }, this.#carrying(run.command.payload, run.saved))
    } else if (!isSilent(run.command.payload)) this.#report({ _tag: "Progress", epoch, fraction: run.fraction })
    return this.#runs.has(epoch)
  }

  /** Milliseconds that what a run has saved takes on its way. */
  #carrying(payload: unknown, state: unknown): Millis {
    if (state === undefined || !isJob(payload) || payload.stateBytes === undefined) return 0
    return payload.stateBytes / this.#world.options.bandwidth
  }

  #finish(run: SimulatedRun): void {
    const { epoch, taskId } = run.command
    const ms = this.#world.now() - run.startedAt
    switch (run.plan.end) {
      case "completes":
        return this.#settle(run, { _tag: "Completed", epoch, value: taskId, ms })
      case "fails": {
        if (run.cancelled) return this.#settle(run, { _tag: "Stopped", epoch })
        const error = { name: "Error", message: "the simulated handler failed" }
        return this.#settle(run, { _tag: "Failed", epoch, error, ms })
      }
      case "hangs":
        return this.#neverSettles(run)
      case "crashes":
        return this.crash([epoch])
      case "vanishes":
        return this.crash(undefined)
    }
  }

  /** It comes to an end only once the world has become calm. */
  #neverSettles(run: SimulatedRun): void {
    if (this.#world.options.hangs === 0) {
      const { epoch, taskId } = run.command
      return this.#settle(run, { _tag: "Completed", epoch, value: taskId, ms: this.#world.now() - run.startedAt })
    }
    run.callOff = this.#world.after(1_000, () => this.#neverSettles(run))
  }

  #settle(run: SimulatedRun, report: WorkerReport, way: Millis = 0): void {
    run.callOff()
    this.#count()
    this.#of.account.workMs += run.count(this.#shareOf(run), this.#world.now())
    this.#runs.delete(run.command.epoch)
    this.#report(report, way)
    this.#hasNewShare()
    this.#startWaiting()
    this.#closeWhenIdle()
  }

  // What is on its way

  /** `way`: how long the state that it brings takes before the report itself can leave; others do not wait for it. */
  #report(report: WorkerReport, way: Millis = 0): void {
    this.#world.said(this.workerId, report)
    const leave = (): void => this.#arrive(() => this.#sink.reports([report]))
    if (way === 0) leave()
    else this.#world.after(way, () => this.#phase === "ended" || leave())
  }

  /** On its way from the thread to its owner, behind whatever left before it. */
  #arrive(happen: () => void): void {
    this.#outward.send(happen, this.#latency)
  }

  /** On its way from its owner to the thread, which hears it once it does not stand still. */
  #hear(happen: () => void): void {
    if (this.#isGone) return
    this.#inward.send(() => {
      if (this.#isGone) return
      if (this.#pace.isStill(this.#world.now())) this.#unheard.push(() => this.#isGone || happen())
      else happen()
    }, this.#latency)
  }

  get #latency(): Millis {
    const { latency } = this.#world.options
    return latency === 0 ? 0 : Math.round(this.#chance() * latency)
  }

  #spring(): void {
    if (!this.#sabotaged) return
    this.#sabotaged = false
    throw new Error("a simulated fault of the connection")
  }

  #closeWhenIdle(): void {
    if (!this.#closing || this.#phase !== "up" || this.#runs.size > 0 || this.#waiting.length > 0) return
    this.#end({ reason: "stopped", culprits: [] })
  }

  #end(exit: WorkerExit): void {
    if (this.#isGone) return
    const now = this.#world.now()
    this.#count()
    this.#phase = "ending"
    this.#callOffChange()
    for (const run of this.#runs.values()) {
      run.callOff()
      this.#of.account.workMs += run.count(this.#shareOf(run), now)
    }
    // Until it is gone whatever ran there still holds what it took.
    this.#arrive(() => {
      this.#phase = "ended"
      this.#runs.clear()
      this.#sink.exit(exit)
      this.#ended.resolve()
    })
  }
}
