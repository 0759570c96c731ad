import type * as Tracer from "effect/Tracer"
import type { Timer } from "../../collections/index.ts"
import {
  type ActorStopped,
  type AskCycle,
  AskTimeout,
  type MailboxFull,
  type NoRoutee,
  type Unhandled
} from "../errors.ts"
import { Terms } from "../mailbox/envelope.ts"
import type { Cell } from "./cell.ts"
import type { Handling } from "./handling.ts"

export type AskError = ActorStopped | AskTimeout | MailboxFull | AskCycle | Unhandled | NoRoutee

/** Where an answer goes: two functions, called without their object. Compared bivariantly: which type a reply has, the protocol says and not this. */
export interface Answers {
  reply(reply: unknown): void
  fail(error: AskError): void
}

type State = "open" | "answered" | "failed" | "abandoned"

/** One question on its way: settled once, by the reply, by the asked actor's end, by time, or given up by its asker. */
export class Asking extends Terms {
  readonly tag: string
  /** Milliseconds that were allowed; infinite where there is no limit. */
  readonly timeout: number
  /** Whether handling it is answer enough, where the handler gives none. */
  readonly acknowledges: boolean
  readonly #onReply: Answers["reply"]
  readonly #onFail: Answers["fail"]
  /** The message being handled by whoever asked. */
  readonly #asker: Handling | undefined
  /** Who is to answer it: another one once it was forwarded. */
  target: Cell
  #state: State = "open"
  #timer: Timer | undefined
  #owed: Set<Asking> | undefined
  #withdraw: (() => void) | undefined

  constructor(
    target: Cell,
    tag: string,
    timeout: number,
    { reply, fail }: Answers,
    asker?: Handling,
    trace?: Tracer.AnySpan,
    acknowledges = false
  ) {
    super(target.system.stamp(), trace)
    this.target = target
    this.tag = tag
    this.timeout = timeout
    this.acknowledges = acknowledges
    this.#onReply = reply
    this.#onFail = fail
    this.#asker = asker
    asker?.asked(this)
  }

  override get deadline(): number {
    // Once it has been answered nobody waits, and the handler may take its time.
    if (this.isAnswered || this.timeout === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY
    this.arm()
    return this.#timer?.at ?? Number.NEGATIVE_INFINITY
  }

  /** Its time runs from now on, if it has a limit. */
  arm(): void {
    if (this.#state === "open" && this.timeout !== Number.POSITIVE_INFINITY)
      this.#timer ??= this.target.system.timers.schedule(this.timeout, this)
  }

  get isSettled(): boolean {
    return this.#state !== "open"
  }

  /** Whether a reply has reached the asker. */
  get isAnswered(): boolean {
    return this.#state === "answered"
  }

  /** Keeps it among the questions that someone owes a reply, until it is settled. */
  owedIn(owed: Set<Asking>): void {
    if (this.isSettled) return
    this.#owed = owed
    owed.add(this)
  }

  /** It waits with its asker for room; this withdraws it. */
  waits(withdraw: () => void): void {
    this.#withdraw = withdraw
  }

  /** `false` where it was settled before. */
  reply(reply: unknown): boolean {
    if (!this.#settle("answered")) return false
    this.#onReply(reply)
    return true
  }

  /** `false` where it was settled before. */
  fail(error: AskError): boolean {
    if (!this.#settle("failed")) return false
    this.#onFail(error)
    return true
  }

  /** The asker no longer waits. */
  abandon(): void {
    if (this.#settle("abandoned")) this.target.gaveUp(this)
  }

  /** Its time is over. */
  ring(): void {
    const { target, tag, timeout } = this
    if (this.fail(new AskTimeout({ actor: target.path, question: tag, timeout }))) target.gaveUp(this)
  }

  #settle(state: State): boolean {
    if (this.#state !== "open") return false
    this.#state = state
    if (this.#timer !== undefined) this.target.system.timers.cancel(this.#timer)
    this.#owed?.delete(this)
    this.#asker?.answered(this)
    this.#withdraw?.()
    return true
  }
}
