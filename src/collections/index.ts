/** Data structures that several rooms stand on. */
export { type Ranked, RankHeap } from "./rank-heap.ts"
