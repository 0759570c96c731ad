import type { Millis, WorkerId } from "../../../src/model/index.ts"
import type { SimulatedWorker } from "./worker-traits.ts"

/** What befalls a simulated worker, or its world, at a given moment. Times in milliseconds. */
export type Fault = { readonly at: Millis } & (
  | {
      /** Its thread ends; its restart policy decides what follows. `culprit`: whether the runs on it are to blame. */
      readonly type: "crash"
      readonly worker: WorkerId
      readonly culprit?: boolean
    }
  /** Its thread ends, and none that is started for it comes up again. */
  | { readonly type: "death"; readonly worker: WorkerId }
  /** It stands still: computes nothing, hears nothing and says nothing. */
  | { readonly type: "hang"; readonly worker: WorkerId; readonly for: Millis }
  | { readonly type: "slow"; readonly worker: WorkerId; readonly factor: number; readonly for: Millis }
  /** Its heartbeats are lost; everything else arrives. */
  | { readonly type: "mute"; readonly worker: WorkerId; readonly for: Millis }
  /** Its heartbeats arrive so much later. */
  | { readonly type: "lag"; readonly worker: WorkerId; readonly by: Millis; readonly for: Millis }
  | { readonly type: "join"; readonly worker: SimulatedWorker }
  /** It is drained and retired. */
  | { readonly type: "leave"; readonly worker: WorkerId }
)
