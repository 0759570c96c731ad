import * as Schema from "effect/Schema"
import type { Problem, WorkerSpec } from "../model/index.ts"
import { DurationInput, Natural, problemsOf, Quantity, Signal, toMillis } from "./validate.ts"
import { type Detected, toWorkerSpec, WorkerDefinition, workerHints } from "./worker-definition.ts"

const { capacity, ceilings, capabilities, weight, priorityMultiplier } = WorkerDefinition.fields

/** No timer counts longer than a few weeks, and a lease that is over at once leaves nobody in. */
const Lease = DurationInput.check(
  Schema.makeFilter((lease: DurationInput) => {
    const ms = toMillis(lease)
    return (ms >= 1 && ms <= longestLease) || `Expected 1 millisecond to 1 day, got ${lease}`
  })
)
const longestLease = 86_400_000

export const RemoteDefinition = Schema.Struct({
  capacity,
  ceilings,
  capabilities,
  weight,
  priorityMultiplier,
  /** Silence after which it is taken to be gone. Default 30 s. */
  lease: Schema.optional(Lease)
})

/** How long a worker waits for a task. */
export const WaitInput = Schema.Struct({ wait: Schema.optional(DurationInput), signal: Schema.optional(Signal) })

/** The epoch of a run, as a key. */
const Epoch = Schema.String.check(Schema.isPattern(/^\d+$/))

/** What an outside worker says of itself. */
export const RemoteLoadInput = Schema.Struct({
  load: Schema.optional(Quantity),
  /** Degrees Celsius, and watts, where it can tell. */
  temperature: Schema.optional(Schema.Finite),
  watts: Schema.optional(Quantity),
  running: Schema.optional(Schema.Array(Natural)),
  usage: Schema.optional(Schema.Record(Epoch, Quantity))
})

/** What an outside worker says of a run. */
export const RemoteUpdateInput = Schema.Struct({
  status: Schema.Literals(["running", "completed", "failed", "released"]),
  progress: Schema.optional(Quantity.check(Schema.isLessThanOrEqualTo(1))),
  note: Schema.optional(Schema.String),
  state: Schema.optional(Schema.Unknown),
  result: Schema.optional(Schema.Unknown),
  error: Schema.optional(Schema.Unknown)
})

/**
 * What an outside worker can do, as it says itself; nothing is detected. Left out: 1 task at once, as many cores as tasks,
 * and no memory, network or storage that a task could ask for.
 */
export type RemoteDefinition = typeof RemoteDefinition.Type

export const remoteProblems = (definition: RemoteDefinition): ReadonlyArray<Problem> => {
  const problems = problemsOf(RemoteDefinition, definition, "capabilities", {
    ...workerHints,
    lease: 'silence after which it is gone, such as "30 seconds"'
  })
  if (problems.length > 0 || definition.capacity?.accelerators !== "detect") return problems
  const message = "nothing is detected of a worker outside"
  return [{ path: "capabilities.capacity.accelerators", message, hint: "what it has, such as { cuda: 2 }" }]
}

const nothing: Detected = { cores: 0, memoryGiB: 0, storageGiB: 0, hostname: "", nodeVersion: "" }

/** The worker with every default filled in. It is restarted by nobody: it comes back by itself. */
export const toRemoteSpec = ({ lease: _, ...definition }: RemoteDefinition, id: string): WorkerSpec => {
  const { concurrent = 1 } = definition.capacity ?? {}
  const spec = toWorkerSpec(
    {
      ...definition,
      capacity: { cpu: concurrent, network: 0, ...definition.capacity },
      restart: { type: "temporary" }
    },
    id,
    nothing,
    1
  )
  const { labels = {}, versions = {} } = definition.capabilities ?? {}
  return {
    ...spec,
    isolation: "remote",
    capabilities: { ...spec.capabilities, versions, labels: { isolation: "remote", ...labels } }
  }
}
