import { Actor, type ActorSystem, NameTaken } from "../src/actor/index.ts"
import type { Place, protocol } from "./kernel-place.ts"

const all = Actor.key<typeof protocol>("all")
const keyOf = (name: string) => Actor.key<typeof protocol>(name)

/** Who holds which name, next to the registry: the two must agree (L2). */
export class Names {
  readonly #system: ActorSystem
  readonly #problems: Array<string>
  readonly #reached: Set<string>
  readonly #holders = new Map<string, Place>()
  readonly #members = new Set<Place>()

  constructor(system: ActorSystem, problems: Array<string>, reached: Set<string>) {
    this.#system = system
    this.#problems = problems
    this.#reached = reached
  }

  join(place: Place): void {
    if (place.ref === undefined || place.ref.isStopped) return
    this.#system.registry.join(all, place.ref)
    this.#members.add(place)
  }

  /** Refused as long as another holds the name and has not fully stopped. */
  register(name: string, place: Place): void {
    const { ref } = place
    if (ref === undefined || ref.isStopped) return
    const holder = this.#holders.get(name)
    const taken = holder !== undefined && holder !== place
    const refused = this.#refuses(() => this.#system.registry.register(keyOf(name), ref))
    if (taken !== refused) {
      this.#problems.push(`L2: ${place.name} was ${refused ? "refused" : "given"} the name ${name} of ${holder?.name}`)
    }
    if (taken && holder.ref?.cell.isAccepting === false) this.#reached.add("name of one who is stopping")
    if (refused) return
    if (place.incarnation > 1 || place.ends > 0) this.#reached.add("name after a restart")
    this.#holders.set(name, place)
  }

  /** Spawning under a name that somebody has who has not fully stopped must be refused. */
  refusesSpawn(place: Place, spawn: () => void): boolean {
    const taken = place.ref?.isStopped === false
    const refused = this.#refuses(spawn)
    if (taken !== refused) this.#problems.push(`L2: spawning ${place.name} was ${refused ? "refused" : "possible"}`)
    if (!refused) this.#reached.add("name spawned again")
    return refused
  }

  ended(place: Place): void {
    for (const [name, holder] of this.#holders) {
      if (holder === place) this.#holders.delete(name)
    }
    this.#members.delete(place)
  }

  check(): void {
    const { registry } = this.#system
    for (const name of ["a", "b", "c"]) {
      const found = registry.find(keyOf(name))
      const holder = this.#holders.get(name)
      if (found !== holder?.ref) this.#problems.push(`L2: ${name} is ${found?.name}, not ${holder?.name}`)
    }
    const members = registry.members(all).map((ref) => ref.name)
    const expected = [...this.#members].map(({ name }) => name)
    if (members.join() !== expected.join()) this.#problems.push(`L2: members are ${members}, not ${expected}`)
  }

  #refuses(what: () => void): boolean {
    try {
      what()
      return false
    } catch (error) {
      if (error instanceof NameTaken) return true
      throw error
    }
  }
}
