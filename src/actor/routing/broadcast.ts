import type { RoutingStrategy } from "./strategy.ts"

/** Each message goes to all. Of a question's replies the first one counts; it fails once all have failed it. */
export const broadcast = ((routees) => () => routees) satisfies RoutingStrategy
