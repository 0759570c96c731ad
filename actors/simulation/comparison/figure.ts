const grouped = (value: number, digits: Intl.NumberFormatOptions): string => value.toLocaleString("en", digits)

/** Below this a figure has more zeros behind the point than a reader counts. */
const tiny = 1e-6

/**
 * A figure for a reader: four digits of what is below a hundred, whole numbers of what is above; `—` of none. There is
 * but one zero.
 */
export const shown = (value: number): string => {
  if (Number.isNaN(value)) return "—"
  if (value === 0) return "0"
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞"
  const size = Math.abs(value)
  if (size < tiny) return value.toExponential(3)
  return size < 100 ? grouped(value, { maximumSignificantDigits: 4 }) : grouped(value, { maximumFractionDigits: 0 })
}

/** The same with its unit. */
export const quantity = (value: number, unit: string): string =>
  unit === "" ? shown(value) : `${shown(value)} ${unit}`

/** A share as percent: whole ones from ten on, a digit behind the point from one on, below two digits that count. */
export const percent = (share: number): string => {
  const size = Math.abs(share)
  if (size === 0) return "0"
  if (size < 0.01) return grouped(100 * share, { maximumSignificantDigits: 2 })
  return grouped(100 * share, { maximumFractionDigits: size >= 0.1 ? 0 : 1 })
}
