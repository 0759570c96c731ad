import type {
  ActorRef,
  ActorSystem,
  AnyRef,
  AskTag,
  ExitReason,
  PayloadOf,
  Protocol,
  ReplyOf,
  TellTag
} from "../actor/index.ts"
import { isOf, ProbeInbox, type ProbeMessage, type Received, type ReceivedAs, showMessage } from "./probe-inbox.ts"

export type { ProbeMessage } from "./probe-inbox.ts"

/** A question that a probe received, and what answers it. */
export interface ProbeQuestion<P extends Protocol, Tag extends keyof P> {
  readonly payload: PayloadOf<P, Tag>
  readonly reply: (reply: ReplyOf<P, Tag>) => void
}

export interface ProbeOptions {
  /** Unique in its system; generated where absent. */
  readonly name?: string
}

/** How long a probe waits where nothing is said: milliseconds. */
export const defaultPatience = 3_000

/**
 * An actor in the hands of a test: it takes whatever it is sent, and the test goes through it message by message. It
 * waits in promises, and so works in any system: with threads and in real time too.
 *
 * ```ts
 * const probe = new Probe(system, { Pong: Actor.message<{ n: number }>() })
 * game.tell("Ping", { n: 1, from: probe.ref })
 * const { n } = await probe.next("Pong")
 * ```
 *
 * What waits takes how long at most, in milliseconds of the system's clock; 3,000 where nothing is said. It fails with
 * what was there instead. Under virtual time, `ActorTest.probe` gives one that needs no promises.
 */
export class Probe<P extends Protocol> {
  readonly ref: ActorRef<P>
  protected readonly inbox: ProbeInbox<P>
  readonly #now: () => number
  /** What was read last, until it is answered. */
  #last: Received | undefined

  constructor(system: ActorSystem, protocol: P, { name }: ProbeOptions = {}) {
    this.inbox = new ProbeInbox(system, protocol, name)
    this.ref = this.inbox.ref
    this.#now = () => system.now()
  }

  /** All messages so far, read or not, in the order in which they came. */
  get messages(): ReadonlyArray<ProbeMessage<P>> {
    return this.inbox.all
  }

  /** How many messages are still to be read. */
  get unread(): number {
    return this.inbox.unread.length
  }

  /** The payload of the next message, which must have this tag. */
  async next<Tag extends TellTag<P>>(tag: Tag, within = defaultPatience): Promise<PayloadOf<P, Tag>> {
    return this.read(tag, await this.#shift(within), within).payload
  }

  /** The next message, which must be a question of this tag, with what answers it. */
  async nextQuestion<Tag extends AskTag<P>>(tag: Tag, within = defaultPatience): Promise<ProbeQuestion<P, Tag>> {
    return questionOf(this.read(tag, await this.#shift(within), within))
  }

  /** The payload of the next message that has this tag and matches; others before it are passed over. */
  async nextOf<Tag extends TellTag<P>>(
    tag: Tag,
    matches: (payload: PayloadOf<P, Tag>) => boolean = () => true,
    within = defaultPatience
  ): Promise<PayloadOf<P, Tag>> {
    const end = this.#now() + within
    for (const passed: Array<Received> = []; ; ) {
      const message = await this.#shift(Math.max(0, end - this.#now()))
      if (message === undefined) throw this.missing(tag, within, passed)
      if (isOf<P, Tag>(tag, message) && matches(message.payload)) return this.read(tag, message, within).payload
      passed.push(message)
    }
  }

  /** Waits for the actor's end, and gives its reason. */
  async nextEnd(ref: AnyRef, within = defaultPatience): Promise<ExitReason> {
    this.watch(ref)
    const reason = await this.inbox.wait(() => this.inbox.endOf(ref), within)
    if (reason === undefined) throw stillThere(ref, within)
    return reason
  }

  /** Answers the question that was read last. Throws where there is none. */
  reply(reply: ReplyOf<P, AskTag<P>>): void {
    const last = this.#last
    if (last?.isQuestion !== true) throw new Error(`${this.ref.name} has read no question that is still to be answered`)
    this.#last = undefined
    last.answer(reply)
  }

  /** From now on, messages are noted here and handed on to the other, which answers them; `undefined` ends that. */
  forwardTo(ref: ActorRef<P> | undefined): void {
    this.inbox.next = ref
  }

  /** From now on the actor's end is noted, once; a restart is no end. `nextEnd` does this by itself. */
  watch(ref: AnyRef): void {
    this.inbox.watch(ref)
  }

  /** Why an actor that it watches has ended, where it has. */
  endOf(ref: AnyRef): ExitReason | undefined {
    return this.inbox.endOf(ref)
  }

  /** The message as one of this tag. Throws where it is another, or none. */
  protected read<Tag extends TellTag<P>>(tag: Tag, message: Received | undefined, within: number): ReceivedAs<P, Tag> {
    if (message === undefined) throw this.missing(tag, within, [])
    if (!isOf<P, Tag>(tag, message)) {
      throw new Error(`${this.ref.name} expected ${tag}, but received ${showMessage(message)}${this.#before()}`)
    }
    this.#last = message
    return message
  }

  /** Reads so many messages, whatever they are. */
  protected pass(count: number): void {
    this.#last = this.inbox.unread.splice(0, count).at(-1)
  }

  protected missing(what: string, within: number, passed: ReadonlyArray<Received>): Error {
    const end = this.ref.isStopped ? "before it was stopped with its system" : `within ${within} ms`
    const instead = passed.length === 0 ? "nothing came" : `only ${passed.map(showMessage).join(", ")} came`
    return new Error(`${this.ref.name} expected ${what} ${end}, but ${instead}${this.#before()}`)
  }

  #shift(within: number): Promise<Received | undefined> {
    return this.inbox.wait(() => this.inbox.unread.shift(), within)
  }

  /** The last of what it has received so far, for messages. */
  #before(): string {
    const { messages } = this
    if (messages.length === 0) return ""
    const last = messages.slice(-10).map(showMessage)
    return `\nreceived so far${messages.length > last.length ? `, the last ${last.length}` : ""}: ${last.join(", ")}`
  }
}

export const questionOf = <P extends Protocol, Tag extends keyof P>(
  message: ReceivedAs<P, Tag>
): ProbeQuestion<P, Tag> => ({ payload: message.payload, reply: (reply) => message.answer(reply) })

export const stillThere = (ref: AnyRef, within: number): Error =>
  new Error(`${ref.name} has not ended within ${within} ms: it is ${ref.cell.status}`)
