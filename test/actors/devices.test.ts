import { describe, expect, it } from "vitest"
import { simulate } from "../../actors/simulation/index.ts"
import type { WorkerDefinition } from "../../src/config/index.ts"
import { performanceBased, type Strategy } from "../../src/placement/index.ts"
import { nvidiaSmi, withTools } from "../execution/probes/tools.ts"
import { start } from "./given.ts"

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

describe("a handler", () => {
  const one = (given: WorkerDefinition) => ({
    workers: [
      { id: "w", capacity: { concurrent: 8, accelerators: { cuda: { count: 3, memory: 16 }, mps: 1 } }, ...given }
    ]
  })

  for (const isolation of ["thread", "process"] as const) {
    it(`is told which accelerators its run got, in a ${isolation}`, async () => {
      await using ballast = await start(one({ isolation }))
      const alone = await ballast.run("given", undefined, { requires: { accelerators: { cuda: 2, mps: 0.25 } } })
      expect(alone).toEqual([
        { kind: "cuda", index: 0, share: 1, memory: 0 },
        { kind: "cuda", index: 1, share: 1, memory: 0 },
        { kind: "mps", index: 0, share: 0.25, memory: 0 }
      ])
      // As many as travel together: each keeps its own.
      const share = { requires: { accelerators: { cuda: { count: 0.5, memory: 8 } } } }
      const shares = await Promise.all(Array.from({ length: 6 }, () => ballast.run("given", undefined, share)))
      expect(shares.map(([device]) => device?.index)).toEqual([0, 0, 1, 1, 2, 2])
      expect(shares[0]).toEqual([{ kind: "cuda", index: 0, share: 0.5, memory: 8 }])
    })
  }

  it("is told of none where its task asks for none", async () => {
    await using ballast = await start(one({}))
    expect(await ballast.run("given", undefined)).toEqual([])
  })

  it("is told by which index the machine knows those that were detected", async () => {
    using _tools = withTools({ "nvidia-smi": nvidiaSmi(["T4", 15_360, 7.5], ["A100", 81_920, 8]) })
    await using ballast = await start({ workers: [{ id: "w", capacity: { accelerators: "detect" } }] })
    const requires = { accelerators: { cuda: { count: 1, computeCapability: 8 } } }
    expect(await ballast.run("given", undefined, { requires })).toEqual([
      { kind: "cuda", index: 1, share: 1, memory: 0, machineIndex: 1 }
    ])
  })
})
