import { availableParallelism, hostname, platform, totalmem } from "node:os"

/** What this process may use of its machine. */
export interface DetectedCapacity {
  /** Cores, as the container or the affinity mask allows. */
  readonly cores: number
  /** GiB, as the container allows. */
  readonly memory: number
  readonly hostname: string
  /** Such as `linux`, `darwin`, `win32`. */
  readonly platform: NodeJS.Platform
  /** Such as `24.1.0`. */
  readonly nodeVersion: string
}

const gib = 1024 ** 3

/** The smaller of the machine's memory and the control group's limit, which is 0, unknown or huge where none is set. */
export const usableMemory = (total: number, constrained: number): number =>
  constrained > 0 ? Math.min(total, constrained) : total

export const detectCapacity = (): DetectedCapacity => ({
  cores: availableParallelism(),
  memory: usableMemory(totalmem(), process.constrainedMemory()) / gib,
  hostname: hostname(),
  platform: platform(),
  nodeVersion: process.versions.node
})
