import type { Requirements } from "../../../../model/index.ts"

/** Tasks after which those before count half: popularity follows the last few thousand. */
const generation = 8_192

/** Tasks of one shape, as far as they still count. */
export interface Counted {
  readonly requirements: Requirements
  readonly count: number
}

/** How often each shape of tasks was placed lately. */
export class Census {
  readonly #shapes = new Map<string, { readonly requirements: Requirements; count: number }>()
  #total = 0

  add(requirements: Requirements): void {
    const known = this.#shapes.get(requirements.shape)
    if (known === undefined) this.#shapes.set(requirements.shape, { requirements, count: 1 })
    else known.count += 1
    this.#total += 1
    if (this.#total >= generation) this.#halve()
  }

  all(): ReadonlyArray<Counted> {
    return [...this.#shapes.values()]
  }

  #halve(): void {
    this.#total = 0
    for (const [shape, counted] of this.#shapes) {
      counted.count /= 2
      if (counted.count < 1) this.#shapes.delete(shape)
      else this.#total += counted.count
    }
  }
}
