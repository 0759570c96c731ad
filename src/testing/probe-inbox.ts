import { inspect } from "node:util"
import type {
  ActorRef,
  ActorSystem,
  AnyRef,
  Behaviour,
  ExitReason,
  PayloadOf,
  Protocol,
  ReplyOf,
  Terminated
} from "../actor/index.ts"

/** A message as a probe received it. */
export type ProbeMessage<P extends Protocol> = {
  [Tag in keyof P & string]: { readonly tag: Tag; readonly payload: PayloadOf<P, Tag> }
}[keyof P & string]

/** A message of whatever protocol. Compared bivariantly: which types there are, the protocol says. */
export interface Received {
  readonly tag: string
  readonly payload: unknown
  /** Whether it is this probe's to answer. */
  readonly isQuestion: boolean
  answer(reply: unknown): void
}

/** A message of this tag, with what answers it. */
export interface ReceivedAs<P extends Protocol, Tag extends keyof P> extends Received {
  readonly payload: PayloadOf<P, Tag>
  answer(reply: ReplyOf<P, Tag>): void
}

/** What a probe's actor has in hand, whatever its protocol. */
interface ProbeContext {
  replier(): (reply: unknown) => void
  forward(ref: AnyRef, tag: string, payload: unknown): void
  watch(ref: AnyRef): void
}

/** The actor behind a probe: what it received, and of whose end it was told. */
export class ProbeInbox<P extends Protocol> {
  readonly ref: ActorRef<P>
  readonly all: Array<ProbeMessage<P>> = []
  readonly unread: Array<Received> = []
  /** Whom messages are handed on to. */
  next: ActorRef<P> | undefined
  readonly #system: ActorSystem
  readonly #ends = new Map<AnyRef, ExitReason>()
  readonly #waiting = new Set<() => void>()
  #context: ProbeContext | undefined

  constructor(system: ActorSystem, protocol: P, name: string | undefined) {
    this.#system = system
    this.ref = system.spawn(this.#behaviour(protocol), {
      mailbox: { kind: "unbounded" },
      ...(name !== undefined && { name })
    })
    this.ref.cell.onEnd(() => this.#changed())
  }

  watch(ref: AnyRef): void {
    this.#context?.watch(ref)
  }

  /** Why an actor that is watched has ended. */
  endOf(ref: AnyRef): ExitReason | undefined {
    return this.#ends.get(ref)
  }

  /** Looks now and after each change; `undefined` where it came to nothing in so many milliseconds. */
  wait<A>(look: () => A | undefined, within: number): Promise<A | undefined> {
    const found = look()
    if (found !== undefined || this.ref.isStopped) return Promise.resolve(found)
    return new Promise((resolve) => {
      const end = (outcome: A | undefined): void => {
        cancel()
        this.#waiting.delete(again)
        resolve(outcome)
      }
      const again = (): void => {
        const outcome = look()
        if (outcome !== undefined || this.ref.isStopped) end(outcome)
      }
      const cancel = this.#system.timers.after(within, () => end(undefined))
      this.#waiting.add(again)
    })
  }

  #changed(): void {
    for (const again of [...this.#waiting]) again()
  }

  /** Takes messages as they come, without a handler for each. */
  #behaviour(protocol: P): Behaviour<P> {
    const isMessage = (message: unknown): message is ProbeMessage<P> => message !== undefined
    const otherwise = (_: unknown, tag: string, payload: unknown, context: ProbeContext): void => {
      const message: unknown = { tag, payload }
      if (isMessage(message)) this.all.push(message)
      const { next } = this
      const isQuestion = protocol[tag]?.kind === "ask" && next === undefined
      this.unread.push({ tag, payload, isQuestion, answer: context.replier() })
      if (next !== undefined) context.forward(next, tag, payload)
      this.#changed()
    }
    return {
      name: "Probe",
      protocol,
      definition: {
        initial: undefined,
        handlers: Object.create(null),
        otherwise,
        started: (_: unknown, context: ProbeContext) => {
          this.#context = context
        },
        terminated: (_: unknown, { ref, reason }: Terminated) => {
          this.#ends.set(ref, reason)
          this.#changed()
        }
      }
    }
  }
}

/** Whether it is a message of this tag: only such come to a probe under it. */
export const isOf = <P extends Protocol, Tag extends keyof P & string>(
  tag: Tag,
  message: Received
): message is ReceivedAs<P, Tag> => message.tag === tag

/** A value in one line. */
export const show = (value: unknown): string => inspect(value, { depth: 2, breakLength: Number.POSITIVE_INFINITY })

/** A message in one line. */
export const showMessage = ({ tag, payload }: { readonly tag: string; readonly payload: unknown }): string =>
  payload === undefined ? tag : `${tag} ${show(payload)}`
