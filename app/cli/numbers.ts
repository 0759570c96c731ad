import { UsageError } from "./usage-error.ts"

/** The whole number an option says, at least 1; `undefined` where it was left out. */
export const countOption = (name: string, given: string | undefined): number | undefined => {
  if (given === undefined) return undefined
  const count = Number(given)
  if (Number.isInteger(count) && count >= 1) return count
  throw new UsageError("BALLAST_USAGE", `--${name} ${given} is no number of that kind`, "a whole number, at least 1")
}

/** The number an option says, above 0; `undefined` where it was left out. */
export const quantityOption = (name: string, given: string | undefined): number | undefined => {
  if (given === undefined) return undefined
  const quantity = Number(given)
  if (Number.isFinite(quantity) && quantity > 0) return quantity
  throw new UsageError("BALLAST_USAGE", `--${name} ${given} is no number of that kind`, "a number above 0")
}
