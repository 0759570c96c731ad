import { openSync } from "node:fs"
import type { TaskContext } from "../../src/execution/worker/index.ts"
import { type Line, record } from "./history.ts"

/** What a task is to do. */
export interface Work {
  readonly serial: number
  readonly steps: number
  /** Milliseconds a step takes. */
  readonly ms: number
  /** The attempt that succeeds; those before fail. */
  readonly succeeds: number
  /** Whether its first attempt ends the thread it runs on. */
  readonly crashes: boolean
  readonly key?: string
  /** Weight, for the journal to carry. */
  readonly ballast?: string
}

const run = Number(process.env.CHAOS_RUN)
const descriptor = openSync(process.env.CHAOS_HISTORY ?? "", "a")

type Said = Line extends infer A ? (A extends Line ? Omit<A, "run"> : never) : never

const say = (said: Said): void => record(descriptor, Object.assign({ run }, said))

/** Works in steps, each saved; says when it starts, and before it ends in whatever way. */
export const work = async (
  { serial, steps, ms, succeeds, crashes, key }: Work,
  { id, epoch, attempt, workerId: worker, state, checkpoint }: TaskContext<{ readonly step: number }>
): Promise<string> => {
  const from = state?.step ?? 0
  say({ e: "started", id, serial, epoch, from, worker, ...(key !== undefined && { key }) })
  for (let step = from + 1; step <= steps; step += 1) {
    await new Promise((resolve) => setTimeout(resolve, ms))
    await checkpoint({ step })
  }
  if (crashes && attempt === 1) {
    say({ e: "crashing", worker })
    process.exit(1)
  }
  say({ e: "left", id, epoch })
  const how = `epoch ${epoch} ${Math.random()}`
  if (attempt < succeeds) throw new Error(how)
  return how
}
