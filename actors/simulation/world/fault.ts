import type { DurationInput } from "../../../src/config/index.ts"
import type { Millis, WorkerId } from "../../../src/model/index.ts"
import { millisOf } from "./millis-of.ts"
import { type NamedWorker, namedByEntry } from "./simulated-workers.ts"
import type { SimulatedWorker } from "./worker-traits.ts"

type FaultOf<Time, Worker> = { readonly at: Time } & (
  | {
      /** Its thread ends; its restart policy decides what follows. `culprit`: whether the runs on it are to blame. */
      readonly type: "crash"
      readonly worker: WorkerId
      readonly culprit?: boolean
    }
  /** Its thread ends, and none that is started for it comes up again. */
  | { readonly type: "death"; readonly worker: WorkerId }
  /** It stands still: computes nothing, hears nothing and says nothing. */
  | { readonly type: "hang"; readonly worker: WorkerId; readonly for: Time }
  | { readonly type: "slow"; readonly worker: WorkerId; readonly factor: number; readonly for: Time }
  /** Its heartbeats are lost; everything else arrives. */
  | { readonly type: "mute"; readonly worker: WorkerId; readonly for: Time }
  /** Its heartbeats arrive so much later. */
  | { readonly type: "lag"; readonly worker: WorkerId; readonly by: Time; readonly for: Time }
  /** Without an id it is numbered on from those who are there. */
  | { readonly type: "join"; readonly worker: Worker }
  /** It is drained and retired. */
  | { readonly type: "leave"; readonly worker: WorkerId }
)

/** What befalls a simulated worker, or its world, at a given moment. */
export type Fault = FaultOf<DurationInput, SimulatedWorker>

/** The same with its times in milliseconds; whoever joins does so by itself, with its id. */
export type TimedFault = FaultOf<Millis, NamedWorker>

const timed = (fault: Exclude<Fault, { readonly type: "join" }>): TimedFault => {
  const at = millisOf(fault.at)
  switch (fault.type) {
    case "hang":
    case "slow":
    case "mute":
      return { ...fault, at, for: millisOf(fault.for) }
    case "lag":
      return { ...fault, at, by: millisOf(fault.by), for: millisOf(fault.for) }
    default:
      return { ...fault, at }
  }
}

/** The faults of a world that begins with these workers. Whoever joins first has the first number that is free. */
export const timedFaults = (
  faults: ReadonlyArray<Fault>,
  workers: ReadonlyArray<NamedWorker>
): ReadonlyArray<TimedFault> => {
  const joiners = joinersOf(faults, workers)
  return faults.flatMap((fault, index): ReadonlyArray<TimedFault> => {
    if (fault.type !== "join") return [timed(fault)]
    return (joiners[index] ?? []).map((worker) => ({ type: "join", at: millisOf(fault.at), worker }))
  })
}

/** Who joins by each of the faults, in the order of the list. */
export const joinersOf = (
  faults: ReadonlyArray<Fault>,
  workers: ReadonlyArray<NamedWorker>
): ReadonlyArray<ReadonlyArray<NamedWorker>> => {
  const joins = faults
    .flatMap((fault, index) => (fault.type === "join" ? [{ index, at: millisOf(fault.at), worker: fault.worker }] : []))
    .sort((a, b) => a.at - b.at)
  const named = namedByEntry(
    joins.map(({ worker }) => worker),
    workers.map(({ id }) => id)
  )
  const joiners: Array<ReadonlyArray<NamedWorker>> = faults.map(() => [])
  for (const [place, { index }] of joins.entries()) joiners[index] = named[place] ?? []
  return joiners
}
