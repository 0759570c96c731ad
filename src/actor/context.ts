import type * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type { Behaviour, Handlers } from "./behaviour.ts"
import type { PayloadArgs, PayloadOf, Protocol, TellTag } from "./protocol.ts"
import type { ActorRef, AnyRef } from "./ref.ts"
import type { SpawnOptions } from "./spawn-options.ts"
import type { ActorSystem } from "./system/system.ts"

/** Timers of one actor, by key. They die with the incarnation that set them. */
export interface Timers<P extends Protocol> {
  /** Sends the message to the actor itself after so many milliseconds. Setting a key again replaces it. */
  after<Tag extends TellTag<P>>(key: string, ms: number, tag: Tag, ...payload: PayloadArgs<PayloadOf<P, Tag>>): void
  /**
   * The same, again and again: every millisecond at most, also where `ms` is less. A tick that finds the one before
   * still unhandled is left out.
   */
  every<Tag extends TellTag<P>>(key: string, ms: number, tag: Tag, ...payload: PayloadArgs<PayloadOf<P, Tag>>): void
  /** No further tick of this key is handled, not even one that is in the mailbox already. */
  cancel(key: string): void
  /** Sends the message whenever the actor handled none for so long, 1 ms at least. Setting it again replaces it (T3). */
  idle<Tag extends TellTag<P>>(ms: number, tag: Tag, ...payload: PayloadArgs<PayloadOf<P, Tag>>): void
  cancelIdle(): void
}

/** A message to the actor itself: `["Add", { n: 1 }]`. */
export type OwnMessage<P extends Protocol> = {
  [Tag in TellTag<P>]: readonly [tag: Tag, ...payload: PayloadArgs<PayloadOf<P, Tag>>]
}[TellTag<P>]

/** What a handler has in hand. It is valid while the actor lives; `reply` speaks to the message being handled. */
export interface ActorContext<P extends Protocol, Reply = never> {
  readonly self: ActorRef<P>
  readonly name: string
  readonly system: ActorSystem
  readonly timers: Timers<P>
  /** Answers the question being handled. A second answer, or one to a message that asked nothing, is a dead letter. */
  reply(reply: Reply): void
  /** What answers the question being handled later on. */
  replier(): (reply: Reply) => void
  /** Hands the question being handled on: the other actor answers it. A message that was told is told to the other. */
  forward<Q extends Protocol, Tag extends TellTag<Q>>(
    ref: ActorRef<Q>,
    tag: Tag,
    ...payload: PayloadArgs<PayloadOf<Q, Tag>>
  ): void
  /**
   * Puts the message being handled aside, until `unstashAll`. Throws `StashFull`, and `NothingToStash` where no message
   * is in hand: in hooks and in `terminated`, or after it was stashed or forwarded (H1).
   */
  stash(): void
  /** What was put aside is handled next, before all other mail, in the order in which it came. */
  unstashAll(): void
  /** Milliseconds that are left for the message being handled; infinite where there is no limit (M7). */
  remaining(): number
  /** Milliseconds on the system's monotonic clock. */
  now(): number
  /** 0 ≤ x < 1, from Effect's `Random`. */
  random(): number
  /** Tells `terminated` once, when the actor has ended; at once where it has already. A restart is no end. */
  watch(ref: AnyRef): void
  /** As `watch`; but where the definition has no `terminated`, the end of the other fails this actor (W6). */
  link(ref: AnyRef): void
  /** From now on nothing arrives of it, not even a notice that is in the mailbox already. */
  unwatch(ref: AnyRef): void
  /** A child, which stops with this actor. */
  spawn<Q extends Protocol>(behaviour: Behaviour<Q>, options?: SpawnOptions<NoInfer<Q>>): ActorRef<Q>
  /** Stops this actor after the message being handled. */
  stop(): void
  /**
   * Runs the effect in the actor's scope, beside its mailbox; stopping or restarting the actor interrupts it. Its failure
   * is not the actor's: it is a warning in Effect's log, with the actor's name.
   */
  fork(effect: Effect.Effect<unknown, unknown>): void
  /** As `fork`, and what comes of it, also a failure, is sent to the actor itself, once its mailbox has room. */
  pipeToSelf<A, E>(effect: Effect.Effect<A, E>, message: (exit: Exit.Exit<A, E>) => OwnMessage<P>): void
}

/** What a handler has in hand that knows the state's type: it may have other handlers take its place. */
export interface HandlerContext<P extends Protocol, Reply, State> extends ActorContext<P, Reply> {
  /**
   * From the next message on these handlers are in force and no others, until `unbecome` or a restart. Messages without
   * one, ticks of timers too, are dead letters then, `unhandled`.
   */
  become(handlers: Partial<Handlers<P, State>>): void
  /** Back to the handlers of the definition. */
  unbecome(): void
}
