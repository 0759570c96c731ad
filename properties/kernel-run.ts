import * as Effect from "effect/Effect"
import { ActorSystem, type TopSupervisor } from "../src/actor/index.ts"
import { VirtualTime } from "../src/testing/index.ts"
import { MailBooks } from "./kernel-mail.ts"
import { Names } from "./kernel-names.ts"
import { type Order, Place, retries, type Surroundings, settling, type TargetRef } from "./kernel-place.ts"
import { type KernelScenario, type KernelStep, mailboxOf } from "./kernel-scenario.ts"
import { Watcher } from "./kernel-watcher.ts"

export interface KernelRun {
  /** Each begins with the id of the rule that was broken. */
  readonly problems: ReadonlyArray<string>
  readonly commands: number
  readonly reached: ReadonlySet<string>
}

const ids = ["a", "b", "c"]

const shutdownTimeout = 30

/** The kernel under test: three actors, a watcher, the registry, and the books of each. */
class Kernel {
  readonly system: ActorSystem
  readonly watcher: Watcher
  readonly problems: Array<string> = []
  readonly reached = new Set<string>()
  readonly #virtual: VirtualTime
  readonly #scenario: KernelScenario
  readonly #books: MailBooks
  readonly #names: Names
  readonly #top: TopSupervisor | undefined
  readonly #places = new Map<{ readonly name: string }, Place>()
  readonly #current: Array<Place> = []

  constructor(scenario: KernelScenario) {
    const { seed, parent, watcherMailbox } = scenario
    this.#scenario = scenario
    this.#virtual = new VirtualTime({ seed, permute: true })
    this.#books = new MailBooks(() => this.#virtual.now, this.problems, this.reached)
    this.system = new ActorSystem(this.#virtual.context, { onRestart: ({ actor }) => this.#restarts(actor) })
    this.system.events.subscribe(({ event, actor }) => {
      if (event === "actor.stopped") this.#ended(actor)
    })
    this.system.deadLetters.subscribe((letter) => {
      if (letter.actor !== "watcher") this.#books.letter(letter)
    })
    this.#names = new Names(this.system, this.problems, this.reached)
    this.watcher = new Watcher(this.system, (ref) => this.#places.get(ref), watcherMailbox, this.problems, this.reached)
    this.#top = parent === "none" ? undefined : this.#supervise(parent)
    if (parent === "none") for (const index of ids.keys()) this.#spawn(index)
    for (const [index, place] of this.#current.entries()) this.#enter(place, index)
  }

  /** Those that live now, or lived last under their names. */
  get targets(): ReadonlyArray<TargetRef> {
    return this.#current.flatMap(({ ref }) => ref ?? [])
  }

  #place(name: string): Place {
    const { mailbox, startsBadly } = this.#scenario
    const around: Surroundings = {
      books: this.#books,
      now: () => this.#virtual.now,
      neighbour: (place) => this.#current[(this.#current.indexOf(place) + 1) % ids.length]?.ref,
      report: (place, hand) => this.watcher.report(place, hand)
    }
    const ranks = mailbox.startsWith("priority")
    return new Place(name, around, { ranks, dropsOldest: mailbox === "dropOldest", startsBadly })
  }

  #options() {
    const { restart, backoff, mailbox } = this.#scenario
    const delays = { backoff: { base: 5, max: 20, jitter: 0.5 } }
    return { restart, mailbox: mailboxOf(mailbox), stash: 3, shutdownTimeout, ...(backoff && delays) }
  }

  #supervise(strategy: Exclude<KernelScenario["parent"], "none">): TopSupervisor {
    const { maxRestarts, resumes } = this.#scenario
    const onFailure = (): "resume" | "restart" => (resumes ? "resume" : "restart")
    const places = ids.map((id) => this.#place(`sup/${id}`))
    const children = places.map(({ behaviour }, index) => ({
      id: ids[index] ?? "",
      actor: behaviour,
      onFailure,
      ...this.#options()
    }))
    const top = this.#virtual.run(this.system.supervise({ name: "sup", strategy, maxRestarts, children }))
    for (const [index, place] of places.entries()) {
      const ref = top.supervisor.ref(ids[index] ?? "", place.behaviour)
      if (ref !== undefined) this.#lives(place, ref, index)
    }
    return top
  }

  #spawn(index: number): Place {
    const name = ids[index] ?? ""
    const place = this.#place(name)
    const { maxRestarts } = this.#scenario
    this.#lives(place, this.system.spawn(place.behaviour, { ...this.#options(), name, maxRestarts }), index)
    return place
  }

  #enter(place: Place, index: number): void {
    this.#names.join(place)
    this.#names.register(ids[index] ?? "", place)
  }

  #lives(place: Place, ref: TargetRef, index: number): void {
    place.ref = ref
    this.#places.set(ref, place)
    this.#current[index] = place
  }

  #ended(actor: string): void {
    const place = this.#current.find(({ name }) => name === actor)
    if (place === undefined) return
    this.watcher.ended(place)
    this.#names.ended(place)
  }

  #restarts(actor: string): void {
    this.reached.add("restart")
    const place = this.#current.find(({ name }) => name === actor)
    const { cell } = place?.ref ?? {}
    if (place === undefined || cell === undefined) return
    if (cell.depth > 0) this.reached.add("crash with mail behind it")
  }

  take(step: KernelStep): void {
    this.#do(step)
    this.#names.check()
  }

  #do(step: KernelStep): void {
    if (step.kind === "passes") return this.#virtual.advance(step.ms)
    if (step.kind === "turns") {
      for (let count = 0; count < step.count; count += 1) this.#virtual.step()
      return
    }
    if (step.kind === "crash watcher") {
      this.watcher.ref.tell("Crash")
      return
    }
    const place = this.#current[step.target]
    const ref = place?.ref
    if (place === undefined || ref === undefined) return
    switch (step.kind) {
      case "watch":
        this.watcher.ref.tell("Watch", { ref })
        return
      case "unwatch":
        this.watcher.ref.tell("Unwatch", { ref })
        return
      case "stop":
        return this.#stop(ref, ids[step.target] ?? "")
      case "kill":
        this.#virtual.fork(this.system.stop(ref))
        return
      case "again":
        return this.#again(place, step.target)
      case "register":
        return this.#names.register(ids[(step.target + 1) % ids.length] ?? "", place)
      default:
        return this.#send(ref, step)
    }
  }

  #stop(ref: TargetRef, id: string): void {
    if (ref.cell.status === "failed" || (ref.cell.status === "down" && ref.cell.restarts > 0)) {
      this.reached.add("stop during a backoff")
    }
    this.#virtual.fork(this.#top ? Effect.ignore(this.#top.supervisor.terminateChild(id)) : this.system.stop(ref))
  }

  #again(place: Place, index: number): void {
    if (this.#top !== undefined) {
      this.#virtual.fork(Effect.ignore(this.#top.supervisor.restartChild(ids[index] ?? "")))
    } else {
      this.#names.refusesSpawn(place, () => this.#enter(this.#spawn(index), index))
    }
  }

  #send(ref: TargetRef, { kind, sender, does, again, ms }: Extract<KernelStep, { sender: number }>): void {
    const books = this.#books
    const limit = kind === "send" || kind === "ask" ? ms : undefined
    const mail = books.send(kind, String(sender), ref.name, again ? retries : 0, limit)
    const order: Order = { id: mail.id, does, hops: 0 }
    const tag = again ? "DoAgain" : "Do"
    const told = (taken: boolean): void => {
      if (!taken) this.reached.add(ref.cell.isAccepting ? "full mailbox" : "refused by one who ends")
      mail.verdicts.push(taken)
    }
    if (kind === "ask") {
      this.#virtual.fork(settling(books, mail, ref.ask(again ? "AnswerAgain" : "Answer", order, { timeout: ms })))
    } else if (kind === "ready") {
      const sending = ref.tellWhenReady(tag, order)
      this.#virtual.fork(Effect.match(sending, { onSuccess: () => told(true), onFailure: () => told(false) }))
      if (mail.verdicts.length === 0) this.reached.add("sender who waits")
    } else {
      const whenFull = this.#scenario.mailbox === "dropNewest" ? "dropped" : undefined
      mail.refusedAs = ref.cell.isAccepting ? whenFull : "refused"
      told(kind === "tell" ? ref.tell(tag, order) : ref.send(tag, order, { within: ms }))
    }
  }

  finish(): void {
    this.#virtual.advance(10_000)
    for (const { name, cell } of this.targets) {
      if (cell.status === "running" && cell.depth > 0)
        this.problems.push(`M6: ${name} sleeps over ${cell.depth} messages`)
    }
    this.watcher.close()
    this.#virtual.run(this.system.shutdown)
    this.#virtual.settle()
    this.#books.close()
    this.#names.check()
    for (const [{ name }, { ref }] of this.#places) {
      const { cell } = ref ?? {}
      if (cell === undefined) continue
      if (!cell.isStopped) this.problems.push(`end: ${name} is still there`)
      if (cell.depth > 0 || cell.openAsks > 0 || cell.stashed > 0) {
        this.problems.push(
          `end: ${name} holds ${cell.depth} messages, ${cell.openAsks} asks, ${cell.stashed} put aside`
        )
      }
    }
    if (this.#virtual.nextDue !== undefined) this.problems.push("end: a timer is left after the shutdown")
    if (this.#virtual.readyTasks > 0) this.problems.push("end: a task is left after the shutdown")
  }
}

export const runKernel = (scenario: KernelScenario): KernelRun => {
  const kernel = new Kernel(scenario)
  for (const step of scenario.steps) kernel.take(step)
  kernel.finish()
  return { problems: kernel.problems, commands: scenario.steps.length, reached: kernel.reached }
}
