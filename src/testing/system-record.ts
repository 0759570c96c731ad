import type {
  ActorSystem,
  AnyRef,
  DeadLetter,
  DeadLetterReason,
  GivenUp,
  Restarted,
  SystemOptions
} from "../actor/index.ts"
import { show, showMessage } from "./probe-inbox.ts"

/** What a cause is compared with: a part of its message, a pattern for it, or a look at the cause itself. */
export type CauseMatch = string | RegExp | ((cause: unknown) => boolean)

/** Which dead letter is meant; what is left out does not matter. */
export interface DeadLetterMatch {
  /** The receiver, by its ref or its name. */
  readonly actor?: AnyRef | string
  readonly tag?: string
  readonly reason?: DeadLetterReason
  readonly payload?: (payload: unknown) => boolean
}

/**
 * What happened in an actor system beside its messages: dead letters, restarts, supervisors that gave up. What a test
 * expected is struck off, so that `unexpected…` is the rest.
 *
 * ```ts
 * const record = new SystemRecord()
 * const system = record.watch(new ActorSystem(context, record.options()))
 * …
 * expect(record.restartsOf(ref)).toHaveLength(1)
 * ```
 */
export class SystemRecord {
  readonly deadLetters: Array<DeadLetter> = []
  readonly restarts: Array<Restarted> = []
  readonly givenUp: Array<GivenUp> = []
  readonly #expected = new Set<DeadLetter | Restarted | GivenUp>()

  /** Options for the system to make: what they listen to is noted here too. */
  options(given: SystemOptions = {}): SystemOptions {
    return {
      ...given,
      onRestart: (restart) => {
        this.restarts.push(restart)
        given.onRestart?.(restart)
      },
      onGiveUp: (news) => {
        this.givenUp.push(news)
        given.onGiveUp?.(news)
      }
    }
  }

  /** Notes its dead letters from now on. */
  watch(system: ActorSystem): ActorSystem {
    system.deadLetters.subscribe((letter) => this.deadLetters.push(letter))
    return system
  }

  restartsOf(ref: AnyRef): ReadonlyArray<Restarted> {
    return this.restarts.filter(({ actor }) => actor === ref.name)
  }

  /** Dead letters that nobody expected. */
  get unexpectedDeadLetters(): ReadonlyArray<DeadLetter> {
    return this.deadLetters.filter((letter) => !this.#expected.has(letter))
  }

  /** The first such dead letter that was not expected before; from now on it is. */
  strikeDeadLetter(match: DeadLetterMatch): DeadLetter | undefined {
    return this.#strike(this.deadLetters, (letter) => matchesLetter(letter, match))
  }

  /** The first such restart that was not expected before; from now on it is. */
  strikeRestart(ref: AnyRef, cause: CauseMatch | undefined): Restarted | undefined {
    return this.#strike(this.restarts, (restart) => restart.actor === ref.name && matchesCause(restart.cause, cause))
  }

  /** The same for supervisors that gave up, by their names. */
  strikeGivenUp(supervisor: string | undefined): GivenUp | undefined {
    return this.#strike(this.givenUp, (news) => supervisor === undefined || news.supervisor === supervisor)
  }

  #strike<News extends DeadLetter | Restarted | GivenUp>(
    all: ReadonlyArray<News>,
    is: (news: News) => boolean
  ): News | undefined {
    const found = all.find((news) => !this.#expected.has(news) && is(news))
    if (found !== undefined) this.#expected.add(found)
    return found
  }
}

const nameOf = (actor: AnyRef | string): string => (typeof actor === "string" ? actor : actor.name)

const matchesLetter = (letter: DeadLetter, { actor, tag, reason, payload }: DeadLetterMatch): boolean =>
  (actor === undefined || letter.actor === nameOf(actor)) &&
  (tag === undefined || letter.tag === tag) &&
  (reason === undefined || letter.reason === reason) &&
  (payload === undefined || payload(letter.payload))

export const textOfCause = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

export const matchesCause = (cause: unknown, match: CauseMatch | undefined): boolean => {
  if (match === undefined) return true
  if (typeof match === "function") return match(cause)
  const text = textOfCause(cause)
  return typeof match === "string" ? text.includes(match) : match.test(text)
}

export const showCauseMatch = (match: CauseMatch | undefined): string =>
  match === undefined || typeof match === "function" ? "" : ` for ${show(match)}`

export const showLetter = ({ actor, tag, payload, reason }: DeadLetter): string =>
  `${showMessage({ tag, payload })} to ${actor} (${reason})`

export const showLetterMatch = ({ actor, tag, reason, payload }: DeadLetterMatch): string =>
  [
    tag ?? "a dead letter",
    actor === undefined ? "" : ` to ${nameOf(actor)}`,
    reason === undefined ? "" : ` (${reason})`,
    payload === undefined ? "" : " with a certain payload"
  ].join("")

export const showAll = (lines: ReadonlyArray<string>): string =>
  lines.length === 0 ? "there were none" : `there were: ${lines.join(", ")}`
