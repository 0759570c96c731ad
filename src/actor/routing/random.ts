import type { RoutingStrategy } from "./strategy.ts"

/**
 * Each message goes to any, with equal chance.
 *
 * When: many routers over the same routees, whose turns would otherwise fall together.
 */
export const random = ((routees) =>
  ({ random: draw }) => {
    const index = Math.floor(draw() * routees.length)
    return routees.slice(index, index + 1)
  }) satisfies RoutingStrategy
