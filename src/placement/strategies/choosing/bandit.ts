import { drawAt } from "../../../hashing/index.ts"

/** What was seen of one arm: a mean and the spread around it, in which older observations count ever less. */
interface Seen {
  /** Observations, discounted. */
  count: number
  mean: number
  /** Sum of squared deviations, discounted. */
  squares: number
}

/** All that a bandit goes by beside its seed. */
export interface BanditState {
  readonly turn: number
  readonly arm: number
  readonly left: number
  readonly choices: number
  readonly explored: number
  readonly seen: ReadonlyArray<Readonly<Seen>>
}

export interface BanditOptions {
  /** What an observation counts for once another has come, below 1: 0.995 remembers some 200. */
  readonly discount: number
  /** The share of choices that may go to another arm than the best. */
  readonly explore: number
  /** Choices that an arm keeps once it is taken, so that what follows is its own doing. */
  readonly block: number
}

/** Observations of one arm that what is expected of it beforehand is worth. */
const prior = 2

/** Costs that follow one another are alike: so many tell as much as one that stands alone. */
const alike = 4

/** The least deviation that is believed in. */
const leastDeviation = 0.1

/** A normal draw of the arm (Box and Muller). */
const normalAt = (seed: number, turn: number, arm: number): number =>
  Math.sqrt(-2 * Math.log(1 - drawAt(seed, turn, 2 * arm))) * Math.cos(2 * Math.PI * drawAt(seed, turn, 2 * arm + 1))

/** What is expected of each arm where little was seen of it. */
export type Expected = (arm: number) => number | undefined

/**
 * Which of several arms costs least, by discounted Thompson sampling: each arm is as likely to be taken as it is to be the
 * best by what was seen lately. An arm stays for a block of choices. Of all choices, discounted, no more than the share
 * `explore` goes to others than the best, one block apart; until others were seen the first is the best.
 */
export class Bandit {
  readonly #options: BanditOptions
  readonly #seed: number
  readonly #seen: ReadonlyArray<Seen>
  #turn = 0
  #arm = 0
  #left = 0
  /** Choices, and those that went to others than the best; discounted. */
  #choices = 0
  #explored = 0

  constructor(arms: number, seed: number, options: BanditOptions) {
    this.#seed = seed
    this.#options = options
    this.#seen = Array.from({ length: arms }, () => ({ count: 0, mean: 0, squares: 0 }))
  }

  /** The arm to take now. The same until `took` is called, or more is seen. */
  choice(expected: Expected): number {
    return this.#left > 0 ? this.#arm : this.#draw(expected)
  }

  /** The choice was acted upon. */
  took(arm: number, expected: Expected): void {
    const { block, discount } = this.#options
    if (this.#left > 0) this.#left -= 1
    else {
      this.#arm = arm
      this.#left = block - 1
      this.#turn += 1
    }
    this.#choices = this.#choices * discount + 1
    this.#explored = this.#explored * discount + (arm === this.best(expected) ? 0 : 1)
  }

  /** What a choice of the arm has cost. */
  saw(arm: number, cost: number): void {
    const seen = this.#seen[arm]
    if (seen === undefined || !Number.isFinite(cost)) return
    for (const each of this.#seen) {
      each.count *= this.#options.discount
      each.squares *= this.#options.discount
    }
    seen.count += 1
    const away = cost - seen.mean
    seen.mean += away / seen.count
    seen.squares += away * (cost - seen.mean)
  }

  /** Costs least by what was seen; of equals the first. */
  best(expected: Expected): number {
    let best = 0
    this.#seen.forEach((_, arm) => {
      if (this.#meanOf(arm, expected) < this.#meanOf(best, expected)) best = arm
    })
    return best
  }

  /** The mean cost of an arm; `undefined` where none was seen. */
  mean(arm: number): number | undefined {
    const seen = this.#seen[arm]
    return seen === undefined || seen.count === 0 ? undefined : seen.mean
  }

  /** The mean of all that was seen. */
  get overall(): number | undefined {
    let count = 0
    let sum = 0
    for (const seen of this.#seen) {
      count += seen.count
      sum += seen.count * seen.mean
    }
    return count > 0 ? sum / count : undefined
  }

  /** What was seen and chosen, as data. */
  get state(): BanditState {
    const [turn, arm, left, choices, explored] = [this.#turn, this.#arm, this.#left, this.#choices, this.#explored]
    return { turn, arm, left, choices, explored, seen: this.#seen.map((seen) => ({ ...seen })) }
  }

  /** Goes on from what one with as many arms has seen. */
  restore({ turn, arm, left, choices, explored, seen }: BanditState): void {
    this.#turn = turn
    this.#arm = arm
    this.#left = left
    this.#choices = choices
    this.#explored = explored
    for (const [index, each] of this.#seen.entries()) Object.assign(each, seen[index])
  }

  #draw(expected: Expected): number {
    const best = this.best(expected)
    const { block, explore } = this.#options
    if (this.#explored + block > explore * (this.#choices + block)) return best
    const deviation = this.#deviation
    let chosen = best
    let least = Number.POSITIVE_INFINITY
    this.#seen.forEach(({ count }, arm) => {
      const error = deviation / Math.sqrt(count / alike + prior)
      const drawn = this.#meanOf(arm, expected) + error * normalAt(this.#seed, this.#turn, arm)
      if (drawn >= least) return
      chosen = arm
      least = drawn
    })
    return chosen
  }

  #meanOf(arm: number, expected: Expected): number {
    const { count, mean } = this.#seen[arm] ?? { count: 0, mean: 0 }
    const before = expected(arm) ?? this.overall ?? 0
    return (count * mean + prior * before) / (count + prior)
  }

  /** The deviation around the arms' own means. */
  get #deviation(): number {
    let squares = 0
    let count = 0
    for (const seen of this.#seen) {
      squares += seen.squares
      count += seen.count
    }
    return Math.max(leastDeviation, count > 1 ? Math.sqrt(squares / (count - 1)) : 1)
  }
}
