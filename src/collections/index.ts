/** Data structures that several rooms stand on. */
export { Generations } from "./generations.ts"
export { type Ranked, RankHeap } from "./rank-heap.ts"
export { RankQueue } from "./rank-queue.ts"
export { RecentMap } from "./recent-map.ts"
export { Retained } from "./retained.ts"
export { BoundedRing, Ring } from "./ring.ts"
export { type Alarm, Timer, TimerWheel } from "./timer-wheel.ts"
