import type { AnyRef } from "../ref.ts"
import type { Routed, Routee, RoutingStrategy } from "./strategy.ts"

class RefRoutee implements Routee {
  readonly ref: AnyRef
  readonly serial: number

  constructor(ref: AnyRef, serial: number) {
    this.ref = ref
    this.serial = serial
  }

  get name(): string {
    return this.ref.name
  }

  get load(): number {
    const { depth, handling } = this.ref.cell
    return depth + (handling === undefined ? 0 : 1)
  }

  get isAccepting(): boolean {
    return this.ref.cell.isAccepting
  }
}

type Choose = (message: Routed) => ReadonlyArray<RefRoutee>

const nobody: Choose = () => []

/** The routees of one router, and its strategy over them. */
export class Routees {
  readonly #strategy: RoutingStrategy
  readonly #source: () => ReadonlyArray<AnyRef>
  #seen: ReadonlyArray<AnyRef> | undefined
  #routees: ReadonlyArray<RefRoutee> = []
  #choose: Choose = nobody
  #serial = 0
  #last = -1

  /** `source` gives the same array as long as nobody has come or gone. */
  constructor(strategy: RoutingStrategy, source: () => ReadonlyArray<AnyRef>) {
    this.#strategy = strategy
    this.#source = source
  }

  /** Whom the message goes to: only those that take mail. */
  choose(tag: string, payload: unknown, random: () => number): ReadonlyArray<AnyRef> {
    this.#refresh()
    let chosen = this.#choose({ tag, payload, last: this.#last, random })
    if (!chosen.every(({ isAccepting }) => isAccepting)) {
      this.#take(this.#routees.filter(({ isAccepting }) => isAccepting))
      chosen = this.#choose({ tag, payload, last: this.#last, random })
    }
    const [first] = chosen
    if (first !== undefined) this.#last = first.serial
    return chosen.map(({ ref }) => ref)
  }

  /** It has ended. */
  remove(ref: AnyRef): void {
    this.#take(this.#routees.filter((routee) => routee.ref !== ref))
  }

  #refresh(): void {
    const refs = this.#source()
    if (refs === this.#seen) return
    this.#seen = refs
    const known = new Map(this.#routees.map((routee) => [routee.ref, routee]))
    const routees = [...new Set(refs)].map((ref) => known.get(ref) ?? new RefRoutee(ref, this.#serial++))
    this.#take(routees.sort((a, b) => a.serial - b.serial))
  }

  #take(routees: ReadonlyArray<RefRoutee>): void {
    this.#routees = routees
    this.#choose = routees.length === 0 ? nobody : this.#strategy(routees)
  }
}
