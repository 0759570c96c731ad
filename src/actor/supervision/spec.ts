import type { Behaviour } from "../behaviour.ts"
import { defaultMailbox } from "../mailbox/mailbox-options.ts"
import type { Protocol } from "../protocol.ts"
import type { AnySpawnOptions } from "../spawn-options.ts"
import {
  type AutoShutdown,
  type ChildPolicy,
  flawOfBackoff,
  flawOfChild,
  flawOfIntensity,
  type Policy,
  type Strategy
} from "./policy.ts"
import type { ChildOptions } from "./supervised.ts"

interface ChildBase extends Omit<ChildOptions, "maxRestarts" | "window"> {
  /** Unique among its siblings. */
  readonly id: string
  /** Its end by itself, for good, may stop the supervisor (`autoShutdown`). Refused for a permanent child. */
  readonly significant?: boolean
}

/** A child that is an actor. Default restart type: permanent. */
export interface ActorChild<P extends Protocol = Protocol>
  extends ChildBase,
    Omit<AnySpawnOptions, "name" | "maxRestarts" | "window" | keyof ChildBase> {
  readonly actor: Behaviour<P>
}

/** A child that is a supervisor itself; it has no limit for its shutdown. */
export interface SupervisorChild extends ChildBase {
  readonly supervisor: Omit<SupervisorSpec, "name"> | Omit<DynamicSpec, "name">
}

export type ChildSpec = ActorChild | SupervisorChild

/** How many restarts are too many: more than `maxRestarts` within `window`. */
interface Intensity {
  /** Default 3. */
  readonly maxRestarts?: number
  /** Milliseconds; default 5,000. */
  readonly window?: number
}

/** A supervisor and its children, in start order. */
export interface SupervisorSpec extends Intensity {
  readonly name: string
  readonly strategy: Strategy
  /** Default never. */
  readonly autoShutdown?: AutoShutdown
  readonly children: ReadonlyArray<ChildSpec>
}

/** A supervisor whose children are started at run time, each of them restarted alone; all share the intensity. */
export interface DynamicSpec extends Intensity {
  readonly name: string
  readonly dynamic: {
    /** Default: no limit. */
    readonly maxChildren?: number
    /** How long its actors may take to stop, all at once, before they are interrupted. Default 5,000 ms. */
    readonly shutdownTimeout?: number
  }
}

export const isDynamic = <Spec extends object>(spec: Spec): spec is Extract<Spec, { dynamic: unknown }> =>
  "dynamic" in spec

export const policyOfChild = ({ id, restart = "permanent", backoff, significant }: ChildSpec): ChildPolicy => ({
  id,
  restart,
  backoff,
  ...(significant !== undefined && { significant })
})

export const policyOf = (spec: Omit<SupervisorSpec, "name"> | Omit<DynamicSpec, "name">): Policy => {
  const { maxRestarts = 3, window = 5_000 } = spec
  if (isDynamic(spec)) return { strategy: "one-for-one", maxRestarts, window, dynamic: true }
  const { strategy, autoShutdown = "never" } = spec
  return { strategy, maxRestarts, window, autoShutdown }
}

/** Why a supervisor of that policy cannot have this child. */
export const flawOf = (policy: Policy, spec: ChildSpec): string | undefined =>
  ("actor" in spec ? (flawOfLimits(spec) ?? flawOfMailbox(spec)) : undefined) ??
  flawOfChild(policy, policyOfChild(spec))

const flawOfMailbox = ({ mailbox = defaultMailbox }: ActorChild): string | undefined => {
  if (mailbox.kind === "unbounded") return undefined
  const { capacity = Number.POSITIVE_INFINITY } = mailbox
  return capacity >= 1 ? undefined : `its mailbox holds 1 message or more, not ${capacity}`
}

/** Why no actor can be spawned with these options. */
export const flawOfOptions = (options: AnySpawnOptions): string | undefined => {
  const { maxRestarts = 3, window = 5_000 } = options
  return flawOfLimits(options) ?? flawOfIntensity({ maxRestarts, window }) ?? flawOfBackoff(options.backoff)
}

/** Why no dynamic supervisor can hold its children to these limits. */
export const flawOfDynamic = ({ maxChildren = 0, shutdownTimeout }: DynamicSpec["dynamic"]): string | undefined => {
  if (!(maxChildren >= 0)) return `maxChildren is 0 or more, not ${maxChildren}`
  return flawOfLimits({ shutdownTimeout })
}

interface Limits {
  readonly shutdownTimeout?: number | undefined
  readonly stash?: number
}

const flawOfLimits = ({ shutdownTimeout = 0, stash = 0 }: Limits): string | undefined => {
  if (!(shutdownTimeout >= 0)) return `its shutdownTimeout is 0 ms or more, not ${shutdownTimeout}`
  if (!(stash >= 0)) return `its stash holds 0 messages or more, not ${stash}`
  return undefined
}
