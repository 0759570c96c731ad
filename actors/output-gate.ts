import { Ring } from "../src/collections/index.ts"
import { findUncloneable } from "../src/execution/index.ts"
import type { TaskRecord } from "../src/ledger/index.ts"
import type { Problem } from "../src/model/index.ts"
import type { Journal } from "../src/storage/journal/index.ts"
import type { EventBus } from "./event-bus.ts"
import type { BallastEvent } from "./events.ts"

interface Held {
  readonly event: BallastEvent
  readonly task: TaskRecord | undefined
  /** Durable once the journal has come this far. */
  readonly seq: number
}

/** Held events from which on no more tasks are taken in. */
const defaultHeldLimit = 50_000

/**
 * Output commit: what happens to a task is written to the journal, and told only once it is durable there. So whatever a
 * submitter was told (accepted, a result, an error) is still so after a crash. The runtime itself goes on meanwhile.
 * What concerns no task is told at once.
 */
export class OutputGate {
  readonly #journal: Journal
  readonly #told: EventBus
  readonly #held = new Ring<Held>()
  readonly #onCaughtUp: () => void
  readonly #heldLimit: number
  #isBehind = false
  #isSealed = false

  /** `told`: where the events go on to. `onCaughtUp`: `isBehind` is over. */
  constructor(journal: Journal, told: EventBus, onCaughtUp: () => void, heldLimit = defaultHeldLimit) {
    this.#journal = journal
    this.#told = told
    this.#onCaughtUp = onCaughtUp
    this.#heldLimit = heldLimit
    journal.onDurable(() => this.#release())
  }

  /** Events not told yet. */
  get held(): number {
    return this.#held.size
  }

  /** Whether the disk is so slow, or so full, that no more should be taken in. */
  get isBehind(): boolean {
    return this.#isBehind
  }

  /** What of the value cannot be written to the journal; `undefined` where all of it can. */
  problemIn(value: unknown, root: string): Problem | undefined {
    if (this.#journal.isWritable(value)) return undefined
    const border = { beyond: "run", copies: (part: unknown) => this.#journal.isWritable(part) } as const
    return { ...findUncloneable(value, root, undefined, border), hint: unwritableHint }
  }

  readonly onEvent = (event: BallastEvent, task?: TaskRecord): void => {
    const ofLedger = "seq" in event
    if (ofLedger && !this.#isSealed) this.#journal.append(event)
    const { lastSeq: seq, durableSeq } = this.#journal
    if (!ofLedger && !ofRun(event)) return this.#told.publish(event, task)
    // What was not kept is not told: the next run does it again.
    if (this.#isSealed && ("taskId" in event || event._tag === "TaskAccepted")) return
    if (this.#held.size === 0 && seq <= durableSeq) return this.#told.publish(event, task)
    this.#held.push({ event, task, seq })
    if (this.#held.size >= this.#heldLimit) this.#isBehind = true
  }

  /** Nothing that happens from now on is kept or told. Resolves once what happened before is. */
  seal(): Promise<void> {
    this.#isSealed = true
    return this.#journal.flush()
  }

  #release(): void {
    const { durableSeq } = this.#journal
    for (let first = this.#held.first; first !== undefined && first.seq <= durableSeq; first = this.#held.first) {
      this.#held.shift()
      this.#told.publish(first.event, first.task)
    }
    if (!this.#isBehind || this.#held.size > this.#heldLimit / 2) return
    this.#isBehind = false
    this.#onCaughtUp()
  }
}

const unwritableHint = "with a data directory all is written to a journal: send data, no functions, no shared memory"

/** What a run reports belongs behind the event of its placement. */
const ofRun = ({ _tag }: BallastEvent): boolean => _tag === "TaskProgressed" || _tag === "TaskLogged"
