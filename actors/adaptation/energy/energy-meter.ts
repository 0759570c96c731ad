import { EnergyBook, type EnergyUse, SlotTimes } from "../../../src/adaptation/index.ts"
import { joulesBetween, type MachineReport, ownShare } from "../../../src/execution/index.ts"
import type { TaskRecord, WorkerRecord } from "../../../src/ledger/index.ts"
import type { Assignment, Millis, PowerModel, WorkerId } from "../../../src/model/index.ts"
import { wattsAt } from "../../../src/power/index.ts"
import type { BallastEvent, BallastEventTag } from "../../events.ts"
import { type EnergySources, powerOf } from "./energy-view.ts"

/**
 * What tasks take of energy, as estimated. Of workers on this machine, where it counts its energy and that may be read: its
 * joules × the share of processor time that this process had of it. Of all others whose hardware declares its watts: those at
 * the share of their slots in use. Either goes to the types of tasks by the time they had of slots.
 *
 * It only follows events, and is rebuilt by them.
 */
export class EnergyMeter {
  /** The kinds of events it is about. */
  static readonly heeds: ReadonlyArray<BallastEventTag> = [
    "TaskCompleted",
    "TaskFailed",
    "TaskDelayed",
    "TaskRequeued",
    "TaskCancelled",
    "TaskExpired",
    "TaskQuarantined",
    "MigrationReleased",
    "LoadSampled",
    "MachineProbed"
  ]
  readonly #sources: EnergySources
  readonly #wattsOf: (workerId: WorkerId, now: Millis) => number | undefined
  readonly #book = new EnergyBook()
  /** Of workers that are measured with the machine, and of the others. */
  readonly #measured = new SlotTimes()
  readonly #declared = new SlotTimes()
  #latest: MachineReport | undefined

  /** `wattsOf`: what a worker draws as somebody outside has measured it. */
  constructor(sources: EnergySources, wattsOf: (workerId: WorkerId, now: Millis) => number | undefined) {
    this.#sources = sources
    this.#wattsOf = wattsOf
  }

  /** Since the start; `undefined` where nothing was measured or declared. */
  get use(): EnergyUse | undefined {
    return this.#book.use
  }

  readonly onEvent = (event: BallastEvent, task?: TaskRecord): void => {
    switch (event._tag) {
      case "LoadSampled":
        return this.#sampled(event.at)
      case "MachineProbed":
        return this.#probed(event.machine, event.at)
      default: {
        if (task?.left === undefined) return
        if (event._tag === "TaskCompleted") this.#book.ran(task.spec.type)
        this.#count(task, task.left, event.at)
      }
    }
  }

  #count({ spec, reservation }: TaskRecord, { workerId, startedAt }: Assignment, now: Millis): void {
    const worker = this.#sources.ledger.worker(workerId)
    // What was sent ahead only waits there.
    if (worker === undefined || reservation?.ahead === true) return
    const times = this.#isMeasured(worker) ? this.#measured : this.#declared
    times.count(workerId, spec.type, startedAt, now)
  }

  #isMeasured({ spec }: WorkerRecord): boolean {
    return spec.isolation !== "remote" && this.#latest?.energy.ok === true && this.#latest.cpuTime.ok
  }

  /** What still runs counts up to now. */
  #countRunning(now: Millis, of: (worker: WorkerRecord) => boolean): void {
    const { ledger } = this.#sources
    for (const worker of ledger.workers.values()) {
      if (!of(worker)) continue
      for (const assignment of worker.running.values()) {
        const task = ledger.task(assignment.taskId)
        if (task !== undefined) this.#count(task, assignment, now)
      }
    }
  }

  #sampled(now: Millis): void {
    const { since } = this.#declared
    this.#countRunning(now, (worker) => !this.#isMeasured(worker))
    const times = this.#declared.take(now)
    // What was before the first look nobody has seen.
    if (since === undefined || now <= since) return
    const seconds = (now - since) / 1_000
    for (const worker of this.#sources.ledger.workers.values()) {
      if (this.#isMeasured(worker) || isDown(worker)) continue
      const power = powerOf(this.#sources, worker)
      const told = this.#wattsOf(worker.spec.id, now)
      const types = times.get(worker.spec.id) ?? nothing
      let taken = 0
      for (const each of types.values()) taken += each
      const watts = told ?? (power && modelled(power, worker, taken / seconds))
      if (watts !== undefined) this.#book.charge(watts * seconds, types)
    }
  }

  #probed(machine: MachineReport, now: Millis): void {
    const before = this.#latest
    this.#countRunning(now, (worker) => this.#isMeasured(worker))
    this.#latest = machine
    const times = this.#measured.take(now)
    if (before === undefined || !before.energy.ok || !machine.energy.ok) return
    if (!before.cpuTime.ok || !machine.cpuTime.ok) return
    const joules = joulesBetween(before.energy.value, machine.energy.value)
    if (joules === undefined) return
    const share = ownShare(before.cpuTime.value, machine.cpuTime.value)
    const types = new Map<string, number>()
    for (const own of times.values()) for (const [type, each] of own) types.set(type, (types.get(type) ?? 0) + each)
    this.#book.charge(joules * share, types)
  }
}

/** What it draws with so many slots in use, in the mean. */
const modelled = (power: PowerModel, { phase, spec }: WorkerRecord, slots: number): number =>
  slots === 0 && phase === "resting" ? (power.sleepWatts ?? power.idleWatts) : wattsAt(power, slots / spec.limits.slots)

const nothing: ReadonlyMap<string, number> = new Map()

/** Whether nothing of it is there to draw anything. */
const isDown = ({ phase }: WorkerRecord): boolean => phase === "failed" || phase === "starting"
