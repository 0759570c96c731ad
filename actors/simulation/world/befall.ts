import * as Effect from "effect/Effect"
import { toWorkerSpec } from "../../../src/config/index.ts"
import type { Simulation } from "../simulation.ts"
import type { TimedFault } from "./fault.ts"
import { type NamedWorker, toldOf } from "./simulated-workers.ts"

/** The machine of workers that say nothing of what they have: nothing ever waits for it. */
export const plenty = {
  cores: 1,
  memoryGiB: 1_000_000,
  storageGiB: 1_000_000,
  hostname: "simulated",
  nodeVersion: "24.0.0"
}

/** A worker joins the world, as it is. Nobody does where one of its id is still there. */
export const join = ({ runtime, driver, time }: Simulation, worker: NamedWorker): void => {
  if (runtime.ledger.workers.has(worker.id)) return
  driver.describe(worker.id, worker)
  time.fork(runtime.workforce.spawn(toWorkerSpec(toldOf(worker), worker.id, plenty, 1)))
}

/** Has the fault happen now. One of a worker that has no thread happens to nobody. */
export const befall = (simulation: Simulation, fault: TimedFault): void => {
  const { driver, runtime, time } = simulation
  if (fault.type === "join") return join(simulation, fault.worker)
  const thread = driver.of(fault.worker)
  switch (fault.type) {
    case "crash":
      return thread?.crash(fault.culprit === true ? thread.running.map(({ epoch }) => epoch) : [])
    case "death":
      return driver.kill(fault.worker)
    case "hang":
      return thread?.hang(fault.for)
    case "slow":
      return thread?.slow(fault.factor, fault.for)
    case "mute":
      return thread?.mute(fault.for)
    case "lag":
      return thread?.delayBeats(fault.by, fault.for)
    case "leave":
      time.fork(Effect.ignore(runtime.workforce.retire(fault.worker)))
  }
}
