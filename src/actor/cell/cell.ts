import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import type { Behaviour } from "../behaviour.ts"
import { ActorStopped, type ExitReason, failed, MailboxFull, normal, shutdown } from "../errors.ts"
import type { Desk, Envelope, Postmark } from "../mailbox/envelope.ts"
import { type Mailbox, makeMailbox, type Spill } from "../mailbox/mailbox.ts"
import { capacityOf, defaultMailbox, overflowOf } from "../mailbox/mailbox-options.ts"
import type { Protocol } from "../protocol.ts"
import { Ref } from "../ref.ts"
import type { AnySpawnOptions } from "../spawn-options.ts"
import { Children } from "../supervision/children.ts"
import type { Parent, Supervised } from "../supervision/supervised.ts"
import type { OwnEvent } from "../system/actor-events.ts"
import type { DeadLetterReason } from "../system/dead-letters.ts"
import type { ActorSystem } from "../system/system.ts"
import type { Asking } from "./asking.ts"
import { CellParts } from "./cell-parts.ts"
import { CellWatch } from "./cell-watch.ts"
import { Ending } from "./ending.ts"
import { askingOf, type Handling } from "./handling.ts"
import { Instance } from "./instance.ts"
import { Limit } from "./limit.ts"
import { isSignalTag, noticeTag } from "./signals.ts"

const defaultShutdownTimeout = 5_000

/**
 * down: no instance; not started yet, or between two. starting: an instance makes its first state. failed: the broken
 * instance still stands. leaving: it is taken down, for a start that may follow. stopping: it is taken down because it
 * was asked to go.
 */
type Status = "down" | "starting" | "running" | "failed" | "leaving" | "stopping" | "stopped"

/** One actor through all its incarnations: its name, its mailbox, its life. The engine behind a ref, and the ref. */
export class Cell extends Ref implements Supervised, Spill {
  // What a message needs on its way comes first, side by side: with many actors each line of a cache counts.
  readonly system: ActorSystem
  readonly mailbox: Mailbox
  #isQueued = false
  #isAccepting = true
  /** Whether it may handle a message now. This and `isAccepting` follow from status, ending and instance. */
  #isReady = false
  #instance: Instance | undefined
  readonly behaviour: Behaviour<Protocol>
  readonly path: string
  readonly options: AnySpawnOptions
  readonly #parent: Parent
  #statusNow: Status = "down"
  #endingNow: Ending | undefined
  #incarnation = 0
  #parts: CellParts | undefined
  /** In the registry. Nearly all have one at most: a set for each would be most of what an idle actor holds. */
  #names: string | Set<string> | undefined

  constructor(
    system: ActorSystem,
    behaviour: Behaviour<Protocol>,
    path: string,
    parent: Parent,
    options: AnySpawnOptions
  ) {
    super()
    this.system = system
    this.behaviour = behaviour
    this.path = path
    this.#parent = parent
    this.options = options
    this.mailbox = makeMailbox(options.mailbox ?? defaultMailbox)
  }

  // What is seen of it

  /** How others know it. */
  get ref(): Ref {
    return this
  }

  get cell(): this {
    return this
  }

  get instance(): Instance | undefined {
    return this.#instance
  }

  get isStopped(): boolean {
    return this.#status === "stopped"
  }

  get isAccepting(): boolean {
    return this.#isAccepting
  }

  /** Whether it was asked to stop, for good or in order to start anew. */
  get isEnding(): boolean {
    return this.#ending !== undefined
  }

  /** Why it has ended, or is about to. */
  get exitReason(): ExitReason | undefined {
    return this.#parts?.exitReason ?? this.#ending?.reason
  }

  get status(): Status {
    return this.#status
  }

  get depth(): number {
    return this.mailbox.size
  }

  /** Questions it has begun to handle and owes a reply. */
  get openAsks(): number {
    return this.#instance?.owed ?? 0
  }

  /** The message that an Effect handles at the moment, while the mailbox waits. */
  get handling(): Handling | undefined {
    return this.#instance?.handling
  }

  get stashed(): number {
    return this.#instance?.stashed ?? 0
  }

  /** How many wait for its end. */
  get watchers(): number {
    return this.#parts?.watch?.watchers ?? 0
  }

  get restarts(): number {
    return Math.max(0, this.#incarnation - 1)
  }

  get children(): Children {
    const parts = this.#needed()
    parts.children ??= new Children(this.system, this.path, (cause) => this.#instance?.escalated(cause))
    // Nobody would stop those whom an actor spawns after its end.
    if (this.isStopped) parts.children.stopAll(() => {})
    return parts.children
  }

  get offspring(): Children | undefined {
    return this.#parts?.children
  }

  get watch(): CellWatch {
    const parts = this.#needed()
    parts.watch ??= new CellWatch(this)
    return parts.watch
  }

  // Mail

  /** Takes the message, or says that it has no room or takes no more. */
  offer(tag: string, payload: unknown, postmark: Postmark): boolean {
    if (!this.#isAccepting || !this.mailbox.offer(tag, payload, postmark, this)) return false
    if (!this.#isQueued && this.#isReady) this.#queue()
    return true
  }

  /** Takes a message, or waits for room with it; where it takes no more mail, the asker is told, or it is a dead letter. */
  receive(tag: string, payload: unknown, postmark: Postmark): void {
    const asking = askingOf(postmark)
    const taken = this.offer(tag, payload, postmark)
    // After the actor was given its turn: most questions are answered in it, and need no timer.
    if (asking !== undefined) this.system.arming.add(asking)
    if (taken) return
    const envelope: Envelope = { tag, payload, postmark }
    if (!this.isAccepting) return this.bury(envelope, "refused")
    if (!this.mustWait) {
      // One that is dropped has been buried already.
      if (asking !== undefined) asking.fail(this.full(tag, payload))
      else if (overflowOf(this.mailbox.options) === "reject") this.bury(envelope, "dropped")
      return
    }
    const admitted = (): void => this.wake()
    const withdraw = this.mailbox.wait(envelope, admitted, () => this.bury(envelope, "refused"))
    asking?.waits(withdraw)
  }

  /** Mail from the kernel itself: it needs no room. */
  force(tag: string, payload: unknown): boolean {
    if (!this.isAccepting) return false
    this.mailbox.force(tag, payload, this.system.stamp())
    this.wake()
    return true
  }

  notify(target: Cell, reason: ExitReason, token: number): void {
    const notice = { ref: target.ref, reason, token }
    if (!this.mailbox.isAwaited || !this.isAccepting) {
      this.force(noticeTag, notice)
      return
    }
    // What the other had sent may be among the mail that waits for room: the notice waits behind it (B2).
    const envelope = { tag: noticeTag, payload: notice, postmark: this.system.stamp() }
    const admitted = (): void => this.wake()
    this.mailbox.wait(envelope, admitted, () => {})
  }

  dropped(tag: string, payload: unknown, postmark: Postmark): void {
    const asking = askingOf(postmark)
    if (asking === undefined) this.bury({ tag, payload, postmark }, "dropped")
    else asking.fail(this.full(tag, payload))
  }

  /** Whether a sender waits where there is no room, rather than being turned away. */
  get mustWait(): boolean {
    return overflowOf(this.mailbox.options) === "backpressure"
  }

  full(tag: string, payload: unknown): MailboxFull {
    return new MailboxFull({ actor: this.path, capacity: capacityOf(this.mailbox.options), tag, payload })
  }

  /** A message that is not handled, and why: its asker is told, or it is a dead letter. */
  bury({ tag, payload, postmark }: Envelope, reason: DeadLetterReason): void {
    const asking = askingOf(postmark)
    const actor = this.path
    if (asking !== undefined) {
      asking.fail(new ActorStopped({ actor, reason: this.exitReason ?? shutdown, tag, payload }))
      return
    }
    const history = typeof postmark === "number" ? [] : postmark.history
    this.system.deadLetters.add({ actor, tag, payload, reason, at: this.system.now(), history })
  }

  /** Whoever asked waits no longer. */
  gaveUp(asking: Asking): void {
    this.#instance?.gaveUp(asking)
  }

  // Turns

  /** Handles up to so many messages; `true` where more are left. */
  turn(messages: number): boolean {
    const { mailbox } = this
    const instance = this.#instance
    if (instance !== undefined) {
      for (let count = 0; count < messages && this.#isReady && mailbox.take(instance); count += 1) {
        instance.handle()
        // A failure may have put another in its place.
        if (this.#instance !== instance) break
      }
      instance.rest()
    }
    const ending = this.#ending
    if (ending !== undefined && this.#canStop) {
      this.#isQueued = false
      this.#beginStop(ending)
      return false
    }
    this.#isQueued = this.#isReady && mailbox.size > 0
    return this.#isQueued
  }

  wake(): void {
    if (this.#isQueued) return
    const hasMail = this.#isReady && this.mailbox.size > 0
    if (hasMail || (this.#ending !== undefined && this.#canStop)) this.#queue()
  }

  /** An Effect that keeps it from its mail has begun, or ended. */
  busyChanged(): void {
    this.#update()
  }

  #queue(): void {
    this.#isQueued = true
    this.system.dispatcher.ready(this)
  }

  /** Whether it stops in its next turn. */
  get #canStop(): boolean {
    return this.#status === "running" && this.#instance?.isBusy === false
  }

  #update(): void {
    const ending = this.#endingNow
    this.#isAccepting = (ending === undefined || ending.halting) && this.#statusNow !== "stopped"
    this.#isReady = ending === undefined && this.#canStop
  }

  get #status(): Status {
    return this.#statusNow
  }

  set #status(status: Status) {
    this.#statusNow = status
    this.#update()
  }

  get #ending(): Ending | undefined {
    return this.#endingNow
  }

  set #ending(ending: Ending | undefined) {
    this.#endingNow = ending
    this.#update()
  }

  // What its supervisor asks of it

  start(): void {
    // It was told to stop meanwhile, by another: its parent hears of that, and decides anew.
    if (this.#ending !== undefined) return
    if (this.#parts !== undefined) this.#parts.exitReason = undefined
    if (this.#status === "leaving") {
      this.#needed().isStartWanted = true
      return
    }
    const broken = this.#status === "failed"
    this.#status = "starting"
    if (broken) return this.#takeDown(() => this.#begin())
    // Its parent may call from within the start that failed before: a series of them must not pile up on one stack.
    if (this.#incarnation === 0) this.#begin()
    else this.system.dispatcher.defer(() => this.#begin())
  }

  halt(): void {
    this.#requestStop(shutdown, true)
  }

  stop(reason: ExitReason): void {
    this.#requestStop(reason, false)
  }

  /** Goes on with the state it has: of what failed, the message alone is gone. */
  resume(): void {
    if (this.#status !== "failed") return
    this.#failure = undefined
    this.#status = "running"
    this.wake()
  }

  /** Asked to stop by itself, or by anybody who is not its supervisor: where that keeps it, it is started anew. */
  leave(reason: ExitReason = normal): void {
    this.#requestStop(reason, this.#parent.keeps(this, reason))
  }

  /** Told once when the actor has ended, or was stopped in order to be started anew. */
  onEnd(listener: (reason: ExitReason) => void): void {
    this.#needed().onEnd(listener)
  }

  /** It is in the registry under this name, until it has ended. */
  registered(name: string): void {
    if (this.#names === undefined) this.#names = name
    else this.#names = (typeof this.#names === "string" ? new Set([this.#names]) : this.#names).add(name)
  }

  /** It is no longer in the registry under this name. */
  unregistered(name: string): void {
    if (this.#names === name) this.#names = undefined
    else if (typeof this.#names === "object") this.#names.delete(name)
  }

  // Life

  #begin(): void {
    if (this.#ending !== undefined) return this.#left(this.#ending)
    this.#incarnation += 1
    this.#failure = undefined
    this.#status = "starting"
    this.#parts?.children?.open()
    const instance = new Instance(this)
    this.#instance = instance
    let isAtOnce = true
    instance.begin((exit) => {
      // One that stops itself as it starts has started; one that was stopped while its start took time has not.
      if (this.#ending !== undefined && !isAtOnce) return this.#stopNow(this.#ending)
      if (Exit.isFailure(exit)) return this.#startFailed(Cause.squash(exit.cause))
      this.#status = "running"
      const { system, behaviour, restarts } = this
      if (system.events.isHeard) {
        this.#publish({ event: "actor.started", behaviour: behaviour.name, restarts })
      }
      this.#parent.started(this)
      this.wake()
    })
    isAtOnce = false
  }

  #startFailed(cause: unknown): void {
    this.#failure = { cause }
    this.#status = "leaving"
    this.#close(() => {
      this.#status = "down"
      if (this.#ending !== undefined) this.#left(this.#ending)
      else this.#parent.startFailed(this, cause)
    })
  }

  /** Its instance is broken. */
  failed(cause: unknown): void {
    if (this.#status !== "running") return
    this.#failure = { cause }
    this.#status = "failed"
    if (this.system.events.isHeard) this.#publish({ event: "actor.failed", cause })
    if (this.#ending !== undefined) return this.#stopNow(this.#ending)
    this.#parent.failed(this, cause)
    // Still undecided: a backoff runs, or others are stopped first. What belongs to the instance must not live on.
    if (this.#status === "failed" && !this.isEnding) this.system.dispatcher.defer(() => this.#vacate())
  }

  #vacate(): void {
    if (this.#status !== "failed" || this.isEnding) return
    this.#takeDown(() => {
      this.#status = "down"
      if (this.#ending !== undefined) return this.#left(this.#ending)
      const parts = this.#parts
      if (!parts?.isStartWanted) return
      parts.isStartWanted = false
      this.#begin()
    })
  }

  /** Takes the broken instance down, so that a new one can take its place. */
  #takeDown(done: () => void): void {
    this.#status = "leaving"
    const instance = this.#instance
    if (instance === undefined) return this.#close(done)
    // A hook that comes to no end must not keep the actor down for ever.
    const limit = new Limit(this.#shutdownTimeout, this.system.timers, () => instance.interrupt())
    this.system.arming.add(limit)
    instance.beforeRestart(this.#failure?.cause, () => {
      limit.done()
      this.#close(done)
    })
  }

  #requestStop(reason: ExitReason, halting: boolean): void {
    if (this.#status === "stopped") return
    if (this.#ending !== undefined) {
      // It is on its way out already; an end for good outweighs one that a start would follow.
      if (this.#ending.halting && !halting) this.#closeFor(this.#ending, reason)
      return
    }
    const ending = new Ending(reason, halting)
    ending.limit = new Limit(this.#shutdownTimeout, this.system.timers, () => this.#overran(ending))
    this.#ending = ending
    if (!halting) this.#closeFor(ending, reason)
    this.system.arming.add(ending.limit)
    switch (this.#status) {
      case "running":
        return this.wake()
      case "starting":
        return this.#instance?.interrupt()
      case "failed":
      case "down":
        this.#status = "stopping"
        return this.system.dispatcher.defer(() => this.#stopNow(ending))
    }
  }

  get #shutdownTimeout(): number {
    return this.options.shutdownTimeout ?? defaultShutdownTimeout
  }

  #overran(ending: Ending): void {
    ending.overran = true
    if (this.system.events.isHeard) this.#publish({ event: "actor.overran", timeout: this.#shutdownTimeout })
    this.#instance?.interrupt()
  }

  /** No more mail from here on, not even from those who wait for room. */
  #closeFor(ending: Ending, reason: ExitReason): void {
    ending.forGood(reason, this.#failure)
    this.#update()
    this.mailbox.refuseWaiting()
  }

  /** The Effect that handled a message was interrupted, because the actor is to stop. */
  interrupted(): void {
    const instance = this.#instance
    if (this.#ending === undefined || instance === undefined) return
    instance.abandon(this.#ending.reason)
    this.#beginStop(this.#ending)
  }

  #beginStop(ending: Ending): void {
    const instance = this.#instance
    if (instance === undefined) return this.#stopNow(ending)
    this.#status = "stopping"
    instance.stop(ending.reason, (exit) => {
      if (Exit.isFailure(exit) && !Cause.hasInterruptsOnly(exit.cause)) {
        this.#failure = { cause: Cause.squash(exit.cause) }
      }
      this.#stopNow(ending)
    })
    // Its time had passed before it came to this.
    if (ending.overran) instance.interrupt()
  }

  #stopNow(ending: Ending): void {
    this.#status = "stopping"
    this.#close(() => this.#left(ending))
  }

  /** Ends the instance and its children: nothing of it is left when `done` is called. */
  #close(done: () => void): void {
    const instance = this.#instance
    if (instance === undefined) return done()
    const failure = this.#failure
    const reason = this.#ending?.reason ?? (failure === undefined ? shutdown : failed(failure.cause))
    const stopChildren = (stopped: () => void): void => {
      const children = this.#parts?.children
      if (children === undefined) stopped()
      else children.stopAll(stopped)
    }
    instance.close(reason, stopChildren, () => {
      this.#instance = undefined
      done()
    })
  }

  /** The instance is gone, because it was asked to go. */
  #left(ending: Ending): void {
    ending.limit?.done()
    if (this.#parts !== undefined) this.#parts.isStartWanted = false
    if (!ending.halting) return this.#end(ending)
    this.#ending = undefined
    this.#status = "down"
    this.#parts?.tellEnd(ending.reason)
    this.#parent.suspended(this, ending.overran)
  }

  #end({ reason: asked, overran }: Ending): void {
    const failure = this.#failure
    const reason = asked._tag !== "Failed" && failure !== undefined ? failed(failure.cause) : asked
    this.#needed().exitReason = reason
    this.#ending = undefined
    this.#failure = undefined
    this.#status = "stopped"
    const desk: Desk = { tag: undefined, payload: undefined, postmark: 0 }
    while (this.mailbox.take(desk)) {
      const { tag, payload, postmark } = desk
      if (tag !== undefined && !isSignalTag(tag)) this.bury({ tag, payload, postmark }, "stopped")
    }
    if (this.system.events.isHeard) this.#publish({ event: "actor.stopped", reason })
    this.#parts?.watch?.end(reason)
    if (this.#names !== undefined) {
      this.system.registry.release(typeof this.#names === "string" ? [this.#names] : this.#names, this.ref)
      this.#names = undefined
    }
    this.#parent.stopped(this, reason, overran)
    this.#parts?.tellEnd(reason)
  }

  #publish(event: OwnEvent): void {
    this.system.events.publish({ ...event, actor: this.path, at: this.system.now() })
  }

  get #failure(): { readonly cause: unknown } | undefined {
    return this.#parts?.failure
  }

  set #failure(failure: { readonly cause: unknown } | undefined) {
    if (failure !== undefined) this.#needed().failure = failure
    else if (this.#parts !== undefined) this.#parts.failure = undefined
  }

  #needed(): CellParts {
    this.#parts ??= new CellParts()
    return this.#parts
  }
}
