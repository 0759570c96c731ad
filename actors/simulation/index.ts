/** The real actors on virtual time and simulated threads. */
export { type RunPlan, type WorldOptions, worldDefaults } from "./run-plan.ts"
export { SimulatedDriver } from "./simulated-driver.ts"
export { SimulatedThread } from "./simulated-thread.ts"
export { Simulation, type SimulationOptions } from "./simulation.ts"
