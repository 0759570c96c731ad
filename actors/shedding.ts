import { isAtHand, type LedgerReader, loadOf, ShedOrder, type TaskRecord } from "../src/ledger/index.ts"
import type { Priority } from "../src/model/index.ts"

/** The order of shedding is forgotten once the load is lower by this than where shedding begins. */
const margin = 0.05

/**
 * Whether the runtime is overloaded, and whom it sheds then (A6). As long as it is not, a submission costs one
 * comparison: the order of shedding is built when the overload begins, and kept until it is well over.
 */
export class Shedding {
  readonly #ledger: LedgerReader
  readonly #maxQueue: number
  readonly #from: number
  #order: ShedOrder | undefined
  /** Slots that workers may take that take work, or would once they are needed; `undefined` where they are to be counted anew. */
  #slots: number | undefined

  /** `from`: the load at which shedding begins; infinite where it never does. */
  constructor(ledger: LedgerReader, maxQueue: number, from: number) {
    this.#ledger = ledger
    this.#maxQueue = maxQueue
    this.#from = from
  }

  /** A worker has come, gone, changed its phase, or may take another number of slots. */
  workersChanged(): void {
    this.#slots = undefined
  }

  /** A task has been accepted, or called back to the queue before it began. */
  waits(task: TaskRecord | undefined): void {
    if (task !== undefined) this.#order?.add(task)
  }

  get load(): number {
    const { running, moving } = this.#ledger.counts
    this.#slots ??= this.#countSlots()
    return loadOf({
      // What was sent ahead to a full worker takes no slot.
      running: Math.min(running + moving, this.#slots),
      waiting: this.#ledger.pending,
      slots: this.#slots,
      maxQueue: this.#maxQueue
    })
  }

  get isOverloaded(): boolean {
    const { load } = this
    if (this.#order !== undefined && load < this.#from - margin) this.#order = undefined
    return load >= this.#from
  }

  /** The task to be shed for one of this priority, while the runtime is overloaded. */
  victimFor(priority: Priority): TaskRecord | undefined {
    this.#order ??= new ShedOrder(this.#ledger.tasks.values())
    return this.#order.victimFor(priority)
  }

  #countSlots(): number {
    let slots = 0
    for (const { phase, limit } of this.#ledger.workers.values()) if (isAtHand(phase)) slots += limit
    return slots
  }
}
