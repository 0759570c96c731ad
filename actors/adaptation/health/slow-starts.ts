import { type SlowStartSettings, startsSlowly, type Warming, warmSlots } from "../../../src/adaptation/index.ts"
import type { LedgerReader, TaskRecord, WorkerRecord } from "../../../src/ledger/index.ts"
import type { Millis, WorkerId } from "../../../src/model/index.ts"
import type { CoordinatorRef } from "../../coordinator.ts"
import type { BallastEvent, BallastEventTag } from "../../events.ts"
import type { SlotLimits } from "../slot-limits.ts"

export interface SlowStartsOptions {
  readonly ledger: LedgerReader
  readonly slotLimits: SlotLimits
  readonly coordinator: () => CoordinatorRef | undefined
  /** `false`: all have all their slots at once. */
  readonly settings: SlowStartSettings | false
}

/** Workers that get their slots one after the other, since they have just begun to take work (B6, E2). */
export class SlowStarts {
  /** The kinds of events it is about. */
  static readonly heeds: ReadonlyArray<BallastEventTag> = ["WorkerPhaseChanged", "WorkerRemoved", "TaskCompleted"]
  readonly #options: SlowStartsOptions
  readonly #warming = new Map<WorkerId, { startedAt: Millis; runs: number }>()
  /** Since when each worker takes work without a break. */
  readonly #openSince = new Map<WorkerId, Millis>()
  /** Those of whom less than all was wished. */
  readonly #limited = new Set<WorkerId>()

  constructor(options: SlowStartsOptions) {
    this.#options = options
  }

  /** Who is warming up, and how far it has come. */
  get warming(): ReadonlyMap<WorkerId, Warming> {
    return this.#warming
  }

  /** The worker takes work from now on: how many slots it may take at first; `undefined`: all. */
  begin({ spec }: WorkerRecord, now: Millis): number | undefined {
    const { settings, slotLimits } = this.#options
    if (settings === false || !startsSlowly(spec.limits.slots, this.#settledSlots(spec.id, settings, now))) {
      return undefined
    }
    const warming = { startedAt: now, runs: 0 }
    this.#warming.set(spec.id, warming)
    this.#limited.add(spec.id)
    // Others may want it to take less still.
    return slotLimits.wish("slow start", spec.id, warmSlots(warming, spec.limits.slots, settings, now))
  }

  /** Gives each as many slots as it may have by now. */
  step(now: Millis): void {
    const { settings, slotLimits, ledger, coordinator } = this.#options
    // Whoever had it begin is forgotten, or is somebody else.
    for (const [workerId, { phase }] of ledger.workers) {
      if (phase !== "warming" || this.#warming.has(workerId)) continue
      this.#warming.set(workerId, { startedAt: now, runs: 0 })
      this.#limited.add(workerId)
    }
    for (const workerId of this.#limited) {
      const worker = ledger.worker(workerId)
      const warming = this.#warming.get(workerId)
      if (worker === undefined || warming === undefined) {
        slotLimits.wish("slow start", workerId, undefined)
        this.#limited.delete(workerId)
        continue
      }
      const most = worker.spec.limits.slots
      const slots = settings === false ? most : warmSlots(warming, most, settings, now)
      slotLimits.wish("slow start", workerId, slots < most ? slots : undefined)
      if (slots < most) continue
      // It is asked again until it has happened: its word may be lost with a turn that fails.
      if (worker.phase !== "warming") this.#end(workerId)
      else
        void coordinator()
          ?.askPromise("ChangePhase", { workerId, event: "warmed" })
          .catch(() => undefined)
    }
  }

  readonly onEvent = (event: BallastEvent, task?: TaskRecord): void => {
    switch (event._tag) {
      case "WorkerPhaseChanged": {
        const { workerId, phase, at } = event
        const isOpen = phase === "up" || phase === "warming"
        if (isOpen && !this.#openSince.has(workerId)) this.#openSince.set(workerId, at)
        if (isOpen) return
        // Whatever it was on its way to: it begins anew.
        this.#openSince.delete(workerId)
        this.#warming.delete(workerId)
        return
      }
      case "WorkerRemoved":
        this.#openSince.delete(event.workerId)
        this.#end(event.workerId)
        return
      case "TaskCompleted": {
        if (this.#warming.size === 0) return
        const warming = task?.left && this.#warming.get(task.left.workerId)
        if (warming !== undefined) warming.runs += 1
      }
    }
  }

  #end(workerId: WorkerId): void {
    this.#warming.delete(workerId)
    this.#limited.delete(workerId)
  }

  /** Slots of one that has taken work for longer than a slow start takes; 0: there is none. */
  #settledSlots(but: WorkerId, { window }: SlowStartSettings, now: Millis): number {
    for (const [workerId, since] of this.#openSince) {
      // They stand in the order in which they came: thousands that join at once need not look at each other.
      if (now - since < window) return 0
      const slots = this.#options.ledger.worker(workerId)?.spec.limits.slots
      if (workerId !== but && !this.#warming.has(workerId) && slots !== undefined) return slots
    }
    return 0
  }
}
