import type { ThreadLimits, WorkerId } from "../model/index.ts"
import type { MemoryUse } from "./vessel.ts"

/** A worker as the watchdog knows it. */
export interface WeighedWorker {
  readonly workerId: WorkerId
  readonly kind: "thread" | "process"
  readonly limits: ThreadLimits
  /** What it last said that it holds; `undefined` before it has. */
  readonly use: MemoryUse | undefined
}

/** Bytes of this process and its workers' processes, and how many there may be. */
export interface Total {
  readonly resident: number
  readonly limit: number
}

/** A worker that is to be ended: it holds more than its own limit, or the most of a total that is running out. */
export interface Guilty {
  readonly workerId: WorkerId
  readonly of: "buffers" | "total"
  /** Bytes. */
  readonly used: number
  /** Bytes. */
  readonly limit: number
}

const mib = 1024 ** 2

/** From this share of the limit on somebody is to be ended: what is allocated until then must still find room. */
export const alarmShare = 0.8
/** Whoever holds less than this share of the limit is not worth ending: the process would be short of memory still. */
const worthEndingShare = 0.1

export const isShort = ({ resident, limit }: Total): boolean => resident >= alarmShare * limit

/** Bytes a worker may hold beside its heap. A process's heap counts along, so that its limit is added. */
export const buffersLimitOf = ({ kind, limits }: Pick<WeighedWorker, "kind" | "limits">): number | undefined => {
  const { maxBuffersMb, maxOldGenerationSizeMb = 0 } = limits
  if (maxBuffersMb === undefined) return undefined
  return (kind === "process" ? maxBuffersMb + maxOldGenerationSizeMb : maxBuffersMb) * mib
}

const heldBy = ({ use }: WeighedWorker): number => (use === undefined ? 0 : use.heap + use.buffers)

/** The workers over their own limit, and where none is and the total runs out, the one that holds the most of it. */
export const guiltyOf = (workers: ReadonlyArray<WeighedWorker>, total: Total): ReadonlyArray<Guilty> => {
  const over = workers.flatMap((worker): ReadonlyArray<Guilty> => {
    const limit = buffersLimitOf(worker)
    const used = worker.use?.buffers ?? 0
    return limit === undefined || used <= limit ? [] : [{ workerId: worker.workerId, of: "buffers", used, limit }]
  })
  if (over.length > 0 || !isShort(total)) return over
  const [largest] = workers.toSorted((a, b) => heldBy(b) - heldBy(a))
  if (largest === undefined || heldBy(largest) < worthEndingShare * total.limit) return []
  return [{ workerId: largest.workerId, of: "total", used: heldBy(largest), limit: total.limit }]
}
