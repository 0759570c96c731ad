import { Cell } from "../cell/cell.ts"
import type { Supervised } from "../supervision/supervised.ts"
import { SupervisorLife } from "../supervision/supervisor-life.ts"
import type { DeadLetterReason } from "./dead-letters.ts"
import type { HandlingSummary, HandlingTimes } from "./handling-times.ts"
import { actorsBelow, childrenOf } from "./lookup.ts"

/** A system as it stands: plain data. Milliseconds throughout; moments are on the system's monotonic clock. */
export interface Inspection {
  readonly name: string
  readonly at: number
  /** Supervisors in start order, then the actors that were spawned. */
  readonly tree: ReadonlyArray<Inspected>
  /** How long the handlers of each behaviour take. */
  readonly handling: ReadonlyArray<HandlingInspection>
  /** The latest restarts, the oldest first. */
  readonly restarts: ReadonlyArray<RestartRecord>
  /** Which actor waits for which other's answer before it handles anything else. */
  readonly waitsFor: ReadonlyArray<WaitingFor>
  readonly deadLetters: {
    readonly total: number
    readonly byReason: Readonly<Partial<Record<DeadLetterReason, number>>>
  }
}

/** One actor or supervisor, and what is below it. */
export type Inspected = InspectedActor | InspectedSupervisor

interface InspectedBase {
  /** Its path. */
  readonly name: string
  readonly status: string
  readonly restarts: number
  readonly children: ReadonlyArray<Inspected>
}

export interface InspectedActor extends InspectedBase {
  readonly kind: "actor"
  readonly behaviour: string
  /** Messages in the mailbox. */
  readonly depth: number
  /** How long the oldest of them has been there; 0 where there is none. */
  readonly oldest: number
  readonly stashed: number
  /** Questions that it has begun to handle and owes an answer. */
  readonly openAsks: number
  /** How many wait for its end. */
  readonly watchers: number
}

export interface InspectedSupervisor extends InspectedBase {
  readonly kind: "supervisor"
  readonly strategy: "one-for-one" | "one-for-all" | "rest-for-one" | "dynamic"
}

export interface HandlingInspection extends HandlingSummary {
  readonly behaviour: string
  /** Messages that took less than each bound, in milliseconds, and no less than the bound before; none is empty. */
  readonly histogram: HandlingTimes["histogram"]
}

export interface RestartRecord {
  readonly actor: string
  /** What it failed with, in words. */
  readonly cause: string
  /** Of how many in a row. */
  readonly attempt: number
  readonly delay: number
  readonly at: number
}

export interface WaitingFor {
  readonly asker: string
  readonly asked: string
  /** The question. */
  readonly tag: string
  /** How long the question has been open. */
  readonly age: number
}

const inspectNode = (node: Supervised, now: number): Inspected | undefined => {
  if (node instanceof Cell) return inspectActor(node, now)
  return node instanceof SupervisorLife ? inspectSupervisor(node, now) : undefined
}

/** These, and what is below them. */
export const inspectAll = (nodes: Iterable<Supervised>, now: number): ReadonlyArray<Inspected> =>
  [...nodes].flatMap((node) => inspectNode(node, now) ?? [])

const inspectActor = (cell: Cell, now: number): InspectedActor => {
  const { path, status, restarts, behaviour, depth, mailbox, stashed, openAsks, watchers } = cell
  const { oldest } = mailbox
  return {
    name: path,
    kind: "actor",
    behaviour: behaviour.name,
    status,
    depth,
    oldest: oldest === undefined ? 0 : Math.max(0, now - oldest),
    stashed,
    openAsks,
    restarts,
    watchers,
    children: inspectAll(childrenOf(cell), now)
  }
}

const inspectSupervisor = (supervisor: SupervisorLife, now: number): InspectedSupervisor => {
  const { path, status, strategy } = supervisor
  const entries = new Map(supervisor.children().map((entry) => [`${path}/${entry.id}`, entry]))
  // The supervisor knows of a child between two runs that it is being restarted.
  const children = inspectAll(childrenOf(supervisor), now).map((child): Inspected => {
    const entry = entries.get(child.name)
    return entry === undefined ? child : { ...child, status: entry.status, restarts: entry.restarts }
  })
  return { name: path, kind: "supervisor", strategy, status, restarts: 0, children }
}

/** Who waits for whom at or below these. */
export const waitsForBelow = (nodes: Iterable<Supervised>, now: number): ReadonlyArray<WaitingFor> =>
  [...actorsBelow(nodes)].flatMap(({ path, handling }) =>
    handling === undefined
      ? []
      : [...handling.asks].map(({ target, tag, sentAt }) => ({
          asker: path,
          asked: target.path,
          tag,
          age: now - sentAt
        }))
  )
