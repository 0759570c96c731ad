import { describe, expect, it } from "vitest"
import { simulate } from "../../actors/simulation/index.ts"
import { performanceBased, type Strategy } from "../../src/placement/index.ts"

/** Four tasks that share the three accelerators of one worker: the devices they got, and what went wrong. */
const run = async (strategy: Strategy) => {
  const devices: Array<ReadonlyArray<number>> = []
  const faults: Array<string> = []
  const { ends } = await simulate({
    workers: [{ id: "w", capacity: { concurrent: 8, accelerators: { cuda: 3 } } }],
    workload: {
      arrivals: { type: "batch", tasks: 4 },
      kinds: [{ work: { type: "constant", ms: 100 }, options: { requires: { accelerators: { cuda: 0.5 } } } }]
    },
    strategy,
    onEvent: (event) => {
      if (event._tag === "TaskPlaced") devices.push(event.reservation.devices.map(({ device }) => device))
      if (event._tag === "StrategyFaulted") faults.push(event.message)
    }
  })
  return { devices: devices.flat(), faults, completed: ends.completed }
}

/** The emptiest, of equals the last. */
const spread: Strategy["devices"] = (_task, { devices }) => {
  const least = Math.min(...devices.map(({ share }) => share))
  return [devices.findLastIndex(({ share }) => share === least)]
}

const strategies: Readonly<Record<string, Strategy>> = {
  scores: { id: "own", score: () => 1 },
  "weighs factors, in batches": { ...performanceBased(), id: "own" }
}

describe("a strategy that names devices", () => {
  for (const [how, strategy] of Object.entries(strategies)) {
    it(`has its way in the runtime where it ${how}`, async () => {
      expect(await run(strategy)).toEqual({ devices: [0, 0, 1, 1], faults: [], completed: 4 })
      expect(await run({ ...strategy, devices: spread })).toEqual({ devices: [2, 1, 0, 2], faults: [], completed: 4 })
    })

    it(`is told of where it names the wrong ones and ${how}, and every task still runs`, async () => {
      const { devices, faults, completed } = await run({ ...strategy, devices: () => [2] })
      expect(devices).toEqual([2, 2, 0, 0])
      expect(faults).toEqual(Array(2).fill("named devices that will not do: w: device 2 has 0 of 0.5 left"))
      expect(completed).toBe(4)
    })
  }
})
