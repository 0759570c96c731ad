import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ActorContext, HandlerContext } from "./context.ts"
import type { ExitReason } from "./errors.ts"
import type { PayloadOf, Protocol, ReplyOf } from "./protocol.ts"
import type { AnyRef } from "./ref.ts"

/** What a hook or handler gives back: the value, or an Effect of it that runs in the actor's scope. */
export type Outcome<A> = A | Effect.Effect<A, unknown, Scope.Scope>

/** A watched actor has ended. */
export interface Terminated {
  readonly ref: AnyRef
  readonly reason: ExitReason
}

/** A handler for each message: it takes the state and a payload and gives the next state. */
export type Handlers<P extends Protocol, State> = {
  readonly [Tag in keyof P & string]: (
    state: State,
    payload: PayloadOf<P, Tag>,
    context: HandlerContext<P, ReplyOf<P, Tag>, State>
  ) => Outcome<State>
}

/**
 * What an actor does. A handler takes the state and a payload and gives the next state: at once (the fast path), or
 * as an Effect, while which the mailbox waits. A handler that throws or fails hands the actor to its supervisor.
 */
export interface Definition<P extends Protocol, State> {
  readonly protocol: P
  /** The first state, or how to make it, at every start and restart. Failing is a failed start. */
  readonly initial: State | ((context: ActorContext<P>) => Outcome<State>)
  readonly handlers: Handlers<P, State>
  /** After each start, before the first message. */
  readonly started?: (state: State, context: ActorContext<P>) => Outcome<void>
  /** On the way to its end; awaited within the shutdown timeout. */
  readonly stopping?: (state: State, context: ActorContext<P>, reason: ExitReason) => Outcome<void>
  /** On the old instance, before it is replaced after a failure. */
  readonly beforeRestart?: (state: State, context: ActorContext<P>, cause: unknown) => Outcome<void>
  /** On the new instance, after a restart. */
  readonly afterRestart?: (state: State, context: ActorContext<P>) => Outcome<void>
  /** A watched actor has ended. Where absent, notices are passed over. */
  readonly terminated?: (state: State, notice: Terminated, context: ActorContext<P>) => Outcome<State>
}

/** An actor's behaviour, to be spawned. */
export interface Behaviour<P extends Protocol> {
  readonly name: string
  readonly protocol: P
  readonly definition: UntypedDefinition
}

// The kernel keeps states and payloads of all types side by side. These method types are compared bivariantly, so a
// typed definition is one of these without a cast; the types of `Definition` and `ActorRef` are what callers see.
interface Untyped {
  initial(context: unknown): unknown
  handler(state: unknown, payload: unknown, context: unknown): unknown
  started(state: unknown, context: unknown): unknown
  stopping(state: unknown, context: unknown, reason: ExitReason): unknown
  otherwise(state: unknown, tag: string, payload: unknown, context: unknown): unknown
  restarting(state: unknown, context: unknown, cause: unknown): unknown
  terminated(state: unknown, notice: Terminated, context: unknown): unknown
}

/** Of messages that have none, the handler is `undefined`. */
export type UntypedHandlers = Readonly<Record<string, Untyped["handler"] | undefined>>

export interface UntypedDefinition {
  readonly initial: unknown
  readonly handlers: UntypedHandlers
  /** For messages that have no handler, whatever their protocol: of actors that only hand messages on. */
  readonly otherwise?: Untyped["otherwise"]
  readonly started?: Untyped["started"]
  readonly stopping?: Untyped["stopping"]
  readonly beforeRestart?: Untyped["restarting"]
  readonly afterRestart?: Untyped["started"]
  readonly terminated?: Untyped["terminated"]
}

const isInitialiser = (initial: unknown): initial is Untyped["initial"] => typeof initial === "function"

/** The first state of an instance, or an Effect of it. */
export const initialState = (definition: UntypedDefinition, context: () => unknown): unknown =>
  isInitialiser(definition.initial) ? definition.initial(context()) : definition.initial

/** How often a message is handled again after its handling failed, as its protocol says. */
export const retriesOf = ({ protocol }: Behaviour<Protocol>, tag: string): number => protocol[tag]?.retries ?? 0

/** A behaviour by its name. The name shows in refs, errors and logs. */
export const make = <const P extends Protocol, State>(
  name: string,
  definition: Definition<P, State>
): Behaviour<P> => ({ name, protocol: definition.protocol, definition: withOwnHandlers(definition) })

/** A behaviour that takes the messages of a protocol as they come, without a handler for each. */
export const makeRelay = <P extends Protocol>(
  name: string,
  protocol: P,
  definition: Omit<UntypedDefinition, "handlers">
): Behaviour<P> => ({ name, protocol, definition: withOwnHandlers({ ...definition, handlers: {} }) })

const withOwnHandlers = (definition: UntypedDefinition): UntypedDefinition => ({
  ...definition,
  handlers: ownHandlers(definition.handlers)
})

/**
 * Handlers without a prototype, so that no message is sent to `Object`'s methods. Its prototype is taken from an
 * ordinary object: one that is made without has no shape that a lookup could be remembered for.
 */
export const ownHandlers = (handlers: UntypedHandlers): UntypedHandlers => {
  const own = { ...handlers }
  Object.setPrototypeOf(own, null)
  return own
}
