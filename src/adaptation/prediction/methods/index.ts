/** Ways to say how a series goes on. */
export { candidates } from "./candidates.ts"
export type { Method } from "./method.ts"
export { type LoneMethodId, type MethodId, methodIds, methodOf } from "./method-ids.ts"
export { mostRobustPoints } from "./robust-slope.ts"
export { season, seasonDefaults } from "./season.ts"
