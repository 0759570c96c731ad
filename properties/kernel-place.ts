import * as Effect from "effect/Effect"
import { Actor, type ActorRef, type Behaviour, type HandlerContext } from "../src/actor/index.ts"
import { isQuestion, type Mail, type MailBooks, type Receiver } from "./kernel-mail.ts"
import type { Deed } from "./kernel-scenario.ts"

export interface Order {
  readonly id: number
  readonly does: Deed
  /** How many asked on before it came here. */
  readonly hops: number
}

export interface Answer {
  readonly reply: number
}

export const retries = 2

export const protocol = {
  Do: Actor.message<Order>(),
  DoAgain: Actor.message<Order>({ retries }),
  Answer: Actor.ask<Order, Answer>(),
  AnswerAgain: Actor.ask<Order, Answer>({ retries }),
  Tick: Actor.message<{ incarnation: number }>()
}

export type TargetRef = ActorRef<typeof protocol>

export type Hand = Omit<HandlerContext<typeof protocol, never, number>, "reply" | "replier">

interface Question {
  reply(answer: Answer): void
  replier(): (answer: Answer) => void
}

type Acted = number | Effect.Effect<number, unknown>

/** What an actor under test needs to know of the others. */
export interface Surroundings {
  readonly books: MailBooks
  readonly now: () => number
  readonly neighbour: (of: Place) => TargetRef | undefined
  readonly report: (of: Place, hand: Hand | undefined) => void
}

/** How long a question waits that is asked while handling another message, in milliseconds. */
const askingOn = 6

/** An actor under test, through all its incarnations. */
export class Place implements Receiver {
  readonly name: string
  readonly ranks: boolean
  readonly dropsOldest: boolean
  readonly front: Receiver["front"] = []
  readonly aside: Array<Mail> = []
  readonly open = new Set<Mail>()
  readonly behaviour: Behaviour<typeof protocol>
  ref: TargetRef | undefined
  incarnation = 0
  /** How often it has ended. */
  ends = 0
  /** What it has told the watcher, and what it had told it at its latest end. */
  reported = 0
  reportedAtEnd = 0
  readonly #around: Surroundings
  readonly #startsBadly: boolean
  #isNarrow = false
  #stopsItself = false
  #kept: Array<() => void> = []

  constructor(
    name: string,
    around: Surroundings,
    options: { readonly ranks: boolean; readonly dropsOldest: boolean; readonly startsBadly: boolean }
  ) {
    this.name = name
    this.#around = around
    this.ranks = options.ranks
    this.dropsOldest = options.dropsOldest
    this.#startsBadly = options.startsBadly
    this.behaviour = this.#make()
  }

  #make(): Behaviour<typeof protocol> {
    const { books } = this.#around
    return Actor.make("Target", {
      protocol,
      initial: () => this.#start(),
      handlers: {
        Do: (count, order, context) => this.#handle(count, order, context, undefined),
        DoAgain: (count, order, context) => this.#handle(count, order, context, undefined),
        Answer: (count, order, context) => this.#handle(count, order, context, context),
        AnswerAgain: (count, order, context) => this.#handle(count, order, context, context),
        Tick: (count, { incarnation }) => {
          books.reached.add("tick")
          if (incarnation !== this.incarnation) {
            books.problems.push(`T1: ${this.name} handles a tick of incarnation ${incarnation} in ${this.incarnation}`)
          }
          return count
        }
      },
      stopping: () => {
        if (this.ref?.cell.isAccepting && !this.#stopsItself) books.reached.add("restart with its group")
        books.instanceEnds(this)
      }
    })
  }

  #start(): Acted {
    const { books } = this.#around
    this.incarnation += 1
    this.#isNarrow = false
    this.#stopsItself = false
    if (this.aside.length > 0) books.reached.add("stash over a restart")
    books.unstash(this)
    this.open.clear()
    if (!this.#startsBadly || this.incarnation === 1) return 0
    if (this.incarnation % 3 !== 0) return Effect.as(Effect.sleep(1), 0)
    books.reached.add("start that fails")
    return Effect.fail("a bad start")
  }

  #handle(count: number, order: Order, hand: Hand, question: Question | undefined): Acted {
    const { books } = this.#around
    const mail = books.all[order.id]
    if (mail === undefined) throw new Error(`there is no message ${order.id}`)
    if (question !== undefined && this.#isNarrow)
      books.problems.push(`M6: ${this.name} answers, though it has become narrow`)
    books.arrives(mail, this)
    const fail = (cause: unknown): never => {
      books.fails(mail, this)
      throw cause
    }
    try {
      const outcome = this.#act(count, mail, order, hand, question)
      if (!Effect.isEffect(outcome)) return outcome
      return outcome.pipe(
        Effect.tapError(() => Effect.sync(() => books.fails(mail, this))),
        Effect.onInterrupt(() =>
          Effect.sync(() => {
            if (isQuestion(mail) && this.#around.now() >= mail.deadline)
              books.reached.add("interrupted, its asker gave up")
          })
        )
      )
    } catch (cause) {
      return fail(cause)
    }
  }

  #act(count: number, mail: Mail, order: Order, hand: Hand, question: Question | undefined): Acted {
    const { books, now } = this.#around
    const answer = { reply: mail.id }
    const done = (): number => {
      books.handled(mail)
      return count + 1
    }
    const reply = (): void => {
      if (question === undefined) return
      books.replies(mail, this)
      question.reply(answer)
    }
    const say = (): number => {
      reply()
      return done()
    }
    const replier = (): (() => void) => {
      const later = question?.replier()
      return () => {
        if (later === undefined) return
        books.replies(mail, this)
        later(answer)
      }
    }
    const after = (ms: number): Effect.Effect<number> => Effect.andThen(Effect.sleep(ms), Effect.sync(say))
    switch (order.does) {
      case "say":
        return say()
      case "sleep":
      case "sleep long":
        return Effect.andThen(
          Effect.sleep(order.does === "sleep" ? 2 : 50),
          Effect.sync(() => {
            if (isQuestion(mail) && now() > mail.deadline) {
              books.problems.push(`M7: ${this.name} goes on with ${mail.id}, whose asker gave up at ${mail.deadline}`)
            }
            return say()
          })
        )
      case "sleep stubbornly":
        return Effect.uninterruptible(after(12))
      case "crash":
        throw new Error("crash")
      case "crash later":
        return Effect.andThen(Effect.sleep(3), Effect.fail("crash later"))
      case "crash once":
        if (mail.failures === 0) throw new Error("crash once")
        return say()
      case "stop itself":
        this.#stopsItself = true
        hand.stop()
        return say()
      case "put aside":
        if (mail.wasAside) return say()
        hand.stash()
        books.putAside(mail, this)
        return count
      case "take up again":
        hand.unstashAll()
        books.unstash(this)
        return say()
      case "hand on":
        return this.#handOn(count, mail, order, hand, done) ?? say()
      case "ask on":
        return this.#askOn(mail, order, say) ?? say()
      case "answer later": {
        const later = replier()
        hand.fork(Effect.andThen(Effect.sleep(3), Effect.sync(later)))
        return done()
      }
      case "keep":
        this.#kept.push(replier())
        return done()
      case "answer what was kept":
        for (const later of this.#kept.splice(0)) later()
        return say()
      case "answer twice":
        reply()
        return say()
      case "stay silent":
        return done()
      case "narrow":
        this.#isNarrow = true
        hand.become({
          Do: (state, next, context) => this.#handle(state, next, context, undefined),
          DoAgain: (state, next, context) => this.#handle(state, next, context, undefined)
        })
        return say()
      case "widen":
        this.#isNarrow = false
        hand.unbecome()
        return say()
      case "set a timer":
        hand.timers.after("timer", 3, "Tick", { incarnation: this.incarnation })
        return say()
      case "crash with a tick behind it":
        hand.timers.after("timer", 2, "Tick", { incarnation: this.incarnation })
        return Effect.andThen(
          Effect.sleep(3),
          Effect.suspend(() => {
            books.reached.add("crash with a tick behind it")
            return Effect.fail("crash")
          })
        )
      case "await idleness":
        hand.timers.idle(5, "Tick", { incarnation: this.incarnation })
        return say()
      case "link": {
        const other = this.#around.neighbour(this)
        if (other !== undefined) hand.link(other)
        return say()
      }
      case "report":
        this.#around.report(this, question === undefined ? hand : undefined)
        return say()
      case "report and stop":
        this.#stopsItself = true
        // More than the watcher has room for.
        for (let count = 0; count < 4; count += 1) this.#around.report(this, question === undefined ? hand : undefined)
        hand.stop()
        return say()
    }
  }

  /** A question goes on; a message that was told is told to the other as a message of its own. */
  #handOn(count: number, mail: Mail, order: Order, hand: Hand, done: () => number): number | undefined {
    const { books, neighbour } = this.#around
    const other = neighbour(this)
    if (other === undefined) return undefined
    if (isQuestion(mail)) {
      books.handOn(mail, this, other.name)
      hand.forward(other, "Answer", { ...order, does: "say" })
      return count
    }
    const next = books.send("hand on", `${this.name} ⇒`, other.name, 0, mail.deadline - this.#around.now())
    hand.forward(other, "Do", { ...order, id: next.id, does: "say" })
    return done()
  }

  /** Asks the neighbour, who asks his: at the fourth it would be a circle. */
  #askOn(mail: Mail, { hops }: Order, say: () => number): Effect.Effect<number> | undefined {
    const { books, neighbour, now } = this.#around
    const other = neighbour(this)
    if (other === undefined) return undefined
    return Effect.suspend(() => {
      const next = books.send("ask on", `${this.name} asks`, other.name, 0, Math.min(askingOn, mail.deadline - now()))
      const does = hops < 3 ? "ask on" : "say"
      return settling(books, next, other.ask("Answer", { id: next.id, does, hops: hops + 1 }, { timeout: askingOn }))
    }).pipe(Effect.andThen(Effect.sync(say)))
  }
}

/** Notes what comes of a question; it never fails. */
export const settling = (
  books: MailBooks,
  mail: Mail,
  ask: Effect.Effect<Answer, { readonly _tag: string }>
): Effect.Effect<void> =>
  ask.pipe(
    Effect.matchEffect({
      onSuccess: ({ reply }) =>
        Effect.sync(() => {
          if (reply !== mail.id) books.problems.push(`A2: the answer to ${mail.id} is that to ${reply}`)
          books.outcome(mail, "answered", undefined)
        }),
      onFailure: ({ _tag }) => Effect.sync(() => books.outcome(mail, "failed", _tag))
    }),
    Effect.onInterrupt(() =>
      Effect.sync(() => {
        if (mail.outcomes.length === 0) books.outcome(mail, "interrupted", undefined)
      })
    )
  )
