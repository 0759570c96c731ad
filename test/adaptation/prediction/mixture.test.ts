import { describe, expect, it } from "vitest"
import { Mixture } from "../../../src/adaptation/prediction/mixture.ts"
import { normalFrom, randomFrom } from "./noise.ts"

/** Plays a mixture against what comes; each expert says the next value in its own way. */
const play = (
  experts: ReadonlyArray<(step: number, before: number) => number>,
  actuals: ReadonlyArray<number>,
  priors: ReadonlyArray<number> = experts.map(() => 1)
) => {
  const mixture = new Mixture(priors)
  const memory = new Float64Array(mixture.size)
  const errors: Array<number> = []
  const ownErrors = experts.map((): Array<number> => [])
  actuals.forEach((actual, step) => {
    const says = Float64Array.from(experts, (expert) => expert(step, actuals[step - 1] ?? 0))
    const combined = mixture.combine(memory, says, 0)
    errors.push(Math.abs(combined - actual))
    says.forEach((said, index) => {
      ownErrors[index]?.push(Math.abs(said - actual))
    })
    mixture.learn(memory, says, 0, combined, actual)
  })
  const mean = (all: ReadonlyArray<number>) => all.reduce((sum, each) => sum + each, 0) / all.length
  return { error: mean(errors), own: ownErrors.map(mean), late: mean(errors.slice(-50)), memory, mixture }
}

describe("Mixture", () => {
  const normal = normalFrom(randomFrom(5))
  const noise = Array.from({ length: 1_000 }, () => 10 + normal())

  it("comes near the best expert, though most are bad", () => {
    const experts = [() => 10, ...[0, 3, 17, 25, 40].map((level) => () => level)]
    const { error, own } = play(experts, noise)
    expect(error).toBeLessThan(1.1 * Math.min(...own))
  })

  it("is better than any expert where they err on different sides", () => {
    const { error, own } = play([() => 8, () => 12], noise)
    expect(error).toBeLessThan(0.6 * Math.min(...own))
  })

  it("leaves out who says nothing, and says nothing where nobody does", () => {
    const { error } = play([() => 10, (step) => (step % 2 === 0 ? Number.NaN : 10)], noise)
    expect(error).toBeLessThan(1)
    const mixture = new Mixture([1, 1])
    const memory = new Float64Array(mixture.size)
    expect(mixture.combine(memory, Float64Array.of(Number.NaN, Number.POSITIVE_INFINITY), 0)).toBeNaN()
    expect(mixture.shares(memory, Float64Array.of(Number.NaN, Number.NaN), 0)).toEqual([0, 0])
    mixture.learn(memory, Float64Array.of(Number.NaN, 1), 0, Number.NaN, 3)
    expect([...memory].every((value) => value === 0)).toBe(true)
  })

  it("begins with the priors, and forgets them", () => {
    const mixture = new Mixture([1, 1.5])
    const says = Float64Array.of(0, 1)
    const memory = new Float64Array(mixture.size)
    const [first = 0, second = 0] = mixture.shares(memory, says, 0)
    expect(first / second).toBeCloseTo(Math.exp(4))
    expect(play([() => 0, () => 10], noise, [1, 1.5]).late).toBeLessThan(1.2)
  })

  it("follows when another expert has become the better one", () => {
    const actuals = Array.from({ length: 800 }, (_, step) => normal() + (step < 600 ? 0 : 3))
    const { late, own } = play([() => 0, () => 3], actuals)
    expect(late).toBeLessThan(1)
    expect(own[0]).toBeLessThan(own[1] ?? 0)
  })

  it("has weights that do not depend on the unit of the series", () => {
    const experts = (unit: number) => [() => 8 * unit, () => 10 * unit, () => 30 * unit]
    const shares = [1, 1e6, 1e-6].map((unit) => {
      const { mixture, memory } = play(
        experts(unit),
        noise.map((value) => value * unit)
      )
      return mixture.shares(memory, Float64Array.of(1, 1, 1), 0)
    })
    for (const other of shares.slice(1)) {
      other.forEach((share, index) => {
        expect(share).toBeCloseTo(shares[0]?.[index] ?? Number.NaN)
      })
    }
  })
})
