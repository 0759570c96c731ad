import { NameTaken } from "../errors.ts"
import type { Protocol } from "../protocol.ts"
import type { ActorRef, AnyRef } from "../ref.ts"

/** A name in the registry, of whatever protocol. */
export interface AnyKey {
  readonly name: string
}

/** A name in the registry under which an actor of this protocol may go: its own key, or that of a smaller protocol. */
export interface KeyFor<P extends Protocol> extends AnyKey {
  /** Never read: whoever takes fewer messages than the key says is not let in under it. */
  readonly "~holds"?: (ref: ActorRef<P>) => void
}

/** A name in the registry, with the protocol of whoever is to be found under it. */
export interface Key<P extends Protocol> extends KeyFor<P> {
  /** Never read: whoever is found under it takes all messages of the protocol. */
  readonly "~finds"?: ActorRef<P>
}

/** `Actor.key<typeof protocol>("counter")`. Two keys of one name are the same key. */
export const key = <P extends Protocol>(name: string): Key<P> => ({ name })

/** Told that the members of a group have changed. */
type Listener = () => void

// Only refs of the key's protocol come in under it: `register` and `join` take no others.

const isOf = <P extends Protocol>(_key: Key<P>, ref: AnyRef | undefined): ref is ActorRef<P> => ref !== undefined

const areOf = <P extends Protocol>(
  _key: Key<P>,
  refs: ReadonlyArray<AnyRef> | undefined
): refs is ReadonlyArray<ActorRef<P>> => refs !== undefined

const nobody: ReadonlyArray<never> = []

/**
 * Who is to be found under which name. A name has one holder (`register`), a group any number of members (`join`). An
 * actor is in it from the call until it has fully stopped, through all its restarts (L2).
 */
export class Registry {
  readonly #holders = new Map<string, AnyRef>()
  /** In the order in which they joined. An array is replaced when members come or go, and never changed. */
  readonly #groups = new Map<string, ReadonlyArray<AnyRef>>()
  readonly #listeners = new Map<string, Set<Listener>>()
  readonly #onListenerFailure: (cause: unknown) => void

  constructor(onListenerFailure: (cause: unknown) => void) {
    this.#onListenerFailure = onListenerFailure
  }

  /** Throws `NameTaken` where another holds the name and has not fully stopped. One that has stopped gets no name. */
  register<P extends Protocol>({ name }: KeyFor<P>, ref: ActorRef<P>): void {
    const holder = this.#holders.get(name)
    if (holder === ref) return
    if (holder !== undefined) throw new NameTaken({ name })
    if (ref.isStopped) return
    this.#holders.set(name, ref)
    ref.cell.registered(name)
  }

  /** Frees the name, where this actor holds it. */
  unregister<P extends Protocol>({ name }: KeyFor<P>, ref: ActorRef<P>): void {
    if (this.#holders.get(name) === ref) this.#holders.delete(name)
    this.#forget(name, ref)
  }

  /** The holder of the name, until it has fully stopped. */
  find<P extends Protocol>(key: Key<P>): ActorRef<P> | undefined {
    const holder = this.#holders.get(key.name)
    return isOf(key, holder) ? holder : undefined
  }

  /** Adds the actor to a group. Idempotent. */
  join<P extends Protocol>({ name }: KeyFor<P>, ref: ActorRef<P>): void {
    if (ref.isStopped) return
    const members = this.#groups.get(name) ?? []
    if (members.includes(ref)) return
    this.#groups.set(name, [...members, ref])
    ref.cell.registered(name)
    this.#changed(name)
  }

  leave({ name }: AnyKey, ref: AnyRef): void {
    if (!this.#leave(name, ref)) return
    this.#forget(name, ref)
    this.#changed(name)
  }

  /**
   * Those in the group that have not fully stopped, in the order in which they joined. The same array as long as nobody
   * joins or leaves.
   */
  members<P extends Protocol>(key: Key<P>): ReadonlyArray<ActorRef<P>> {
    const members = this.#groups.get(key.name)
    return areOf(key, members) ? members : nobody
  }

  /** Tells the members now and at each change. Returns what ends it. */
  subscribe<P extends Protocol>(key: Key<P>, listener: (members: ReadonlyArray<ActorRef<P>>) => void): () => void {
    const told: Listener = () => listener(this.members(key))
    const listeners = this.#listeners.get(key.name) ?? new Set()
    this.#listeners.set(key.name, listeners.add(told))
    this.#tell(told)
    return () => {
      const left = this.#listeners.get(key.name)
      left?.delete(told)
      if (left?.size === 0) this.#listeners.delete(key.name)
    }
  }

  /** @internal The actor has fully stopped: all that it held is free. */
  release(names: Iterable<string>, ref: AnyRef): void {
    for (const name of names) {
      if (this.#holders.get(name) === ref) this.#holders.delete(name)
      if (this.#leave(name, ref)) this.#changed(name)
    }
  }

  /** An actor that comes and goes under ever new names must not remember them all. */
  #forget(name: string, ref: AnyRef): void {
    const isThere = this.#holders.get(name) === ref || this.#groups.get(name)?.includes(ref) === true
    if (!isThere) ref.cell.unregistered(name)
  }

  #leave(name: string, ref: AnyRef): boolean {
    const members = this.#groups.get(name)
    if (members?.includes(ref) !== true) return false
    const left = members.filter((member) => member !== ref)
    if (left.length === 0) this.#groups.delete(name)
    else this.#groups.set(name, left)
    return true
  }

  #changed(name: string): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) this.#tell(listener)
  }

  #tell(listener: Listener): void {
    try {
      listener()
    } catch (cause) {
      this.#onListenerFailure(cause)
    }
  }
}
