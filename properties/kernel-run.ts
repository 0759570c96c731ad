import * as Effect from "effect/Effect"
import {
  Actor,
  type ActorRef,
  ActorSystem,
  type MailboxOptions,
  type RestartType,
  type TopSupervisor
} from "../src/actor/index.ts"
import { VirtualTime } from "../src/testing/index.ts"

type Deed = "say" | "sleep" | "crash" | "crash later" | "stop itself"

export type KernelStep =
  | { readonly kind: "tell" | "ready" | "ask"; readonly target: number; readonly sender: number; readonly does: Deed }
  | { readonly kind: "passes"; readonly ms: number }
  | { readonly kind: "turns"; readonly count: number }
  | { readonly kind: "watch" | "unwatch" | "stop" | "again"; readonly target: number }

/** Three actors, two senders and a watcher under virtual time, with tasks in an order that follows from the seed. */
export interface KernelScenario {
  readonly seed: number
  /** Spawned each on its own, or children of one supervisor. */
  readonly parent: "none" | "one-for-one" | "rest-for-one"
  readonly restart: RestartType
  readonly maxRestarts: number
  readonly backoff: boolean
  readonly mailbox: "unbounded" | "backpressure" | "reject"
  readonly steps: ReadonlyArray<KernelStep>
}

export interface KernelRun {
  /** Each begins with the id of the rule that was broken. */
  readonly problems: ReadonlyArray<string>
  readonly commands: number
  readonly reached: ReadonlySet<string>
}

const protocol = {
  Do: Actor.message<{ id: number; sender: number; does: Deed }>(),
  Answer: Actor.ask<{ id: number; sender: number; does: Deed }, number>()
}

const watcherProtocol = {
  Watch: Actor.message<{ ref: ActorRef<typeof protocol> }>(),
  Unwatch: Actor.message<{ ref: ActorRef<typeof protocol> }>()
}

const mailboxOf = (kind: KernelScenario["mailbox"]): MailboxOptions =>
  kind === "unbounded" ? { kind } : { kind: "bounded", capacity: 3, overflow: kind }

interface Sent {
  readonly id: number
  readonly target: string
  readonly isAsk: boolean
  /** How often its sender was told what came of it: of the sending, or for a question of the asking. */
  settled: number
  /** How often the sender was told that it was taken; of a question only that is known which is settled. */
  accepted: number
  handled: number
  letters: number
}

class Kernel {
  readonly #virtual: VirtualTime
  readonly #system: ActorSystem
  readonly #scenario: KernelScenario
  readonly #sent: Array<Sent> = []
  readonly #order = new Map<string, Array<number>>()
  readonly #ended = new Set<string>()
  readonly #top: TopSupervisor | undefined
  readonly #targets: ReadonlyArray<ActorRef<typeof protocol>>
  readonly #watcher: ActorRef<typeof watcherProtocol>
  readonly #watched = new Set<string>()
  readonly problems: Array<string> = []
  readonly reached = new Set<string>()

  constructor(scenario: KernelScenario) {
    this.#scenario = scenario
    this.#virtual = new VirtualTime({ seed: scenario.seed, permute: true })
    this.#system = new ActorSystem(this.#virtual.context, {
      onRestart: () => {
        this.reached.add("restart")
        if (this.#targets?.some(({ cell }) => cell.depth > 0)) this.reached.add("mail kept through a restart")
      }
    })
    this.#system.deadLetters.subscribe(({ payload, reason }) => {
      const id = idOf(payload)
      const sent = id === undefined ? undefined : this.#sent[id]
      if (sent === undefined || reason === "refused" || reason === "late-reply") return
      this.reached.add("dead letter")
      sent.letters += 1
    })
    const { system, top, refs } = this.#build()
    this.#targets = refs
    this.#top = top
    this.#watcher = system.spawn(this.#watcherBehaviour())
    for (const ref of refs) ref.cell.onEnd(() => this.#ended.add(ref.name))
  }

  #build(): { system: ActorSystem; top: TopSupervisor | undefined; refs: ReadonlyArray<ActorRef<typeof protocol>> } {
    const { parent, restart, maxRestarts, backoff, mailbox } = this.#scenario
    const system = this.#system
    const behaviour = this.#target()
    const ids = ["a", "b", "c"]
    const options = {
      restart,
      mailbox: mailboxOf(mailbox),
      shutdownTimeout: 30,
      ...(backoff && { backoff: { base: 5, max: 20, jitter: 0.5 } })
    }
    if (parent === "none") {
      return {
        system,
        top: undefined,
        refs: ids.map((name) => system.spawn(behaviour, { ...options, name, maxRestarts }))
      }
    }
    const children = ids.map((id) => ({ id, actor: behaviour, ...options }))
    const top = this.#virtual.run(system.supervise({ name: "sup", strategy: parent, maxRestarts, children }))
    return { system, top, refs: ids.flatMap((id) => top.supervisor.ref(id, behaviour) ?? []) }
  }

  #target() {
    const act = (
      count: number,
      { id, sender, does }: { id: number; sender: number; does: Deed },
      context: { name: string; stop: () => void },
      done: () => void
    ): number | Effect.Effect<number, string> => {
      const key = `${sender} → ${context.name}`
      this.#order.set(key, [...(this.#order.get(key) ?? []), id])
      const finish = (): number => {
        const sent = this.#sent[id]
        if (sent !== undefined) sent.handled += 1
        done()
        return count + 1
      }
      if (does === "crash") throw new Error("crash")
      if (does === "crash later") return Effect.andThen(Effect.sleep(3), Effect.fail("crash later"))
      if (does === "sleep") return Effect.andThen(Effect.sleep(2), Effect.sync(finish))
      if (does === "stop itself") context.stop()
      return finish()
    }
    return Actor.make("Target", {
      protocol,
      initial: 0,
      handlers: {
        Do: (count, payload, context) => act(count, payload, context, () => {}),
        Answer: (count, payload, context) => act(count, payload, context, () => context.reply(payload.id))
      }
    })
  }

  #watcherBehaviour() {
    return Actor.make("Watcher", {
      protocol: watcherProtocol,
      initial: 0,
      handlers: {
        Watch: (count, { ref }, { watch }) => {
          this.#watched.add(ref.name)
          watch(ref)
          return count
        },
        Unwatch: (count, { ref }, { unwatch }) => {
          this.#watched.delete(ref.name)
          unwatch(ref)
          return count
        }
      },
      terminated: (count, { ref }) => {
        this.reached.add("notice")
        if (!this.#watched.delete(ref.name)) this.problems.push(`W4: a notice of ${ref.name}, which is not watched`)
        if (!this.#ended.has(ref.name)) this.problems.push(`W4: a notice of ${ref.name}, which has not ended`)
        return count + 1
      }
    })
  }

  take(step: KernelStep): void {
    if (step.kind === "passes") return this.#virtual.advance(step.ms)
    if (step.kind === "turns") {
      for (let count = 0; count < step.count; count += 1) this.#virtual.step()
      return
    }
    const ref = this.#targets[step.target % this.#targets.length]
    if (ref === undefined) return
    switch (step.kind) {
      case "tell":
      case "ready":
      case "ask":
        return this.#send(ref, step)
      case "watch":
      case "unwatch":
        this.#watcher.tell(step.kind === "watch" ? "Watch" : "Unwatch", { ref })
        return
      case "stop":
        this.#virtual.fork(
          this.#top ? Effect.ignore(this.#top.supervisor.terminateChild(ref.name.slice(4))) : this.#system.stop(ref)
        )
        return
      case "again":
        if (this.#top) this.#virtual.fork(Effect.ignore(this.#top.supervisor.restartChild(ref.name.slice(4))))
    }
  }

  #send(ref: ActorRef<typeof protocol>, { kind, sender, does }: Extract<KernelStep, { does: Deed }>): void {
    const id = this.#sent.length
    const sent: Sent = { id, target: ref.name, isAsk: kind === "ask", settled: 0, accepted: 0, handled: 0, letters: 0 }
    this.#sent.push(sent)
    const payload = { id, sender, does }
    const settled = (accepted: boolean) => (): void => {
      sent.settled += 1
      if (accepted) sent.accepted += 1
    }
    const told = { onSuccess: settled(true), onFailure: settled(false) }
    if (kind === "tell") {
      const taken = ref.tell("Do", payload)
      settled(taken)()
      if (!taken && !ref.isStopped) this.reached.add("full mailbox")
    } else if (kind === "ready") {
      this.#virtual.fork(Effect.match(ref.tellWhenReady("Do", payload), told))
    } else {
      this.#virtual.fork(Effect.match(ref.ask("Answer", payload), told))
    }
  }

  finish(): void {
    this.#virtual.advance(10_000)
    for (const { name, isStopped, cell } of this.#targets) {
      if (cell.status === "running" && cell.depth > 0)
        this.problems.push(`M6: ${name} sleeps over ${cell.depth} messages`)
      if (isStopped && this.#watched.has(name))
        this.problems.push(`W4: ${name} has ended, and its watcher was not told`)
    }
    this.#virtual.run(this.#system.shutdown)
    this.#virtual.settle()
    for (const { id, target, isAsk, settled, accepted, handled, letters } of this.#sent) {
      const where = `${isAsk ? "question" : "message"} ${id} to ${target}`
      if (settled !== 1) this.problems.push(`M6: the sender of ${where} was told ${settled} times what came of it`)
      if (isAsk && handled + letters > 1)
        this.problems.push(`M6: ${where} handled ${handled}×, dead letter ${letters}×`)
      if (!isAsk && handled + letters !== accepted) {
        this.problems.push(`M6: ${where} accepted ${accepted}×, handled ${handled}×, dead letter ${letters}×`)
      }
    }
    for (const [pair, ids] of this.#order) {
      if (ids.some((id, index) => id <= (ids[index - 1] ?? -1)))
        this.problems.push(`M1: ${pair} handled ${ids.join(" ")}`)
    }
    for (const { name, isStopped } of this.#targets) {
      if (!isStopped) this.problems.push(`M6: ${name} is still there after the shutdown`)
    }
    if (this.#virtual.nextDue !== undefined) this.problems.push("M6: a timer is left after the shutdown")
  }
}

const idOf = (payload: unknown): number | undefined =>
  typeof payload === "object" && payload !== null && "id" in payload && typeof payload.id === "number"
    ? payload.id
    : undefined

export const runKernel = (scenario: KernelScenario): KernelRun => {
  const kernel = new Kernel(scenario)
  for (const step of scenario.steps) kernel.take(step)
  kernel.finish()
  return { problems: kernel.problems, commands: scenario.steps.length, reached: kernel.reached }
}
