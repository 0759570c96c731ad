/**
 * A fault before it happens: the real runtime in a simulated world, in which the fast worker stops answering for half a
 * minute while work keeps coming. With a timeout on each task its thread is ended, and the task goes on elsewhere; without
 * one whoever is on it waits. Run it with `node examples/simulate/main.ts` after `npm run build`.
 */
import { type SimulationDefinition, simulate } from "ballast/testing"

const world = (timeout?: "2 seconds"): SimulationDefinition => ({
  seed: 4,
  workers: [
    { id: "fast", speed: 4 },
    { id: "slow", count: 2 }
  ],
  workload: {
    arrivals: { type: "poisson", perSecond: 30, tasks: 3_000 },
    kinds: [
      {
        work: { type: "exponential", mean: 100 },
        options: timeout === undefined ? {} : { timeout, retries: 1 }
      }
    ]
  },
  faults: [{ at: 20_000, type: "hang", worker: "fast", for: 30_000 }]
})

for (const timeout of [undefined, "2 seconds"] as const) {
  let restarts = 0
  const { ends, sojourn } = await simulate({
    ...world(timeout),
    onEvent: (event) => {
      if (event._tag === "WorkerExited") restarts += 1
    }
  })
  const slowest = (sojourn.max / 1_000).toFixed(0)
  const within = (100 * sojourn.shareWithin(2_000)).toFixed(0)
  console.log(
    `timeout ${timeout ?? "none"}: ${ends.completed} completed, ${restarts} threads ended, ${within} % within 2 s, the slowest after ${slowest} s`
  )
}
