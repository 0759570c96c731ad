import { Actor, type ActorRef, type ActorSystem } from "../src/actor/index.ts"
import type { Hand, Place, TargetRef } from "./kernel-place.ts"
import { type KernelScenario, mailboxOf } from "./kernel-scenario.ts"

const protocol = {
  Watch: Actor.message<{ ref: TargetRef }>(),
  Unwatch: Actor.message<{ ref: TargetRef }>(),
  News: Actor.message<{ place: Place; id: number }>(),
  Crash: Actor.message()
}

interface Watched {
  /** How much that actor had reported when it ended; `undefined` as long as no notice is due. */
  due: number | undefined
}

/** An actor that watches others, and what it has a right to be told. */
export class Watcher {
  readonly ref: ActorRef<typeof protocol>
  readonly #placeOf: (ref: { readonly name: string }) => Place | undefined
  readonly #problems: Array<string>
  readonly #reached: Set<string>
  readonly #watched = new Map<Place, Watched>()
  readonly #news = new Map<Place, number>()
  #newsId = 0

  constructor(
    system: ActorSystem,
    placeOf: (ref: { readonly name: string }) => Place | undefined,
    mailbox: KernelScenario["watcherMailbox"],
    problems: Array<string>,
    reached: Set<string>
  ) {
    this.#placeOf = placeOf
    this.#problems = problems
    this.#reached = reached
    this.ref = system.spawn(this.#behaviour(), {
      name: "watcher",
      maxRestarts: 1_000,
      mailbox: mailboxOf(mailbox)
    })
  }

  /**
   * Mail of a watched actor: it must come before the notice of its end (B2). By `hand` it is handed on, and waits for
   * room where there is none.
   */
  report(place: Place, hand: Hand | undefined): void {
    this.#newsId += 1
    const news = { place, id: this.#newsId }
    if (hand !== undefined) {
      if (this.ref.cell.depth >= 3) this.#reached.add("mail to a full watcher")
      hand.forward(this.ref, "News", news)
      place.reported += 1
    } else if (this.ref.tell("News", news)) {
      place.reported += 1
    }
  }

  /** An actor has ended. */
  ended(place: Place): void {
    place.ends += 1
    place.reportedAtEnd = place.reported
    const watched = this.#watched.get(place)
    if (watched === undefined) return
    watched.due ??= place.reported
    if ((this.#news.get(place) ?? 0) < place.reported) this.#reached.add("notice with mail before it")
  }

  /** Those who have ended and of whose end it was not told. */
  close(): void {
    for (const [{ name }, { due }] of this.#watched) {
      if (due !== undefined) this.#problems.push(`W4: ${name} has ended, and its watcher was not told`)
    }
  }

  #behaviour() {
    return Actor.make("Watcher", {
      protocol,
      initial: 0,
      handlers: {
        Watch: (count, { ref }, { watch }) => {
          const place = this.#placeOf(ref)
          if (place !== undefined && !this.#watched.has(place)) {
            if (ref.isStopped) this.#reached.add("watch of the dead")
            this.#watched.set(place, { due: ref.isStopped ? place.reportedAtEnd : undefined })
          }
          watch(ref)
          return count
        },
        Unwatch: (count, { ref }, { unwatch }) => {
          const place = this.#placeOf(ref)
          const watched = place && this.#watched.get(place)
          if (place !== undefined && watched !== undefined) {
            if (watched.due !== undefined) this.#reached.add("unwatch with the notice on its way")
            this.#watched.delete(place)
          }
          unwatch(ref)
          return count
        },
        News: (count, { place }) => {
          this.#news.set(place, 1 + (this.#news.get(place) ?? 0))
          return count + 1
        },
        Crash: () => {
          this.#reached.add("watcher's restart")
          throw new Error("crash")
        }
      },
      terminated: (count, { ref }) => {
        this.#reached.add("notice")
        const place = this.#placeOf(ref)
        const watched = place && this.#watched.get(place)
        if (place === undefined || watched === undefined) {
          this.#problems.push(`W4: a notice of ${ref.name}, which is not watched`)
          return count
        }
        this.#watched.delete(place)
        if (watched.due === undefined) this.#problems.push(`W4: a notice of ${ref.name}, which has not ended`)
        else if ((this.#news.get(place) ?? 0) < watched.due) {
          this.#problems.push(`W4: the notice of ${ref.name} overtook what it had sent (B2)`)
        }
        return count + 1
      }
    })
  }
}
