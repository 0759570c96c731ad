const grouped = (value: number, digits: Intl.NumberFormatOptions): string => value.toLocaleString("en", digits)

/** A figure for a reader: four digits of what is below a hundred, whole numbers of what is above; `—` of none. */
export const shown = (value: number): string => {
  if (Number.isNaN(value)) return "—"
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞"
  return Math.abs(value) < 100
    ? grouped(value, { maximumSignificantDigits: 4 })
    : grouped(value, { maximumFractionDigits: 0 })
}

/** The same with its unit. */
export const quantity = (value: number, unit: string): string =>
  unit === "" ? shown(value) : `${shown(value)} ${unit}`

/** A share as percent: whole ones from ten on, a digit behind the point from one on, below two. */
export const percent = (share: number): string => {
  const size = Math.abs(share)
  return grouped(100 * share, { maximumFractionDigits: size >= 0.1 ? 0 : size >= 0.01 ? 1 : 2 })
}
