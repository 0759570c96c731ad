import { createHash } from "node:crypto"
import type { TaskContext } from "ballast/worker"

/** Digests `rounds` times over; goes on where it was if it is moved, or its worker crashes. */
export const stretch = async (
  { word, rounds }: { readonly word: string; readonly rounds: number },
  task: TaskContext<{ readonly round: number; readonly digest: string }>
): Promise<{ readonly digest: string; readonly worker: string }> => {
  let { round, digest } = task.state ?? { round: 0, digest: word }
  while (round < rounds) {
    for (const end = Math.min(rounds, round + 1_000); round < end; round++) {
      digest = createHash("sha256").update(digest).digest("hex")
    }
    task.progress(round / rounds)
    await task.checkpoint({ round, digest })
  }
  return { digest, worker: task.workerId }
}

export const divide = ({ by }: { readonly by: number }): number => {
  if (by === 0) throw Object.assign(new RangeError("division by zero"), { code: "E_ZERO" })
  return 1 / by
}
