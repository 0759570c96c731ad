import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import {
  type ActorRef,
  ActorSystem,
  type AnyRef,
  type Behaviour,
  type DeadLetter,
  type ExitReason,
  type GivenUp,
  type Protocol,
  type Restarted,
  type SpawnOptions,
  type SupervisorSpec,
  type SystemOptions,
  type TopSupervisor
} from "../actor/index.ts"
import { VirtualTime, type VirtualTimeOptions } from "../virtual-time/index.ts"
import { defaultPatience, type ProbeOptions } from "./probe.ts"
import {
  type CauseMatch,
  type DeadLetterMatch,
  matchesCause,
  SystemRecord,
  showAll,
  showCauseMatch,
  showLetter,
  showLetterMatch,
  textOfCause
} from "./system-record.ts"
import { VirtualProbe } from "./virtual-probe.ts"

export interface ActorTestOptions extends VirtualTimeOptions {
  readonly system?: SystemOptions
  /** Services beside those of virtual time: a log level, the services of the actors' effects. */
  readonly context?: Context.Context<never>
}

/**
 * A system of actors under virtual time, with what a test asks of it. Nothing happens by itself: the methods below let
 * time pass, and the same seed gives the same run. It needs no test framework: an expectation that does not hold
 * throws an `Error` that says what was there instead.
 *
 * ```ts
 * const test = new ActorTest({ seed: 1, permute: true })
 * const counter = test.spawn(Counter)
 * counter.tell("Add", { n: 2 })
 * expect(test.run(counter.ask("Get", {}))).toBe(2)
 *
 * counter.tell("Add", { n: Number.NaN })
 * test.expectRestart(counter, { cause: "not a number" })
 * test.expectDeadLetter({ actor: counter, tag: "Add", reason: "failed" })
 * test.expectNoDeadLetters()
 * ```
 *
 * What waits takes `within`, in virtual milliseconds; 3,000 where nothing is said.
 */
export class ActorTest {
  readonly seed: number
  readonly virtual: VirtualTime
  readonly system: ActorSystem
  readonly record: SystemRecord = new SystemRecord()

  constructor({ seed = 0, permute = false, system, context }: ActorTestOptions = {}) {
    this.seed = seed
    this.virtual = new VirtualTime({ seed, permute })
    const services = context === undefined ? this.virtual.context : Context.merge(context, this.virtual.context)
    this.system = this.record.watch(new ActorSystem(services, this.record.options(system)))
  }

  /** An actor of its own, started as far as it can be without time. */
  spawn<P extends Protocol>(behaviour: Behaviour<P>, options?: SpawnOptions<NoInfer<P>>): ActorRef<P> {
    const ref = this.system.spawn(behaviour, options)
    this.settle()
    return ref
  }

  /** A supervisor with its children, all of them started. Throws what its start fails with. */
  supervise(spec: SupervisorSpec): TopSupervisor {
    return this.run(this.system.supervise(spec))
  }

  /** A probe of that protocol: an actor which the test reads and answers for. */
  probe<P extends Protocol>(protocol: P, options?: ProbeOptions): VirtualProbe<P> {
    return new VirtualProbe(this.system, this.virtual, protocol, options)
  }

  /** Milliseconds since the start, which was at 0. */
  get now(): number {
    return this.virtual.now
  }

  /** Lets everything happen that needs no time. */
  settle(): void {
    this.virtual.settle()
  }

  /** Lets so many milliseconds pass. */
  advance(ms: number): void {
    this.virtual.advance(ms)
  }

  /** What an effect succeeds with, an ask above all: time passes as it needs. Throws its failure. */
  run<A, E>(effect: Effect.Effect<A, E>): A {
    return this.virtual.run(effect)
  }

  /** What an effect fails with. Throws where it succeeds. */
  runFailure<A, E>(effect: Effect.Effect<A, E>): E {
    return this.virtual.run(Effect.flip(effect))
  }

  /** Stops an actor; gives its exit reason once it has ended. */
  stop(ref: AnyRef): ExitReason {
    return this.virtual.run(this.system.stop(ref))
  }

  /** Such a dead letter is there, or comes; each is expected once. */
  expectDeadLetter(match: DeadLetterMatch = {}, within = defaultPatience): DeadLetter {
    const found = this.#await(() => this.record.strikeDeadLetter(match), within)
    if (found !== undefined) return found
    const rest = showAll(this.record.unexpectedDeadLetters.map(showLetter))
    throw new Error(`expected the dead letter ${showLetterMatch(match)} within ${within} ms; ${rest}`)
  }

  /** There is no dead letter but those expected before. */
  expectNoDeadLetters(): void {
    this.settle()
    const { unexpectedDeadLetters: rest } = this.record
    if (rest.length > 0) throw new Error(`expected no dead letters; ${showAll(rest.map(showLetter))}`)
  }

  /** The actor is restarted, or was; each restart is expected once. */
  expectRestart(
    ref: AnyRef,
    { cause, within = defaultPatience }: { readonly cause?: CauseMatch; readonly within?: number } = {}
  ): Restarted {
    const found = this.#await(() => this.record.strikeRestart(ref, cause), within)
    if (found !== undefined) {
      this.virtual.runUntil(() => ref.cell.status === "running" || ref.isStopped, within)
      return found
    }
    const all = this.restartsOf(ref).map((restart) => `for ${textOfCause(restart.cause)}`)
    throw new Error(
      `expected a restart of ${ref.name}${showCauseMatch(cause)} within ${within} ms; ${showAll(all)}; it is ${ref.cell.status}`
    )
  }

  /** All restarts of the actor so far, expected or not. */
  restartsOf(ref: AnyRef): ReadonlyArray<Restarted> {
    return this.record.restartsOf(ref)
  }

  /** The actor ends because of a failure; gives its cause. */
  expectFailure(
    ref: AnyRef,
    { cause, within = defaultPatience }: { readonly cause?: CauseMatch; readonly within?: number } = {}
  ): unknown {
    const reason = this.probe({}).expectEnd(ref, within)
    if (reason._tag === "Failed" && matchesCause(reason.cause, cause)) return reason.cause
    const instead =
      reason._tag === "Failed" ? `it failed for ${textOfCause(reason.cause)}` : `its end was ${reason._tag}`
    throw new Error(`expected ${ref.name} to fail${showCauseMatch(cause)}; ${instead}`)
  }

  /** A supervisor gives up on its children, or did; each time is expected once. */
  expectGivenUp(supervisor?: string, within = defaultPatience): GivenUp {
    const found = this.#await(() => this.record.strikeGivenUp(supervisor), within)
    if (found !== undefined) return found
    const all = showAll(this.record.givenUp.map((news) => news.supervisor))
    throw new Error(`expected ${supervisor ?? "a supervisor"} to give up within ${within} ms; ${all}`)
  }

  /** Shuts the system down. Throws where something of it is left: a timer, or a task that waits. */
  shutdown(): void {
    this.run(this.system.shutdown)
    this.settle()
    const { nextDue } = this.virtual
    if (nextDue !== undefined) throw new Error(`after the shutdown something still sleeps, until ${nextDue} ms`)
  }

  #await<A>(look: () => A | undefined, within: number): A | undefined {
    let found = look()
    if (found === undefined) {
      this.virtual.runUntil(() => {
        found ??= look()
        return found !== undefined
      }, within)
    }
    return found
  }
}
