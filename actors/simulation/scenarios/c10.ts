import { leastConnections, peakEwma, roundRobin } from "../baselines/index.ts"
import type { Scenario } from "./scenario.ts"

const second = 1_000

/** A server that is slow for a while: the scene of Buoyant's comparison of balancers (Linkerd, 2016). */
export const c10 = {
  id: "C10",
  title: "slow server",
  scene:
    "11 servers take 1,000 requests a second for a minute, 167 ± 5 ms each; from 15 to 45 s one of them takes 2 s for every request.",
  metric: "share of requests that are answered within 1 s",
  gamed:
    "queues in front of the servers would hide whom a balancer chooses: here a server takes any number of requests at once, and only the choice counts.",
  seeds: 10,
  parts: [
    {
      world: {
        workers: [
          {
            id: "slow",
            capacity: { concurrent: 10_000 },
            fixed: [{ from: 15 * second, until: 45 * second, ms: 2 * second }]
          },
          { id: "server", count: 10, capacity: { concurrent: 10_000 } }
        ],
        workload: {
          arrivals: { type: "regular", perSecond: 1_000, tasks: 60_000 },
          kinds: [{ work: { type: "uniform", from: 162, to: 172 } }]
        },
        options: { adaptation: { features: { taskMigration: false } } }
      },
      contenders: {
        ballast: { runtime: {} },
        "round robin": { model: roundRobin },
        "least loaded": { model: leastConnections() },
        "peak ewma": { model: peakEwma() }
      },
      rows: [
        {
          row: "share within 1 s",
          unit: "%",
          better: "more",
          figure: ({ sojourn }) => 100 * sojourn.shareWithin(second)
        }
      ]
    }
  ],
  notes: ["published for this scene: round robin about 95 %, least loaded about 99 %, Peak EWMA about 99.9 %"]
} satisfies Scenario
