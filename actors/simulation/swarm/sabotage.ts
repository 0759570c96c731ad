import type { Coordination } from "../../coordination.ts"
import type { FaultSite } from "./action.ts"

/** Parts of the coordinator that throw once, and are themselves again. */
export class Sabotage {
  readonly #hosts: { readonly coordination: Coordination; readonly ledger: Coordination["ledger"] }
  readonly #mends = new Map<string, () => void>()

  constructor(coordination: Coordination) {
    this.#hosts = { coordination, ledger: coordination.ledger }
  }

  /** Where it happens the next time; `after`: once its work is done. Of two at one place the first counts. */
  once(site: FaultSite, after: boolean): void {
    const name = `${site.in}.${site.part}`
    const host = this.#hosts[site.in]
    const original: unknown = Reflect.get(host, site.part)
    if (typeof original !== "function" || this.#mends.has(name)) return
    const own = Object.getOwnPropertyDescriptor(host, site.part)
    const mend = (): void => {
      this.#mends.delete(name)
      if (own === undefined) Reflect.deleteProperty(host, site.part)
      else Object.defineProperty(host, site.part, own)
    }
    this.#mends.set(name, mend)
    const value = (...args: ReadonlyArray<unknown>): unknown => {
      mend()
      if (after) Reflect.apply(original, host, args)
      throw new Error(`a fault of the coordinator in ${site.part}`)
    }
    Object.defineProperty(host, site.part, { value, configurable: true, writable: true })
  }

  mend(): void {
    for (const mend of [...this.#mends.values()]) mend()
  }
}
