import type { BallastEvent } from "../../../actors/index.ts"

interface Way {
  readonly source: string
  readonly target: string
}

/** Which running tasks went from which worker to which, from the events alone. */
export class Moves {
  readonly #offered = new Map<number, Way>()
  readonly #done: Array<Way> = []

  readonly onEvent = (event: BallastEvent): void => {
    if (event._tag === "MigrationOffered") {
      this.#offered.set(event.migrationId, { source: event.source, target: event.reservation.workerId })
    } else if (event._tag === "TaskPlaced" && event.migrationId !== undefined) {
      const way = this.#offered.get(event.migrationId)
      if (way !== undefined) this.#done.push(way)
    }
  }

  get count(): number {
    return this.#done.length
  }

  into(workerId: string): number {
    return this.#done.filter(({ target }) => target === workerId).length
  }

  outOf(workerId: string): number {
    return this.#done.filter(({ source }) => source === workerId).length
  }
}
