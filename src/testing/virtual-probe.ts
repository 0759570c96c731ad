import type { ActorSystem, AnyRef, AskTag, ExitReason, PayloadOf, Protocol, TellTag } from "../actor/index.ts"
import type { VirtualTime } from "../virtual-time/index.ts"
import { defaultPatience, Probe, type ProbeOptions, type ProbeQuestion, questionOf, stillThere } from "./probe.ts"
import { isOf, type ProbeMessage, type Received, showMessage } from "./probe-inbox.ts"

/** How long nothing is to come where nothing is said: milliseconds. */
const defaultSilence = 100

/**
 * A probe under virtual time: its expectations let time pass as they need it, and need no promises.
 *
 * ```ts
 * const test = new ActorTest()
 * const probe = test.probe({ Pong: Actor.message<{ n: number }>() })
 * test.spawn(Game).tell("Ping", { n: 1, from: probe.ref })
 * expect(probe.expect("Pong")).toEqual({ n: 1 })
 * ```
 *
 * What waits takes how long at most, in virtual milliseconds; 3,000 where nothing is said.
 */
export class VirtualProbe<P extends Protocol> extends Probe<P> {
  readonly #virtual: VirtualTime

  constructor(system: ActorSystem, virtual: VirtualTime, protocol: P, options?: ProbeOptions) {
    super(system, protocol, options)
    this.#virtual = virtual
  }

  /** The payload of the next message, which must have this tag. */
  expect<Tag extends TellTag<P>>(tag: Tag, within = defaultPatience): PayloadOf<P, Tag> {
    return this.read(tag, this.#shift(within), within).payload
  }

  /** The next message, which must be a question of this tag, with what answers it. */
  expectQuestion<Tag extends AskTag<P>>(tag: Tag, within = defaultPatience): ProbeQuestion<P, Tag> {
    return questionOf(this.read(tag, this.#shift(within), within))
  }

  /** Nothing comes for so many milliseconds, 100 where nothing is said, and nothing has that was not read. */
  expectNothing(ms = defaultSilence): void {
    const message = this.#shift(ms)
    if (message !== undefined)
      throw new Error(`${this.ref.name} expected nothing, but received ${showMessage(message)}`)
  }

  /** Waits for the actor's end, and gives its reason. A restart is no end. */
  expectEnd(ref: AnyRef, within = defaultPatience): ExitReason {
    this.watch(ref)
    this.#virtual.runUntil(() => this.endOf(ref) !== undefined, within)
    const reason = this.endOf(ref)
    if (reason === undefined) throw stillThere(ref, within)
    return reason
  }

  /** The payload of the next message that has this tag and matches; others before it are passed over. */
  fish<Tag extends TellTag<P>>(
    tag: Tag,
    matches: (payload: PayloadOf<P, Tag>) => boolean = () => true,
    within = defaultPatience
  ): PayloadOf<P, Tag> {
    const end = this.#virtual.now + within
    for (const passed: Array<Received> = []; ; ) {
      const message = this.#shift(Math.max(0, end - this.#virtual.now))
      if (message === undefined) throw this.missing(tag, within, passed)
      if (isOf<P, Tag>(tag, message) && matches(message.payload)) return this.read(tag, message, within).payload
      passed.push(message)
    }
  }

  /** Reads messages until one of them ends it; gives them all, that one included. */
  receiveUntil(ends: (message: ProbeMessage<P>) => boolean, within = defaultPatience): ReadonlyArray<ProbeMessage<P>> {
    const first = this.messages.length - this.unread
    const at = (): number => this.messages.findIndex((message, index) => index >= first && ends(message))
    this.#virtual.runUntil(() => at() >= 0, within)
    if (at() < 0) throw this.missing("a certain message", within, [...this.inbox.unread])
    const read = this.messages.slice(first, at() + 1)
    this.pass(read.length)
    return read
  }

  #shift(within: number): Received | undefined {
    this.#virtual.runUntil(() => this.unread > 0, within)
    return this.inbox.unread.shift()
  }
}
