/** The real actors on virtual time and simulated threads. */
export { Simulation, type SimulationOptions } from "./simulation.ts"
export { SimulatedDriver } from "./threads/simulated-driver.ts"
export { SimulatedThread } from "./threads/simulated-thread.ts"
export type { Fault } from "./world/fault.ts"
export type { Phase, SimulatedWorker, WorkerTraits } from "./world/worker-traits.ts"
export { quietWorld, type WorldOptions, worldDefaults } from "./world/world-options.ts"
