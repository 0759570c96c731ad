import { availableParallelism } from "node:os"
import type { Measured } from "../report.ts"
import { contenders } from "./contenders.ts"
import { workloads } from "./workloads.ts"

export interface RingSettings {
  readonly rounds: number
  readonly burst: number
  readonly onRound: (round: number) => void
}

/** One core is the caller's. */
export const workers = Math.max(1, availableParallelism() - 1)

/**
 * No-op tasks through whole pools in one process: same number of threads, same work, every round each workload by each
 * contender, who begins changing from round to round. A first round warms up and is not counted.
 */
export const measureRing = async ({ rounds, burst, onRound }: RingSettings): Promise<ReadonlyArray<Measured>> => {
  const loads = workloads(burst)
  const pools = await Promise.all(
    contenders.map(async ({ name, start }) => ({ name, pool: await start(workers, burst + 1_024) }))
  )
  const measured = loads.map(({ row, unit, more }) => ({
    row,
    unit,
    more,
    rounds: new Map<string, Array<number>>(contenders.map(({ name }) => [name, []]))
  }))
  try {
    for (let round = 0; round <= rounds; round++) {
      for (const [index, load] of loads.entries()) {
        for (let turn = 0; turn < pools.length; turn++) {
          const contender = pools[(round + turn) % pools.length]
          if (contender === undefined) continue
          const figure = await load.measure(contender.pool)
          if (round > 0) measured[index]?.rounds.get(contender.name)?.push(figure)
        }
      }
      onRound(round)
    }
  } finally {
    await Promise.all(pools.map(({ pool }) => pool.stop()))
  }
  return measured
}
