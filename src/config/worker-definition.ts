import * as Schema from "effect/Schema"
import { type Device, Milli, type ResourceName, toMilli, type WorkerSpec } from "../model/index.ts"
import { Count, DurationInput, Natural, Quantity, Share, toMillis } from "./validate.ts"

const Text = Schema.String.check(Schema.isNonEmpty())
const Texts = Schema.Record(Schema.String, Schema.String)

const AlikeAccelerators = Schema.Struct({
  count: Natural,
  /** GiB each. */
  memory: Schema.optional(Quantity),
  /** CUDA's. Default: the worker's. */
  computeCapability: Schema.optional(Quantity)
})

/** Accelerators of one kind: how many, or what they have, or a list where they are not alike. */
const AcceleratorCapacity = Schema.Union([Natural, AlikeAccelerators, Schema.Array(AlikeAccelerators)])

export const WorkerDefinition = Schema.Struct({
  id: Schema.optional(Text),
  capacity: Schema.optional(
    Schema.Struct({
      /** Cores. */
      cpu: Schema.optional(Quantity),
      /** GiB. */
      memory: Schema.optional(Quantity),
      /** Mbps. */
      network: Schema.optional(Quantity),
      /** GiB. */
      storage: Schema.optional(Quantity),
      /** By kind. `detect`: its part of those the machine has; left out, it has none. */
      accelerators: Schema.optional(
        Schema.Union([Schema.Literal("detect"), Schema.Record(Schema.String, AcceleratorCapacity)])
      ),
      /** Tasks that may run at once. Default 1. */
      concurrent: Schema.optional(Count)
    })
  ),
  /** The share of each resource that may be used. Default 1. */
  ceilings: Schema.optional(
    Schema.Struct({
      cpu: Schema.optional(Share),
      memory: Schema.optional(Share),
      network: Schema.optional(Share),
      storage: Schema.optional(Share)
    })
  ),
  capabilities: Schema.optional(
    Schema.Struct({
      backends: Schema.optional(Schema.Array(Text)),
      labels: Schema.optional(Texts),
      versions: Schema.optional(Texts),
      browsers: Schema.optional(Schema.Array(Text)),
      hardware: Schema.optional(Text),
      hostname: Schema.optional(Text),
      computeCapability: Schema.optional(Quantity)
    })
  ),
  /** Relative speed; 1 is ordinary. */
  weight: Schema.optional(Schema.Finite.check(Schema.isGreaterThan(0))),
  /** Whether its speed is measured when it starts, where it declares no weight. Default: as the runtime's option says. */
  benchmark: Schema.optional(Schema.Boolean),
  priorityMultiplier: Schema.optional(Schema.Finite.check(Schema.isGreaterThan(0))),
  /** What carries it. A `process` costs more and shares nothing, and dies alone whatever its handlers do. Default `thread`. */
  isolation: Schema.optional(Schema.Literals(["thread", "process"])),
  /** In MiB. V8's limits bound the heap and the stack, `maxBuffersMb` what lies beside the heap, such as Buffers. */
  resourceLimits: Schema.optional(
    Schema.Struct({
      maxOldGenerationSizeMb: Schema.optional(Schema.Finite.check(Schema.isGreaterThan(0))),
      maxYoungGenerationSizeMb: Schema.optional(Schema.Finite.check(Schema.isGreaterThan(0))),
      stackSizeMb: Schema.optional(Schema.Finite.check(Schema.isGreaterThan(0))),
      maxBuffersMb: Schema.optional(Schema.Finite.check(Schema.isGreaterThan(0)))
    })
  ),
  /** The share of wall time its handlers may compute. Default 1. */
  dutyCycle: Schema.optional(Share),
  restart: Schema.optional(
    Schema.Struct({
      type: Schema.optional(Schema.Literals(["permanent", "transient", "temporary"])),
      maxRestarts: Schema.optional(Natural),
      window: Schema.optional(DurationInput),
      backoff: Schema.optional(
        Schema.Struct({
          base: Schema.optional(DurationInput),
          max: Schema.optional(DurationInput),
          jitter: Schema.optional(Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 })))
        })
      )
    })
  )
})

/** A worker, as a caller says it; what is left out is detected or the default. */
export type WorkerDefinition = typeof WorkerDefinition.Type

export const workerHints = {
  workers: "a whole number, or a list of worker definitions",
  concurrent: "tasks at once: a whole number, at least 1",
  ceilings: "shares above 0 and up to 1, such as { cpu: 0.9 }",
  isolation: '"thread" or "process"',
  weight: "relative speed above 0; 1 is ordinary",
  accelerators:
    'by kind, such as { cuda: 2 } or { cuda: { count: 2, memory: 16, computeCapability: 8.6 } }, or "detect"',
  dutyCycle: "a share above 0 and up to 1",
  restart: 'such as { type: "permanent", maxRestarts: 3, window: "5 seconds" }'
} as const

/** What the machine has, to be shared out among its workers. */
export interface Detected {
  readonly cores: number
  readonly memoryGiB: number
  readonly storageGiB: number
  readonly hostname: string
  readonly nodeVersion: string
  /** This worker's part of the machine's accelerators, for one that asks for what is detected. */
  readonly devices?: ReadonlyArray<Device>
  /** Of software, by name. */
  readonly versions?: Readonly<Record<string, string>>
  /** Whether workers that do not say so themselves have their speed measured. */
  readonly benchmark?: boolean
}

/** What nobody declares and no one can measure without traffic; enough not to be in the way. */
const networkDefault = 1_000

const alike = (given: typeof AcceleratorCapacity.Type): ReadonlyArray<typeof AlikeAccelerators.Type> => {
  if (typeof given === "number") return [{ count: given }]
  return "count" in given ? [given] : given
}

/** `capability`: of those of CUDA's that do not tell their own. */
const toDevices = (
  accelerators: Readonly<Record<string, typeof AcceleratorCapacity.Type>>,
  capability: number | undefined
): ReadonlyArray<Device> =>
  Object.entries(accelerators).flatMap(([kind, given]) =>
    alike(given).flatMap(({ count, memory = 0, computeCapability = kind === "cuda" ? capability : undefined }) =>
      Array.from({ length: count }, () => ({
        kind,
        memory: toMilli(memory),
        ...(computeCapability !== undefined && { computeCapability })
      }))
    )
  )

/** The highest of what the devices have. */
const highestCapability = (devices: ReadonlyArray<Device>): number | undefined => {
  const known = devices.flatMap(({ computeCapability }) => (computeCapability === undefined ? [] : [computeCapability]))
  return known.length === 0 ? undefined : Math.max(...known)
}

const mapResources = <A>(value: (name: ResourceName) => A): Record<ResourceName, A> => ({
  cpu: value("cpu"),
  memory: value("memory"),
  network: value("network"),
  storage: value("storage")
})

/** The worker with every default filled in. `workers` share the machine: by default each gets an equal part of it. */
export const toWorkerSpec = (
  definition: WorkerDefinition,
  id: string,
  detected: Detected,
  workers: number
): WorkerSpec => {
  const { capacity = {}, ceilings = {}, capabilities = {}, resourceLimits = {}, restart = {} } = definition
  const detectedCapacity = {
    // A thread computes on one core at a time, however many there are.
    cpu: 1,
    memory: detected.memoryGiB / workers,
    network: networkDefault,
    storage: detected.storageGiB / workers
  }
  const full = mapResources((name) => toMilli(capacity[name] ?? detectedCapacity[name]))
  const shares = mapResources((name) => ceilings[name] ?? 1)
  const { maxOldGenerationSizeMb, maxYoungGenerationSizeMb, stackSizeMb, maxBuffersMb } = resourceLimits
  const { accelerators = {} } = capacity
  const devices =
    accelerators === "detect" ? (detected.devices ?? []) : toDevices(accelerators, capabilities.computeCapability)
  const kinds = [...new Set(devices.map(({ kind }) => kind))]
  const computeCapability = capabilities.computeCapability ?? highestCapability(devices)
  const benchmark = definition.weight === undefined && (definition.benchmark ?? detected.benchmark ?? false)
  return {
    id,
    capacity: full,
    ceilings: shares,
    limits: {
      resources: mapResources((name) => Milli(Math.floor(full[name] * shares[name]))),
      devices,
      slots: capacity.concurrent ?? 1
    },
    capabilities: {
      backends: capabilities.backends ?? ["cpu", ...(accelerators === "detect" ? kinds : [])],
      // So that a task can ask for it: native code for a process, shared memory for a thread.
      labels: { isolation: definition.isolation ?? "thread", ...capabilities.labels },
      versions: { ...detected.versions, node: detected.nodeVersion, ...capabilities.versions },
      browsers: capabilities.browsers ?? [],
      hardware: capabilities.hardware ?? (accelerators === "detect" ? kinds[0] : undefined) ?? "cpu",
      hostname: capabilities.hostname ?? detected.hostname,
      ...(computeCapability !== undefined && { computeCapability })
    },
    weight: definition.weight ?? 1,
    ...(benchmark && { benchmark: true }),
    priorityMultiplier: definition.priorityMultiplier ?? 1,
    isolation: definition.isolation ?? "thread",
    resourceLimits: {
      ...(maxOldGenerationSizeMb !== undefined && { maxOldGenerationSizeMb }),
      ...(maxYoungGenerationSizeMb !== undefined && { maxYoungGenerationSizeMb }),
      ...(stackSizeMb !== undefined && { stackSizeMb }),
      ...(maxBuffersMb !== undefined && { maxBuffersMb })
    },
    dutyCycle: definition.dutyCycle ?? 1,
    restart: {
      type: restart.type ?? "permanent",
      maxRestarts: restart.maxRestarts ?? 3,
      window: toMillis(restart.window ?? "5 seconds"),
      backoff: {
        base: toMillis(restart.backoff?.base ?? "50 millis"),
        max: toMillis(restart.backoff?.max ?? "5 seconds"),
        jitter: restart.backoff?.jitter ?? 0.2
      }
    }
  }
}

/** Ids that are given twice. */
export const duplicateIds = (ids: ReadonlyArray<string>): ReadonlyArray<string> =>
  ids.filter((id, index) => ids.indexOf(id) !== index)
