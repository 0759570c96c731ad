import type { SimulatedOptions } from "../definition.ts"

/** The options of the world and, before them, those of a contender: of adaptation and its features each by itself. */
export const mergedOptions = (world: SimulatedOptions = {}, own: SimulatedOptions = {}): SimulatedOptions => {
  const adaptation = { ...world.adaptation, ...own.adaptation }
  const features = { ...world.adaptation?.features, ...own.adaptation?.features }
  return {
    ...world,
    ...own,
    ...((world.adaptation ?? own.adaptation) !== undefined && {
      adaptation: { ...adaptation, ...(Object.keys(features).length > 0 && { features }) }
    })
  }
}
