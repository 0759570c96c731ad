/** What users import to test their own actors, strategies and workloads: probes, virtual time, invariants, a simulator. */
export * from "../src/testing/index.ts"
export * from "./simulation/index.ts"
