import type { ThreadLimits } from "../model/index.ts"
import { usualMebibytes } from "./worker/benchmark-speed.ts"

/** As much as a worker with these limits can spare: two such buffers, and its handlers' own beside them. */
export const mebibytesToCopy = ({ maxBuffersMb = Number.POSITIVE_INFINITY }: ThreadLimits): number =>
  Math.min(usualMebibytes, maxBuffersMb / 8)
