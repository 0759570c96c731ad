/** What is true, and the only place that changes it. */
export { audit } from "./audit.ts"
export { chooseDevices, fitsNow, takesWork, unmetEver, unmetNow } from "./fit.ts"
export { Ledger, type LedgerOptions, type Loss, type ToStop } from "./ledger.ts"
export { LedgerReader } from "./reader.ts"
export type * from "./records.ts"
export { type Commit, describeRefusal, type Refusal } from "./refusal.ts"
