import * as Schema from "effect/Schema"
import type { Millis } from "../../../src/model/index.ts"
import { mean, standardDeviation } from "../../../src/statistics/index.ts"
import type { Chance } from "./chance.ts"
import { Positive, Quantity } from "./quantity.ts"

/** How long tasks take: milliseconds of work on a worker of speed 1. */
export const ServiceTime = Schema.Union([
  Schema.Struct({ type: Schema.Literal("constant"), ms: Quantity }),
  Schema.Struct({ type: Schema.Literal("uniform"), from: Quantity, to: Quantity }),
  Schema.Struct({ type: Schema.Literal("exponential"), mean: Positive }),
  /** `mean` is that of the times; `sigma` is the deviation of their logarithm: the larger, the more unequal they are. */
  Schema.Struct({ type: Schema.Literal("lognormal"), mean: Positive, sigma: Quantity }),
  /** Mostly near `least`, some up to `most`: the smaller `alpha`, the more of the work is in the few longest. */
  Schema.Struct({ type: Schema.Literal("bounded-pareto"), alpha: Positive, least: Positive, most: Positive }),
  /** One of these, each as likely. */
  Schema.Struct({ type: Schema.Literal("recorded"), ms: Schema.Array(Quantity).check(Schema.isMinLength(1)) })
])
export type ServiceTime = typeof ServiceTime.Type

type Of<Type extends ServiceTime["type"]> = Extract<ServiceTime, { readonly type: Type }>

/** Exponential with mean 1: 0 ≤ x, finite. */
export const standardExponential = (chance: Chance): number => -Math.log1p(-chance())

/** Box and Muller's transform: two numbers are drawn for each, so that none is kept for later. */
const standardNormal = (chance: Chance): number =>
  Math.sqrt(2 * standardExponential(chance)) * Math.cos(2 * Math.PI * chance())

const lognormal = ({ mean, sigma }: Of<"lognormal">, chance: Chance): (() => Millis) => {
  const mu = Math.log(mean) - sigma ** 2 / 2
  return () => Math.exp(mu + sigma * standardNormal(chance))
}

/** By inversion of F(x) = (1 − (least/x)^α) ÷ (1 − (least/most)^α). */
const boundedPareto = ({ alpha, least, most }: Of<"bounded-pareto">, chance: Chance): (() => Millis) => {
  const within = 1 - (least / most) ** alpha
  return () => Math.min(most, least * (1 - chance() * within) ** (-1 / alpha))
}

/** Draws such times, one at each call; always as many numbers for each, so that the n-th time hangs on nothing else. */
export const samplerOf = (time: ServiceTime, chance: Chance): (() => Millis) => {
  switch (time.type) {
    case "constant":
      return () => time.ms
    case "uniform":
      return () => time.from + chance() * (time.to - time.from)
    case "exponential":
      return () => time.mean * standardExponential(chance)
    case "lognormal":
      return lognormal(time, chance)
    case "bounded-pareto":
      return boundedPareto(time, chance)
    case "recorded":
      return () => time.ms[Math.floor(chance() * time.ms.length)] ?? Number.NaN
  }
}

/**
 * The n-th moment of a bounded Pareto time: α leastⁿ ∫ y^(n−α−1) dy ÷ (1 − (least/most)^α), y from 1 to most/least
 * (Harchol-Balter, Performance Modeling and Design of Computer Systems, ch. 20). The integral is
 * ((most/least)^(n−α) − 1) ÷ (n − α), in the limit the logarithm, and near it only expm1 keeps its digits.
 */
const paretoMoment = ({ alpha, least, most }: Of<"bounded-pareto">, n: 1 | 2): number => {
  const span = Math.log(most / least)
  if (span === 0) return least ** n
  const integral = n === alpha ? span : Math.expm1((n - alpha) * span) / (n - alpha)
  return (alpha * least ** n * integral) / -Math.expm1(-alpha * span)
}

/** The mean, in closed form. Milliseconds. */
export const meanOf = (time: ServiceTime): Millis => {
  switch (time.type) {
    case "constant":
      return time.ms
    case "uniform":
      return (time.from + time.to) / 2
    case "exponential":
    case "lognormal":
      return time.mean
    case "bounded-pareto":
      return paretoMoment(time, 1)
    case "recorded":
      return mean(time.ms)
  }
}

const squaredVariation = (deviation: number, mean: number): number => (deviation === 0 ? 0 : (deviation / mean) ** 2)

/** C², the variance ÷ the mean squared, in closed form: 0 where all are the same, 1 for exponential times. */
export const variationOf = (time: ServiceTime): number => {
  switch (time.type) {
    case "constant":
      return 0
    case "uniform":
      return squaredVariation((time.to - time.from) / Math.sqrt(12), meanOf(time))
    case "exponential":
      return 1
    case "lognormal":
      return Math.expm1(time.sigma ** 2)
    case "bounded-pareto":
      return Math.max(0, paretoMoment(time, 2) / paretoMoment(time, 1) ** 2 - 1)
    case "recorded":
      return squaredVariation(standardDeviation(time.ms), meanOf(time))
  }
}
