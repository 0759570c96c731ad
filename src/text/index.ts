/** Text for readers. */
export { type Column, formatTable } from "./table.ts"
