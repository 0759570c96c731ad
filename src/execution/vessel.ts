import type { Endpoint } from "comlink"
import type { ErrorData } from "../model/index.ts"
import type { Incoming } from "./data-line.ts"
import type { Claims } from "./worker/claims.ts"
import type { DataPort } from "./worker/data-port.ts"
import type { RunCommand } from "./worker-driver.ts"

/** What a worker holds of the machine's memory, in bytes. */
export interface MemoryUse {
  readonly heap: number
  /**
   * Buffers and what else lies beside the heap. Of a process, whose heap is not seen from outside: all that it has
   * grown by since it was started, its heap's growth included.
   */
  readonly buffers: number
}

/** What a vessel tells; nothing before it has been made. */
export interface VesselListener {
  /** What is about to end it, or has. */
  failed(error: ErrorData): void
  /** Once, and last: all it had sent can be received. */
  ended(code: number | undefined): void
}

/** What carries a worker: a thread, or a process. It knows nothing of tasks. */
export interface Vessel {
  readonly kind: "thread" | "process"
  readonly threadId: number
  readonly pid?: number
  readonly data: DataPort<Incoming, ReadonlyArray<RunCommand>>
  readonly control: Endpoint
  /** Where it shares memory with its owner: who has the runs that were sent ahead. */
  readonly claims?: Claims
  /** Ends it, whatever it does; a thread in native code only once that returns. */
  kill(): void
  /** It does not end: it no longer keeps this process alive. */
  abandon(): void
  /** The memory of its black box as it is now. */
  blackBox(): ArrayBufferLike
  /** What it holds now, even while it loops. Rejects, or never answers, where it cannot tell. */
  memory(): Promise<MemoryUse>
}

export const outOfMemoryCode = "ERR_WORKER_OUT_OF_MEMORY"

export const outOfMemory = (message: string): ErrorData => ({
  name: "Error",
  message,
  fields: { code: outOfMemoryCode }
})
