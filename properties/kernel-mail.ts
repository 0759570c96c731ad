import type { DeadLetter } from "../src/actor/index.ts"
import { idOf } from "./kernel-scenario.ts"

/** Whoever receives mail, as the books see it. */
export interface Receiver {
  readonly name: string
  readonly ranks: boolean
  readonly dropsOldest: boolean
  /** What must be handled next, before all other mail: the rule that says so, and the message. */
  readonly front: Array<{ readonly rule: "M3" | "H1"; readonly mail: Mail }>
  /** Put aside, in this order. */
  readonly aside: Array<Mail>
  /** Questions that this incarnation has begun to handle and neither answered nor passed on. */
  readonly open: Set<Mail>
}

export interface Outcome {
  readonly kind: "answered" | "failed" | "interrupted"
  readonly error: string | undefined
  readonly at: number
}

/** One message: what its sender knows of it, and what became of it. */
export interface Mail {
  readonly id: number
  readonly kind: "tell" | "ready" | "send" | "ask" | "ask on" | "hand on"
  to: string
  retries: number
  /** Absolute; infinite where there is none. */
  readonly deadline: number
  /** Who sent it to whom: within a lane, order is kept. */
  lane: string
  place: number
  hasArrived: boolean
  /** Where a sender is told whether it was taken: what it was told, each time. */
  readonly verdicts: Array<boolean>
  /** A dead letter that goes with a refusal. */
  refusedAs: string | undefined
  readonly outcomes: Array<Outcome>
  readonly letters: Array<DeadLetter>
  failures: number
  handled: number
  wasAside: boolean
  replies: number
  strayReplies: number
  /** When its asker must be told that it failed. */
  failsAt: number | undefined
}

export const isQuestion = ({ kind }: Mail): boolean => kind === "ask" || kind === "ask on"

/** The books of all messages, and what does not add up in them. */
export class MailBooks {
  readonly all: Array<Mail> = []
  readonly problems: Array<string>
  readonly reached: Set<string>
  readonly #now: () => number
  readonly #lanes = new Map<string, number>()
  #places = 0

  constructor(now: () => number, problems: Array<string>, reached: Set<string>) {
    this.#now = now
    this.problems = problems
    this.reached = reached
  }

  /** A new message; `ms` is its time limit. */
  send(kind: Mail["kind"], sender: string, to: string, retries = 0, ms = Number.POSITIVE_INFINITY): Mail {
    const mail: Mail = {
      id: this.all.length,
      kind,
      to,
      retries,
      deadline: this.#now() + ms,
      lane: `${sender} → ${to}`,
      place: this.#nextPlace(),
      hasArrived: false,
      verdicts: [],
      refusedAs: undefined,
      outcomes: [],
      letters: [],
      failures: 0,
      handled: 0,
      wasAside: false,
      replies: 0,
      strayReplies: 0,
      failsAt: undefined
    }
    this.all.push(mail)
    return mail
  }

  /** A question goes on to another actor, which answers it. */
  handOn(mail: Mail, from: Receiver, to: string): void {
    from.open.delete(mail)
    mail.to = to
    mail.retries = 0
    mail.lane = `${from.name} ⇒ ${to}`
    mail.place = this.#nextPlace()
    mail.hasArrived = false
    this.reached.add("question handed on")
  }

  /** Its handler is called. */
  arrives(mail: Mail, at: Receiver): void {
    const now = this.#now()
    if (isQuestion(mail) ? now > mail.deadline : now >= mail.deadline) {
      this.#complain("M7", mail, `is handled ${now - mail.deadline} ms after its time`)
    }
    if (mail.handled > 0) this.#complain("M3", mail, "is handled again")
    this.#comesFirst(mail, at)
    if (isQuestion(mail)) at.open.add(mail)
    if (mail.hasArrived) return
    mail.hasArrived = true
    const lane = at.ranks ? `${mail.lane}, priority ${mail.id % 2}` : mail.lane
    if (mail.place < (this.#lanes.get(lane) ?? 0)) this.#complain("M1", mail, `comes too late (${lane})`)
    this.#lanes.set(lane, mail.place)
  }

  #comesFirst(mail: Mail, at: Receiver): void {
    const { front } = at
    for (let first = front[0]; first !== undefined; first = front[0]) {
      front.shift()
      if (first.mail === mail) return
      if (this.#isWaiting(first.mail, at)) {
        this.#complain(first.rule, first.mail, `should come next in ${at.name}, but ${mail.id} does`)
      }
    }
  }

  /** Whether it is certainly still to be handled: of some questions only the kernel knows at once. */
  #isWaiting(mail: Mail, at: Receiver): boolean {
    if (!isQuestion(mail)) return mail.letters.length === 0 && mail.handled === 0
    return mail.kind === "ask" && mail.outcomes.length === 0 && this.#now() < mail.deadline && !at.dropsOldest
  }

  handled(mail: Mail): void {
    mail.handled += 1
    if (mail.failures > 0) this.reached.add("retried, then handled")
  }

  /** Its handler fails. */
  fails(mail: Mail, at: Receiver): void {
    mail.failures += 1
    if (mail.failures <= mail.retries) {
      at.front.unshift({ rule: "M3", mail })
      at.open.delete(mail)
    }
    this.instanceEnds(at)
  }

  /** All that the instance owed an answer must be told so at once (A2). */
  instanceEnds(at: Receiver): void {
    for (const mail of at.open) {
      mail.failsAt ??= this.#now()
      if (mail.handled > 0) this.reached.add("question owed at an end")
    }
    at.open.clear()
  }

  putAside(mail: Mail, at: Receiver): void {
    mail.wasAside = true
    at.aside.push(mail)
    at.open.delete(mail)
  }

  /** What was put aside comes next. */
  unstash(at: Receiver): void {
    at.front.unshift(...at.aside.splice(0).map((mail) => ({ rule: "H1" as const, mail })))
  }

  replies(mail: Mail, at: Receiver): void {
    mail.replies += 1
    at.open.delete(mail)
  }

  letter(letter: DeadLetter): void {
    const { payload, reason } = letter
    if (typeof payload === "object" && payload !== null && "reply" in payload && typeof payload.reply === "number") {
      const mail = this.all[payload.reply]
      if (mail !== undefined) mail.strayReplies += 1
      this.reached.add(reason === "late-reply" ? "late reply" : "second reply")
      return
    }
    const mail = this.all[idOf(payload) ?? -1]
    if (mail === undefined) return
    mail.letters.push(letter)
    this.reached.add("dead letter")
    if (reason === "dropped") this.reached.add("message dropped")
    if (reason === "expired") this.reached.add("expired in the mailbox")
    if (reason === "failed" && mail.retries > 0 && mail.failures > mail.retries) this.reached.add("retried to death")
  }

  /** What came of a question, or of one that asked within a handler. */
  outcome(mail: Mail, kind: Outcome["kind"], error: string | undefined): void {
    mail.outcomes.push({ kind, error, at: this.#now() })
    if (error === "MailboxFull") this.reached.add("question turned away or dropped")
    if (error === "AskCycle") this.reached.add("cycle of asks")
    if (error === "AskTimeout") this.reached.add("timeout")
  }

  /** All is over: what does not add up. */
  close(): void {
    for (const mail of this.all) {
      if (isQuestion(mail)) this.#closeQuestion(mail)
      else this.#closeTold(mail)
    }
  }

  #closeTold(mail: Mail): void {
    const { kind, verdicts, refusedAs, handled, letters, failures } = mail
    const reasons = letters.map(({ reason }) => reason)
    const says = `was taken: ${verdicts.join()}; handled ${handled}×, dead letters: ${reasons.join()}`
    if (kind !== "hand on" && verdicts.length !== 1) this.#complain("M6", mail, says)
    if (kind === "hand on" || verdicts[0] === true) {
      if (handled + letters.length !== 1) this.#complain("M6", mail, says)
    } else if (handled > 0 || reasons.join() !== (refusedAs ?? "")) {
      this.#complain("M6", mail, says)
    }
    for (const { reason, history } of letters) {
      // Without retries, the letter's own reason says all.
      if (reason === "failed" && mail.retries > 0 && history.length !== failures) {
        this.#complain("M3", mail, `failed ${failures}×, and its history has ${history.length}`)
      }
    }
    if (failures > mail.retries + 1) this.#complain("M3", mail, `was tried ${failures}×`)
  }

  #closeQuestion(mail: Mail): void {
    const { outcomes, letters, handled, replies, strayReplies, failsAt, deadline, kind } = mail
    const [outcome] = outcomes
    if (outcomes.length !== 1 || outcome === undefined) {
      return this.#complain("A2", mail, `has ${outcomes.length} outcomes`)
    }
    if (letters.length > 0 || handled > 1) this.#complain("M6", mail, `handled ${handled}×, ${letters.length} letters`)
    if (outcome.at > deadline) this.#complain("A2", mail, `ended ${outcome.at - deadline} ms after its time`)
    const answers = outcome.kind === "answered" ? 1 : 0
    // Of one whose asker was interrupted, the answer may have come in the same moment.
    if (replies !== strayReplies + answers && !(outcome.kind === "interrupted" && replies === strayReplies + 1)) {
      this.#complain("A2", mail, `replied to ${replies}×, ${strayReplies} of them astray; it was ${outcome.kind}`)
    }
    if (failsAt === undefined || (outcome.kind === "interrupted" && kind === "ask on")) return
    if (outcome.kind === "answered" || outcome.at > failsAt) {
      this.#complain("A2", mail, `lost its actor at ${failsAt}, and was ${outcome.kind} at ${outcome.at}`)
    }
  }

  #complain(rule: string, { id, kind, to }: Mail, what: string): void {
    this.problems.push(`${rule}: message ${id} (${kind}) to ${to} ${what}`)
  }

  #nextPlace(): number {
    this.#places += 1
    return this.#places
  }
}
