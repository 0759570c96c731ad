import type { WorkerReport } from "../../../src/execution/index.ts"
import type { Ledger } from "../../../src/ledger/index.ts"
import type { WorkerId } from "../../../src/model/index.ts"
import type { BallastEvent } from "../../events.ts"
import type { ActionOf, RunStep } from "./action.ts"

type Trap = ActionOf<"CrashAt">

/** Has workers end as a run comes to a certain step, wherever that will be. */
export class Traps {
  readonly #ledger: Ledger
  readonly #spring: (workerId: WorkerId, trap: Trap) => void
  #set: ReadonlyArray<Trap> = []

  constructor(ledger: Ledger, spring: (workerId: WorkerId, trap: Trap) => void) {
    this.#ledger = ledger
    this.#spring = spring
  }

  /** For the next time. */
  set(trap: Trap): void {
    this.#set = [...this.#set, trap]
  }

  clear(): void {
    this.#set = []
  }

  onEvent(event: BallastEvent): void {
    if (this.#set.length === 0) return
    if (event._tag === "MigrationOffered") this.#come("offered", event.source, event.reservation.workerId)
    if (event._tag !== "TaskPlaced") return
    this.#come(event.migrationId === undefined ? "placed" : "moved", event.reservation.workerId)
  }

  onStart(workerId: WorkerId): void {
    if (this.#set.length > 0) this.#come("begun", workerId)
  }

  onReport(workerId: WorkerId, { _tag, epoch }: WorkerReport): void {
    if (this.#set.length === 0) return
    if (_tag === "Checkpointed") this.#come("checkpointed", workerId)
    if (_tag === "Completed" || _tag === "Failed") this.#come("ended", workerId)
    if (_tag !== "Yielded") return
    const migration = [...this.#ledger.migrations.values()].find((other) => other.epoch === epoch)
    this.#come("yielded", workerId, migration?.reservation.workerId)
  }

  #come(step: RunStep, source: WorkerId, target = source): void {
    const trap = this.#set.find((other) => other.step === step)
    if (trap === undefined) return
    this.#set = this.#set.filter((other) => other !== trap)
    this.#spring(trap.who === "source" ? source : target, trap)
  }
}
