import type { WorkerRecord } from "../../../../src/ledger/index.ts"
import type { Demand } from "../../../../src/model/index.ts"
import type { ScoreStrategy } from "../../../../src/placement/index.ts"
import type { OpenbPod } from "../../traces/index.ts"
import { after, choicesOf, fgdPoints, leftOf } from "./fgd.ts"
import { fragmentationOf, type Left, typicalPods } from "./fragmentation.ts"

/** States of nodes that are remembered. */
const kept = 100_000

const keyOf = ({ cpu, gpus, model }: Left): string => `${model} ${cpu} ${gpus.join(" ")}`

/**
 * Fragmentation gradient descent as it is published, node by node and GPU by GPU at every decision, with one shortcut: how
 * fragmented a node is in some state is worked out once. It chooses as `fgd` does, and is what that is compared with for speed.
 */
export const plainFgd = (pods: ReadonlyArray<OpenbPod>): ScoreStrategy => {
  const typical = typicalPods(pods)
  const known = new Map<string, number>()
  const fragmentation = (left: Left): number => {
    const key = keyOf(left)
    const before = known.get(key)
    if (before !== undefined) return before
    const now = fragmentationOf(left, typical)
    if (known.size >= kept) known.clear()
    known.set(key, now)
    return now
  }
  const judge = (worker: WorkerRecord, demand: Demand) => {
    const left = leftOf(worker)
    const before = fragmentation(left)
    let best: { readonly score: number; readonly gpus: ReadonlyArray<number> } = { score: -1, gpus: [] }
    for (const gpus of choicesOf(left, demand)) {
      const score = fgdPoints(before - fragmentation(after(left, demand, gpus)))
      if (score > best.score) best = { score, gpus }
    }
    return best
  }
  return {
    id: "openb-plain-fgd",
    score: ({ requirements: { demand } }, worker) => judge(worker, demand).score,
    devices: ({ requirements: { demand } }, worker) => judge(worker, demand).gpus
  }
}
