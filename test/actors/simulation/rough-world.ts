import { createHash } from "node:crypto"
import { type SimulationDefinition, simulate } from "../../../actors/simulation/index.ts"

/** A world in which much goes wrong, and in which tasks come in batches that are scored together. */
export const roughWorld: SimulationDefinition = {
  seed: 3,
  strategy: "weighted_capacity",
  workers: [
    { count: 6, capacity: { concurrent: 4 } },
    { id: "fast", count: 2, speed: 3, capacity: { concurrent: 2 } }
  ],
  workload: {
    arrivals: { type: "bursts", perSecond: 60, factor: 5, every: 1_000, lasting: 400, tasks: 1_500 },
    kinds: [{ work: { type: "lognormal", mean: 200, sigma: 1 }, checkpointEvery: 50, stateBytes: 1_000 }]
  },
  faults: [
    { at: 2_000, type: "crash", worker: "w1", culprit: true },
    { at: 3_000, type: "hang", worker: "w2", for: 20_000 },
    { at: 5_000, type: "death", worker: "w3" },
    { at: 6_000, type: "slow", worker: "fast-1", factor: 0.2, for: 5_000 },
    { at: 7_000, type: "mute", worker: "w4", for: 60_000 }
  ],
  world: { latency: 2, failures: 0.01, bandwidth: 1_000 }
}

/** What happened in a simulation: how many events, and a digest of them all in order, to the byte. */
export const digestOf = async (definition: SimulationDefinition): Promise<string> => {
  const hash = createHash("sha256")
  let events = 0
  await simulate({
    ...definition,
    onEvent: (event) => {
      events += 1
      hash.update(`${JSON.stringify(event)}\n`)
    }
  })
  return `${events} ${hash.digest("hex")}`
}

if (import.meta.main) process.stdout.write(await digestOf(roughWorld))
