import { type Behaviour, makeRelay, type Terminated } from "../behaviour.ts"
import { askingOf } from "../cell/handling.ts"
import type { Instance } from "../cell/instance.ts"
import type { ActorContext } from "../context.ts"
import { NoRoutee } from "../errors.ts"
import type { Protocol } from "../protocol.ts"
import type { ActorRef, AnyRef } from "../ref.ts"
import type { SpawnOptions } from "../spawn-options.ts"
import type { Key } from "../system/registry.ts"
import { askAll } from "./broadcast-question.ts"
import { type Routing, strategyOf, type UntypedRouting } from "./named-strategies.ts"
import { Routees } from "./routees.ts"

/** Actors that a router spawns and restarts as its children. */
export interface Pool<P extends Protocol> {
  readonly behaviour: Behaviour<P>
  /** How many; at least 1. */
  readonly size: number
  /** Of each. Their names are this one's `name`, or the behaviour's, and a number. */
  readonly options?: Omit<SpawnOptions, "as">
}

/** Among whom a router chooses. */
export type RoutedTo<P extends Protocol> =
  | { readonly refs: ReadonlyArray<ActorRef<P>> }
  | { readonly pool: Pool<P> }
  /** Whoever is in the group at that moment. */
  | { readonly group: Key<P> }

export interface RouterOptions<P extends Protocol> {
  /** Shows in errors and logs. Default `Router`. */
  readonly name?: string
  readonly protocol: P
  readonly to: RoutedTo<P>
  readonly strategy: Routing<P>
}

/**
 * An actor that hands each message on to one of others, or to all.
 *
 * - The routee answers the asker itself; the router waits for nobody.
 * - Messages that one sender sends through one router to one routee arrive in order.
 * - A routee that has ended, or is about to, gets nothing more. Restarts are no end.
 * - Without a routee a message is a dead letter, `no-routee`, and a question fails with `NoRoutee`.
 * - A routee whose mailbox is full and waits (`backpressure`) does not hold up the others: the message waits for it.
 *
 * A failure of the router itself, as by a hash that throws, starts its pool anew.
 */
export const router = <P extends Protocol>(options: RouterOptions<P>): Behaviour<P> => {
  const { name = "Router", protocol } = options
  if ("pool" in options.to && !(options.to.pool.size >= 1)) {
    throw new RangeError(`a pool has at least 1 routee, not ${options.to.pool.size}`)
  }
  const routing: UntypedRouting = options.strategy
  const strategy = strategyOf(routing)
  return makeRelay(name, protocol, {
    initial: (context: ActorContext<P>) => new Routees(strategy, sourceOf(options.to, context)),
    otherwise: route,
    terminated: (routees: Routees, { ref }: Terminated) => {
      routees.remove(ref)
      return routees
    }
  })
}

/** Gives who there is: the same array as long as nothing has changed. */
const sourceOf = <P extends Protocol>(to: RoutedTo<P>, context: ActorContext<P>): (() => ReadonlyArray<AnyRef>) => {
  // The registry itself takes those out of a group who have ended.
  if ("group" in to) return () => context.system.registry.members(to.group)
  const refs = "refs" in to ? to.refs : spawned(to.pool, context)
  for (const ref of refs) context.watch(ref)
  return () => refs
}

const spawned = <P extends Protocol>(
  { behaviour, size, options }: Pool<P>,
  context: ActorContext<P>
): ReadonlyArray<AnyRef> =>
  Array.from({ length: size }, (_, index) => {
    const name = `${options?.name ?? behaviour.name}-${index + 1}`
    return context.spawn(behaviour, { ...options, name })
  })

const route = (routees: Routees, tag: string, payload: unknown, context: ActorContext<Protocol>): Routees => {
  const chosen = routees.choose(tag, payload, context.random)
  const { instance } = context.self.cell
  const [first, ...others] = chosen
  if (instance === undefined) return routees
  if (first === undefined) noRoutee(instance)
  else if (others.length === 0) instance.forward(first.cell, tag, payload)
  else toAll(instance, chosen, tag, payload)
  return routees
}

const noRoutee = ({ cell, tag = "", payload, postmark }: Instance): void => {
  const asking = askingOf(postmark)
  if (asking === undefined) cell.bury({ tag, payload, postmark }, "no-routee")
  else asking.fail(new NoRoutee({ router: cell.path, tag }))
}

const toAll = (instance: Instance, chosen: ReadonlyArray<AnyRef>, tag: string, payload: unknown): void => {
  const asking = askingOf(instance.postmark)
  if (asking !== undefined) {
    instance.clearDesk()
    return askAll(asking, chosen, tag, payload)
  }
  for (const { cell } of chosen) instance.forward(cell, tag, payload)
}
