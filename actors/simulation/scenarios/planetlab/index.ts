/** Machines of a real day on hosts that they overload now and then. */
export { c18 } from "./scenario.ts"
