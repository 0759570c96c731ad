import { Worker } from "node:worker_threads"
import * as Effect from "effect/Effect"
import { retriesOf } from "../behaviour.ts"
import type { Cell } from "../cell/cell.ts"
import { askingOf, deadlineOf } from "../cell/handling.ts"
import { ActorStopped, type ExitReason, failed, shutdown } from "../errors.ts"
import { copyOf, type Envelope, type Postmark } from "../mailbox/envelope.ts"
import type { Protocol } from "../protocol.ts"
import { Border, differenceOf } from "./border.ts"
import { fromErrorData, toExitData } from "./error-data.ts"
import { ThreadBootTimeout, type ThreadEnd, ThreadLost, ThreadModuleInvalid } from "./errors.ts"
import { type Flight, Flights } from "./flights.ts"
import { Outbox } from "./outbox.ts"
import { Questions, refuse } from "./questions.ts"
import type { Boot, FromThread, Left, MessageData, OwnMessage, Parcel, ToThread } from "./wire.ts"
import { conditionsIn, hostFile, type ResourceLimits } from "./worker-options.ts"

const defaultStash = 1_024
const defaultShutdownTimeout = 5_000

/** The message that comes after a failure, where the actor is to go on with the state it has. */
export const resumedTag = "~resumed"

export interface ThreadSpec {
  readonly module: string
  readonly export: string
  readonly args: unknown
  /** With it, payloads and replies are encoded by its schemas. */
  readonly protocol: Protocol | undefined
  /** Told which messages there are, where no protocol was given. */
  readonly onMessages: (messages: ReadonlyArray<readonly [tag: string, message: MessageData]>) => void
  readonly resourceLimits: ResourceLimits | undefined
  readonly bootTimeout: number
  readonly window: number
  readonly execArgv: ReadonlyArray<string> | undefined
}

/**
 * booting: the module loads, the actor starts. up: it takes mail. failed: the actor failed and waits in its thread for
 * what its supervisor decides. lost: the thread has ended by itself. stopping: the actor is on its way to its end.
 * gone: it has ended. closing: so does its thread.
 */
type Phase = "booting" | "up" | "failed" | "lost" | "stopping" | "gone" | "closing"

/** A message that waits until there is room on the line. */
interface Waiting {
  readonly envelope: Envelope
  /** Without a cause: it goes on. */
  readonly resume: (outcome: Effect.Effect<ThreadLine, unknown>) => void
}

/**
 * The thread of one incarnation of an actor, seen from its relay in the main thread: hands messages over in order, up
 * to `window` of them at a time, and brings back replies, failures and what was not handled.
 */
export class ThreadLine {
  readonly #spec: ThreadSpec
  readonly #cell: Cell
  readonly #worker: Worker
  readonly #outbox: Outbox<ToThread>
  readonly #border: Border
  readonly #flights: Flights
  readonly #questions: Questions
  #phase: Phase = "booting"
  /** Whoever waits for the start, or for the actor's end. */
  #onStep: ((outcome: Effect.Effect<void, unknown>) => void) | undefined
  #waiting: Waiting | undefined
  #cancelBootTimer: (() => void) | undefined
  #uncaught: { readonly cause: unknown } | undefined
  /** As the thread described it, with all its fields; the thread may have caught it in the end. */
  #lastUncaught: { readonly cause: unknown } | undefined
  #onExit: (() => void) | undefined
  #hasExited = false
  #isRestart = false
  #isHurried = false

  constructor(spec: ThreadSpec, cell: Cell) {
    this.#spec = spec
    this.#cell = cell
    this.#flights = new Flights(spec.window, cell.options.stash ?? defaultStash)
    this.#border = new Border(cell.path, spec.protocol)
    this.#questions = new Questions(cell, (ask) => this.#outbox.push({ kind: "abandon", ask }))
    const boot: Boot = {
      module: spec.module,
      export: spec.export,
      args: spec.args,
      actor: cell.path,
      stash: cell.options.stash,
      isRestart: cell.restarts > 0,
      isEncoded: spec.protocol !== undefined,
      slots: this.#flights.memory
    }
    this.#worker = new Worker(hostFile, {
      name: cell.path,
      workerData: boot,
      ...(spec.resourceLimits !== undefined && { resourceLimits: spec.resourceLimits }),
      execArgv: [...(spec.execArgv ?? conditionsIn(process.execArgv))]
    })
    this.#outbox = new Outbox((batch) => {
      if (!this.#hasExited) this.#worker.postMessage(batch)
    })
    this.#worker.on("message", (batch: ReadonlyArray<FromThread>) => this.#receive(batch))
    this.#worker.on("messageerror", (cause) => this.#crash(cause))
    this.#worker.once("error", (cause) => {
      this.#uncaught = { cause }
    })
    this.#worker.once("exit", (code) => this.#exited(code))
  }

  get hasRoom(): boolean {
    return this.#flights.hasRoom
  }

  /** Whether the thread has ended, and what the actor knew with it. */
  get isLost(): boolean {
    return this.#phase === "lost"
  }

  /** The actor's start in its thread. */
  get started(): Effect.Effect<void, unknown> {
    return Effect.callback((resume) => {
      this.#onStep = resume
      const { module, bootTimeout } = this.#spec
      this.#cancelBootTimer = this.#cell.system.timers.after(bootTimeout, () => {
        this.#step(Effect.fail(new ThreadBootTimeout({ module, timeout: bootTimeout })))
      })
      return Effect.sync(() => this.#cancelBootTimer?.())
    })
  }

  // Mail

  /** Hands a message over. What cannot cross is a dead letter, and its asker is told. */
  send(envelope: Envelope): void {
    const { tag, postmark } = envelope
    const asking = askingOf(postmark)
    let payload: unknown
    try {
      payload = this.#border.encode("payload", tag, envelope.payload)
    } catch (error) {
      if (asking === undefined) this.#cell.bury(envelope, "not-cloneable")
      else refuse(asking, error)
      return
    }
    const ask = asking && this.#questions.open(tag, asking)
    const slot = this.#flights.add({ envelope, ask })
    this.#outbox.push({ kind: "mail", slot, tag, payload, ...this.#termsOf(postmark, ask) })
  }

  /** Hands it over as soon as there is room. Where its asker gives up before that, it is as if it had not come. */
  sendWhenReady(envelope: Envelope): Effect.Effect<ThreadLine, unknown> {
    return Effect.callback((resume) => {
      this.#waiting = { envelope, resume }
      return Effect.sync(() => {
        this.#waiting = undefined
        if (askingOf(envelope.postmark)?.isSettled !== true) this.#cell.mailbox.putBack([envelope])
      })
    })
  }

  /** After a failure that its supervisor passes over: the actor goes on with the state it has. */
  resume(): void {
    if (this.#phase !== "failed") return
    this.#phase = "up"
    this.#outbox.push({ kind: "resume" })
  }

  #termsOf(postmark: Postmark, ask: number | undefined): Pick<Parcel, "ask" | "within" | "trace"> {
    if (typeof postmark === "number") return {}
    const { trace } = postmark
    const deadline = deadlineOf(postmark)
    return {
      ...(ask !== undefined && { ask }),
      ...(deadline !== Number.POSITIVE_INFINITY && { within: deadline - this.#cell.system.now() }),
      ...(trace !== undefined && {
        trace: { spanId: trace.spanId, traceId: trace.traceId, sampled: trace.sampled }
      })
    }
  }

  // Ends

  /** Asks the actor to end; succeeds once it has. Fails where that went wrong. */
  stop(reason: ExitReason): Effect.Effect<void, unknown> {
    if (this.#phase !== "up") return Effect.void
    return Effect.callback((resume) => {
      this.#phase = "stopping"
      this.#onStep = resume
      this.#outbox.push({ kind: "stop", reason: toExitData(reason) })
      return Effect.sync(() => {
        this.#isHurried = true
      })
    })
  }

  /** The failed actor is to be replaced, and may be told so. */
  willRestart(): void {
    this.#isRestart = true
  }

  /** Ends the thread: asked for first, then enforced. Succeeds once it has ended. */
  get close(): Effect.Effect<void> {
    return Effect.callback((resume) => {
      const isForced = this.#phase === "booting" || this.#isHurried
      if (this.#phase !== "lost") this.#phase = "closing"
      if (this.#hasExited) return resume(this.#closed)
      const { system, options } = this.#cell
      const terminate = (): void => {
        void this.#worker.terminate()
      }
      let cancelTimer = (): void => {}
      this.#onExit = () => {
        cancelTimer()
        resume(this.#closed)
      }
      if (isForced) return terminate()
      this.#outbox.push({ kind: "close", isRestart: this.#isRestart })
      this.#outbox.flush()
      cancelTimer = system.timers.after(options.shutdownTimeout ?? defaultShutdownTimeout, terminate)
    })
  }

  readonly #closed = Effect.sync(() => {
    const { handling, waiting } = this.#flights.takeBack()
    // It took longer than it was given, and was ended in the middle of it.
    if (handling !== undefined) this.#abandon(handling, this.#cell.exitReason ?? shutdown)
    this.#cell.mailbox.putBack([...this.#back(this.#flights.takeStash()), ...this.#back(waiting)])
    this.#questions.failAll(this.#cell.exitReason ?? shutdown)
  })

  // What comes from the thread

  #receive(batch: ReadonlyArray<FromThread>): void {
    for (const message of batch) this.#on(message)
    this.#flights.collect()
    const waiting = this.#waiting
    if (waiting === undefined || this.#phase !== "up" || !this.#flights.hasMuchRoom) return
    this.#waiting = undefined
    if (askingOf(waiting.envelope.postmark)?.isSettled !== true) this.send(waiting.envelope)
    waiting.resume(Effect.succeed(this))
  }

  #on(message: FromThread): void {
    switch (message.kind) {
      case "reply":
        return this.#questions.reply(message.ask, (tag) => this.#border.decode("reply", tag, message.reply))
      case "refused":
        return this.#questions.refuse(message.ask, fromErrorData(message.error))
      case "forgotten":
        this.#questions.close(message.ask)
        return
      case "buried": {
        const flight = this.#flights.take(message.slot)
        if (flight !== undefined) this.#cell.bury(flight.envelope, message.reason)
        return
      }
      case "letter": {
        const { kind: _, ...letter } = message
        this.#cell.system.deadLetters.add({ ...letter, at: this.#cell.system.now(), history: [] })
        return
      }
      case "uncaught":
        this.#lastUncaught = { cause: fromErrorData(message.cause) }
        return
      case "loaded":
        return this.#loaded(message.messages)
      case "invalid": {
        const { why, exports, cause } = message
        return this.#invalid(why, exports, cause && fromErrorData(cause))
      }
      case "started":
        this.#phase = "up"
        return this.#step(Effect.void)
      case "start-failed":
        return this.#step(Effect.fail(fromErrorData(message.cause)))
      case "failed":
        return this.#failed(fromErrorData(message.cause), message.own, message.left)
      case "gone":
        return this.#gone(message.failure && { cause: fromErrorData(message.failure) }, message.left)
    }
  }

  #loaded(messages: ReadonlyArray<readonly [tag: string, message: MessageData]>): void {
    this.#cancelBootTimer?.()
    const difference = this.#spec.protocol && differenceOf(this.#spec.protocol, messages)
    if (difference !== undefined) return this.#invalid(difference, [], undefined)
    this.#spec.onMessages(messages)
  }

  #invalid(why: string, exports: ReadonlyArray<string>, cause: unknown): void {
    const { module, export: name } = this.#spec
    this.#step(Effect.fail(new ThreadModuleInvalid({ module, export: name, exports, why, cause })))
  }

  /** The actor failed; its thread lives, and holds its state until its supervisor has decided. */
  #failed(cause: unknown, own: OwnMessage | undefined, left: ReadonlyArray<Left>): void {
    if (this.#phase !== "up") return
    this.#phase = "failed"
    const returned = this.#leftMail(left)
    const { handling = own && this.#flightOf(own), waiting } = this.#flights.takeBack()
    this.#cell.instance?.timers.after(resumedTag, 0, resumedTag)
    // Those that were still on their way are behind those that had arrived.
    this.#break(cause, handling, [...returned, ...this.#back(waiting)])
  }

  /** The actor has ended in its thread: because it was to stop, or by itself. */
  #gone(failure: { readonly cause: unknown } | undefined, left: ReadonlyArray<Left>): void {
    const byItself = this.#phase === "up"
    if (!byItself && this.#phase !== "stopping") return
    this.#phase = "gone"
    const returned = [...this.#leftMail(left), ...this.#back(this.#flights.takeBack().waiting)]
    if (byItself && failure !== undefined) return this.#break(failure.cause, undefined, returned)
    this.#cell.mailbox.putBack([...returned, ...this.#withdrawn()])
    if (!byItself) return this.#step(failure === undefined ? Effect.void : Effect.fail(failure.cause))
    this.#cell.leave()
    this.#resumeWaiting(Effect.succeed(this))
  }

  #exited(exitCode: number): void {
    this.#hasExited = true
    const onExit = this.#onExit
    if (onExit !== undefined) return onExit()
    const actor = this.#cell.path
    // What the thread itself said of it is more than what Node tells, and may come after that.
    const uncaught = this.#uncaught && (this.#lastUncaught ?? this.#uncaught)
    const cause = uncaught?.cause
    const lost = new ThreadLost({ actor, exitCode, why: endOf(uncaught), ...(cause !== undefined && { cause }) })
    switch (this.#phase) {
      case "booting":
        return this.#step(Effect.fail(lost))
      case "stopping":
        return this.#step(Effect.fail(lost))
      case "up": {
        this.#phase = "lost"
        const { handling, waiting } = this.#flights.takeBack()
        return this.#break(lost, handling, this.#back(waiting))
      }
      case "failed":
        this.#phase = "lost"
    }
  }

  /** What came from the thread cannot be read: better to lose it, which is noticed, than messages, which are not. */
  #crash(cause: unknown): void {
    this.#uncaught ??= { cause }
    void this.#worker.terminate()
  }

  /** Fails the relay. Only the message being handled is gone (M3); the others come first after a restart (M4). */
  #break(cause: unknown, handling: Flight | undefined, waiting: ReadonlyArray<Envelope>): void {
    const again = handling === undefined ? [] : this.#retried(handling, cause)
    this.#cell.mailbox.putBack([...again, ...waiting, ...this.#withdrawn()])
    this.#questions.failAll(failed(cause))
    if (this.#waiting !== undefined) this.#resumeWaiting(Effect.fail(cause))
    else this.#cell.instance?.fail(cause)
  }

  #withdrawn(): ReadonlyArray<Envelope> {
    return this.#waiting === undefined ? [] : [this.#waiting.envelope]
  }

  #resumeWaiting(outcome: Effect.Effect<ThreadLine, unknown>): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.resume(outcome)
  }

  /** Messages on their way back. Their askers wait on. */
  #back(flights: ReadonlyArray<Flight>): ReadonlyArray<Envelope> {
    for (const { ask } of flights) if (ask !== undefined) this.#questions.close(ask)
    return flights.map(({ envelope }) => envelope)
  }

  #flightOf(own: OwnMessage): Flight {
    return { envelope: { ...own, postmark: this.#cell.system.stamp() }, ask: undefined }
  }

  #leftMail(left: ReadonlyArray<Left>): ReadonlyArray<Envelope> {
    return left.flatMap((one) => {
      if (typeof one !== "number") return [this.#flightOf(one).envelope]
      const flight = this.#flights.take(one)
      return flight === undefined ? [] : this.#back([flight])
    })
  }

  /** The message that was being handled: once more where its protocol asks for it, else it ends here. */
  #retried(flight: Flight, cause: unknown): ReadonlyArray<Envelope> {
    const { tag, payload, postmark } = flight.envelope
    const asking = askingOf(postmark)
    if (asking?.isSettled) return []
    const terms = asking ?? copyOf(postmark)
    terms.history = [...terms.history, { cause, at: this.#cell.system.now() }]
    const envelope = { tag, payload, postmark: terms }
    const { ask } = flight
    if (terms.history.length <= retriesOf(this.#cell.behaviour, tag)) return this.#back([{ envelope, ask }])
    this.#abandon({ envelope, ask }, failed(cause))
    return []
  }

  #abandon({ envelope, ask }: Flight, reason: ExitReason): void {
    if (ask !== undefined) this.#questions.close(ask)
    const asking = askingOf(envelope.postmark)
    if (asking === undefined) this.#cell.bury(envelope, "failed")
    else asking.fail(new ActorStopped({ actor: this.#cell.path, reason }))
  }

  #step(outcome: Effect.Effect<void, unknown>): void {
    this.#cancelBootTimer?.()
    const onStep = this.#onStep
    this.#onStep = undefined
    onStep?.(outcome)
  }
}

const endOf = (uncaught: { readonly cause: unknown } | undefined): ThreadEnd => {
  if (uncaught === undefined) return "exited"
  const { cause } = uncaught
  const isMemory = cause instanceof Error && "code" in cause && cause.code === "ERR_WORKER_OUT_OF_MEMORY"
  return isMemory ? "out-of-memory" : "uncaught"
}
