import * as fc from "fast-check"
import type { MailboxOptions, RestartType } from "../src/actor/index.ts"

/** What a message has its receiver do. Where it is a question, it is answered with its id unless said otherwise. */
export const deeds = [
  "say",
  "sleep",
  "sleep long",
  "sleep stubbornly",
  "crash",
  "crash later",
  "crash once",
  "stop itself",
  "put aside",
  "take up again",
  "hand on",
  "ask on",
  "answer later",
  "keep",
  "answer what was kept",
  "answer twice",
  "stay silent",
  "narrow",
  "widen",
  "set a timer",
  "crash with a tick behind it",
  "await idleness",
  "link",
  "report",
  "report and stop"
] as const

export type Deed = (typeof deeds)[number]

interface Sending {
  /** tell; wait for room; tell with a time limit; ask. */
  readonly kind: "tell" | "ready" | "send" | "ask"
  readonly target: number
  readonly sender: number
  readonly does: Deed
  /** By a message whose protocol asks for retries. */
  readonly again: boolean
  /** The time limit of `send` and `ask`. */
  readonly ms: number
}

export type KernelStep =
  | Sending
  | { readonly kind: "passes"; readonly ms: number }
  | { readonly kind: "turns"; readonly count: number }
  /** stop: by its supervisor; kill: behind its back; again: spawned or started anew. */
  | { readonly kind: "watch" | "unwatch" | "stop" | "kill" | "again" | "register"; readonly target: number }
  | { readonly kind: "crash watcher" }

export const mailboxKinds = [
  "unbounded",
  "backpressure",
  "reject",
  "dropNewest",
  "dropOldest",
  "priority",
  "priority backpressure",
  "priority reject"
] as const

/** Three actors, senders and a watcher under virtual time, with tasks in an order that follows from the seed. */
export interface KernelScenario {
  readonly seed: number
  /** Spawned each on its own, or children of one supervisor. */
  readonly parent: "none" | "one-for-one" | "one-for-all" | "rest-for-one"
  readonly restart: RestartType
  readonly maxRestarts: number
  readonly backoff: boolean
  /** Supervised children go on with their state after a failure. */
  readonly resumes: boolean
  /** Each start but the first takes time; every third of them fails. */
  readonly startsBadly: boolean
  readonly mailbox: (typeof mailboxKinds)[number]
  /** Of the watcher. */
  readonly watcherMailbox: "unbounded" | "backpressure" | "priority" | "priority backpressure"
  readonly steps: ReadonlyArray<KernelStep>
}

/** Small enough to be full now and then. */
const capacity = 3

/** Of a message by its id: two priorities. */
export const priorityOf = (payload: unknown): number => (idOf(payload) ?? 0) % 2

export const idOf = (payload: unknown): number | undefined =>
  typeof payload === "object" && payload !== null && "id" in payload && typeof payload.id === "number"
    ? payload.id
    : undefined

const priorities: MailboxOptions = { kind: "priority", priority: (_tag, payload) => priorityOf(payload) }

export const mailboxOf = (kind: KernelScenario["mailbox"]): MailboxOptions => {
  switch (kind) {
    case "unbounded":
      return { kind }
    case "priority":
      return priorities
    case "priority backpressure":
      return { ...priorities, capacity, overflow: "backpressure" }
    case "priority reject":
      return { ...priorities, capacity, overflow: "reject" }
    default:
      return { kind: "bounded", capacity, overflow: kind }
  }
}

const target = fc.nat({ max: 2 })

/** Half of the messages are plain ones: much of what is to be seen is what becomes of those behind the others. */
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Deed>("say") },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Deed>("crash", "crash later", "crash once", "put aside", "report and stop")
  },
  { weight: 7, arbitrary: fc.constantFrom<Deed>(...deeds) }
)

const step: fc.Arbitrary<KernelStep> = fc.oneof(
  {
    weight: 22,
    arbitrary: fc.record({
      kind: fc.constantFrom("tell", "tell", "ready", "send", "ask", "ask"),
      target,
      sender: fc.nat({ max: 1 }),
      does: deed,
      again: fc.boolean(),
      ms: fc.constantFrom(2, 4, 10, 5_000)
    })
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("passes"), ms: fc.constantFrom(0, 1, 1, 2, 3, 5, 20) }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("turns"), count: fc.nat({ max: 8 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("watch", "watch", "unwatch"), target }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("stop", "kill", "again", "again", "register"), target }) },
  { weight: 1, arbitrary: fc.constant({ kind: "crash watcher" }) }
)

export const kernelScenarios: fc.Arbitrary<KernelScenario> = fc.record({
  seed: fc.nat(),
  parent: fc.constantFrom("none", "one-for-one", "one-for-all", "rest-for-one"),
  restart: fc.constantFrom("permanent", "transient", "temporary"),
  maxRestarts: fc.constantFrom(0, 3, 1_000, 1_000),
  backoff: fc.boolean(),
  resumes: fc.integer({ min: 0, max: 4 }).map((draw) => draw === 4),
  startsBadly: fc.integer({ min: 0, max: 2 }).map((draw) => draw === 2),
  mailbox: fc.constantFrom(...mailboxKinds),
  watcherMailbox: fc.constantFrom("unbounded", "backpressure", "priority", "priority backpressure"),
  steps: fc.array(step, { minLength: 30, maxLength: 150, size: "max" })
})
