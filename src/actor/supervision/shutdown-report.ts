import { Cell } from "../cell/cell.ts"
import type { ExitReason } from "../errors.ts"
import type { Supervised } from "./supervised.ts"

/** What a shutdown came to. */
export interface ShutdownReport {
  /** Paths of actors, however deep, that took longer than their shutdown timeout and were interrupted. */
  readonly overran: ReadonlyArray<string>
  /** Those that ended otherwise than asked. */
  readonly odd: ReadonlyArray<{ readonly child: string; readonly reason: ExitReason }>
}

/** Gathers who ended how, those below included. */
export class ShutdownNotes {
  #overran: Array<string> = []
  #odd: Array<ShutdownReport["odd"][number]> = []

  get report(): ShutdownReport {
    return { overran: [...this.#overran], odd: [...this.#odd] }
  }

  note(child: string, reason: ExitReason, overran: boolean, below: ShutdownReport | undefined): void {
    if (below !== undefined) {
      this.#overran.push(...below.overran)
      this.#odd.push(...below.odd)
    }
    if (overran) this.#overran.push(child)
    if (reason._tag === "Failed") this.#odd.push({ child, reason })
  }
}

/** Who below that child ended how, when it stopped. */
export const reportBelow = (child: Supervised): ShutdownReport | undefined =>
  child instanceof Cell ? child.offspring?.report : child.report
