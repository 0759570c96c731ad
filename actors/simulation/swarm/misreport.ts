import type { Heartbeat } from "../../../src/execution/index.ts"
import type { MisreportKind } from "./action.ts"

const figures: Readonly<Record<MisreportKind, number>> = {
  nothing: Number.NaN,
  negative: -1,
  endless: Number.POSITIVE_INFINITY,
  full: 1,
  idle: 0
}

/** What is said of a worker, whatever is true. */
export const misreported = (what: MisreportKind): Heartbeat => {
  const figure = figures[what]
  return {
    eventLoopDelay: figure,
    eventLoopUtilization: figure,
    heapUsed: figure,
    running: figure,
    queued: figure
  }
}
