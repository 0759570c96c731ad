/** Time, chance and the order of turns in the hands of a test or a simulation. */
export { VirtualTime, type VirtualTimeOptions } from "./virtual-time.ts"
