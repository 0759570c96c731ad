/** What users import to test their own actors, strategies and workloads: probes, virtual time, invariants, a simulator. */
export * from "../src/testing/index.ts"
export * from "./simulation/index.ts"
export {
  replay as replaySwarm,
  runSwarm,
  type SwarmFailure,
  type SwarmMode,
  type SwarmOptions,
  type SwarmResult
} from "./simulation/swarm/index.ts"
