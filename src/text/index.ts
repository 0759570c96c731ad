/** Text for readers. */
export { nearest } from "./nearest.ts"
export { type Column, formatTable } from "./table.ts"
