import type { TaskContext } from "../../../src/execution/worker/index.ts"

/** Fails on the first worker, whatever is asked, as where its disk is full. */
export const work = (_: undefined, { workerId }: TaskContext): string => {
  if (workerId === "w1") throw new Error("no space left on device")
  return workerId
}

/** Fails everywhere. */
export const broken = (): never => {
  throw new Error("a mistake of its own")
}
