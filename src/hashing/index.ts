/** Hashes of names, and chance that follows from numbers alone. */
export { drawAt } from "./draw.ts"
export { hash32, mix32 } from "./hash.ts"
