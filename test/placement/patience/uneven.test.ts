import { describe, expect, it } from "vitest"
import { type Arrival, chanceFrom, lowerBound, median, pareto, pass, quantile, type World } from "./uneven-world.ts"

const seeds = Array.from({ length: 30 }, (_, index) => 7_919 * (index + 1))
/** Four workers, one four times slower, which joined first: of equals the first joined goes first. */
const speeds = [0.25, 1, 1, 1]
const capacity = 3.25
/** Mean of a Pareto distribution of shape 1.1 between 1 and 200 ms. */
const meanWork = 4.5

interface Order {
  /** Whether tasks declare how long they take, give or take 30 %. */
  readonly declared: boolean
}

const task = (at: number, { declared }: Order, chance: () => number): Arrival => {
  const work = pareto(chance())
  const estimate = work * (0.7 + 0.6 * chance())
  return declared ? { at, work, declared: estimate } : { at, work }
}

const burst = (order: Order, seed: number): ReadonlyArray<Arrival> => {
  const chance = chanceFrom(seed)
  return Array.from({ length: 1_000 }, (_, index) => task(index * 0.005, order, chance))
}

/** Poisson arrivals at 70 % of what the workers can do. */
const stream = (order: Order, seed: number): ReadonlyArray<Arrival> => {
  const chance = chanceFrom(seed)
  const rate = (0.7 * capacity) / meanWork
  let at = 0
  return Array.from({ length: 1_000 }, () => {
    at += -Math.log(1 - chance()) / rate
    return task(at, order, chance)
  })
}

const excess = (order: Order, world: World): ReadonlyArray<number> =>
  seeds.map((seed) => {
    const arrivals = burst(order, seed)
    return pass(arrivals, world).makespan / lowerBound(arrivals, world)
  })

const p99 = (order: Order, world: World): number =>
  median(seeds.map((seed) => quantile(pass(stream(order, seed), world).sojourns, 0.99)))

const mean = (values: ReadonlyArray<number>): number => values.reduce((sum, value) => sum + value, 0) / values.length

describe("workers of unequal speed (C15, in virtual time)", () => {
  const centralQueue: World = { speeds, patient: false }
  const ours: World = { speeds }

  it("a burst that declares its durations, 30 % off, ends within 1 % of the lower bound", () => {
    const ratios = excess({ declared: true }, ours)
    expect(median(ratios)).toBeLessThan(1.01)
    expect(quantile(ratios, 0.9)).toBeLessThan(1.03)
  })

  it("a burst of unknown durations ends no later than from a central queue", () => {
    const unknown = { declared: false }
    const ratios = excess(unknown, ours)
    expect(mean(ratios)).toBeLessThanOrEqual(mean(excess(unknown, centralQueue)))
    expect(median(ratios)).toBeLessThan(1.05)
  })

  it("under open arrivals the slowest hundredth is faster than from a central queue, whether declared or not", () => {
    const central = p99({ declared: false }, centralQueue)
    expect(p99({ declared: false }, ours)).toBeLessThan(central)
    expect(p99({ declared: true }, ours)).toBeLessThan(central)
  })

  it.each(["round_robin", "weighted_capacity", "performance_based"] as const)(
    "whoever proposes: a declared burst under %s ends within 1 %% of the bound",
    (strategy) => {
      const world: World = { speeds, strategy }
      for (const seed of seeds.slice(0, 5)) {
        const arrivals = burst({ declared: true }, seed)
        expect(pass(arrivals, world).makespan / lowerBound(arrivals, world)).toBeLessThan(1.01)
      }
    }
  )

  it("costs equal workers nothing: every decision is the one without patience", () => {
    const equal = [1, 1, 1, 1]
    for (const seed of seeds.slice(0, 5)) {
      const arrivals = burst({ declared: true }, seed)
      expect(pass(arrivals, { speeds: equal }).sojourns).toEqual(
        pass(arrivals, { speeds: equal, patient: false }).sojourns
      )
    }
  })
})
