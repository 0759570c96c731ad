import * as fc from "fast-check"
import {
  type Capabilities,
  type Constraints,
  type Demand,
  type Device,
  type DeviceDemand,
  Milli,
  priorities,
  type Requirements,
  type ResourceName,
  type ResourceVector,
  resourceNames,
  type TaskSpec,
  type WorkerSpec
} from "../model/index.ts"

/** A task without what only the moment of its submission decides: its id, and its deadline as a point in time. */
export interface TaskDraft extends Omit<TaskSpec, "id" | "deadline"> {
  /** Milliseconds from its submission to its deadline. */
  readonly deadlineIn?: number
}

const milli = (values: ReadonlyArray<number>): fc.Arbitrary<Milli> => fc.constantFrom(...values.map((n) => Milli(n)))

const resourceVector = (values: ReadonlyArray<number>): fc.Arbitrary<ResourceVector> => {
  const quantity = milli(values)
  return fc.record({ cpu: quantity, memory: quantity, network: quantity, storage: quantity })
}

const kinds = ["cuda", "mps"] as const
const zones = ["a", "b"] as const
const backends = ["torch", "onnx"] as const

/** Up to three accelerators of two kinds, with 4 to 16 GiB each. */
export const devices: fc.Arbitrary<ReadonlyArray<Device>> = fc.array(
  fc.record({ kind: fc.constantFrom("cuda", "cuda", "mps"), memory: milli([4_000, 8_000, 16_000]) }),
  { maxLength: 3 }
)

const share = (kind: string, of: number, memory: number): DeviceDemand => ({
  kind,
  count: 1,
  share: Milli(of),
  memory: Milli(memory)
})

const whole = (kind: string, count: number, memory: number): DeviceDemand => ({
  kind,
  count,
  share: Milli(1_000),
  memory: Milli(memory)
})

/** A share of one accelerator, or up to two whole ones; with or without a need of memory. */
export const deviceDemands: fc.Arbitrary<DeviceDemand> = fc.oneof(
  fc
    .tuple(fc.constantFrom(...kinds), fc.constantFrom(1, 250, 333, 500, 750, 1_000), fc.constantFrom(0, 1_500, 4_000))
    .map(([kind, of, memory]) => share(kind, of, memory)),
  fc
    .tuple(fc.constantFrom(...kinds), fc.integer({ min: 1, max: 2 }), fc.constantFrom(0, 6_000))
    .map(([kind, count, memory]) => whole(kind, count, memory))
)

const constraint: fc.Arbitrary<Constraints> = fc.constantFrom<Constraints>(
  {},
  { backend: "torch" },
  { hostname: "host-1" },
  { browser: "chrome" },
  { labels: { zone: "b" } },
  { labels: { zone: ["b", "c"] } },
  { labels: { zone: ["a", "b"] } },
  { versions: { node: "^1.2.0" } },
  { versions: { node: ">=1.0.0" } },
  { computeCapability: 8.6 }
)

/** Up to two of all the constraints there are. */
const constraints: fc.Arbitrary<Constraints> = fc
  .tuple(constraint, constraint)
  .map(([one, another]) => ({ ...one, ...another }))

const asRequirements = (demand: Demand, constraints: Constraints): Requirements => ({
  demand,
  constraints,
  shape: JSON.stringify([demand, constraints])
})

const asking = (
  resources: Partial<Record<ResourceName, number>>,
  devices: ReadonlyArray<DeviceDemand> = [],
  constraints: Constraints = {}
): Requirements => {
  const { cpu = 0, memory = 0, network = 0, storage = 0 } = resources
  const vector = { cpu: Milli(cpu), memory: Milli(memory), network: Milli(network), storage: Milli(storage) }
  return asRequirements({ resources: vector, devices }, constraints)
}

const anything = asking({})
const little = asking({ cpu: 500, memory: 500 })

/** What most tasks ask: few shapes, so that tasks meet in one lane and compete for the same room. */
const usual: ReadonlyArray<Requirements> = [
  anything,
  anything,
  anything,
  little,
  little,
  little,
  asking({ cpu: 900, memory: 800 }),
  asking({ cpu: 2_000, memory: 1_000 }),
  asking({ cpu: 333 }, [share("cuda", 500, 1_500)]),
  asking({ memory: 2_000 }, [whole("cuda", 1, 0)]),
  asking({ network: 1_500, storage: 1_000 }, [], { labels: { zone: "a" } })
]

/** Requirements: mostly one of a few shapes, else anything, accelerators and constraints included. */
export const requirements: fc.Arbitrary<Requirements> = fc.oneof(
  { weight: 10, arbitrary: fc.constantFrom(...usual) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(resourceVector([0, 1, 250, 800, 1_500]), fc.array(deviceDemands, { maxLength: 2 }), constraints)
      .map(([resources, devices, constraints]) => asRequirements({ resources, devices }, constraints))
  }
)

const capabilities: fc.Arbitrary<Capabilities> = fc.record(
  {
    backends: fc.subarray([...backends]),
    labels: fc.constantFrom(...zones).map((zone) => ({ zone })),
    versions: fc.constantFrom({ node: "1.1.0" }, { node: "1.4.2" }, {}),
    browsers: fc.subarray(["chrome", "firefox"]),
    hardware: fc.constant("cpu"),
    hostname: fc.constantFrom("host-1", "host-2"),
    computeCapability: fc.constantFrom(7, 8.6, 9)
  },
  { requiredKeys: ["backends", "labels", "versions", "browsers", "hardware", "hostname"] }
)

const ceilings: fc.Arbitrary<Readonly<Record<ResourceName, number>>> = fc.constantFrom(
  { cpu: 1, memory: 1, network: 1, storage: 1 },
  { cpu: 0.9, memory: 0.85, network: 0.85, storage: 0.8 }
)

const limited = (capacity: ResourceVector, ceilings: Readonly<Record<ResourceName, number>>): ResourceVector => {
  const limits = { ...capacity }
  for (const name of resourceNames) limits[name] = Milli(Math.floor(capacity[name] * ceilings[name]))
  return limits
}

/** Workers with up to three slots and three accelerators: small, so that they fill. */
export const workerSpecs = (ids: fc.Arbitrary<string>): fc.Arbitrary<WorkerSpec> =>
  fc
    .record({
      id: ids,
      capacity: resourceVector([1_000, 2_000, 4_000]),
      ceilings,
      devices,
      slots: fc.integer({ min: 1, max: 3 }),
      capabilities
    })
    .map(({ id, capacity, ceilings, devices, slots, capabilities }) => ({
      id,
      capacity,
      ceilings,
      limits: { resources: limited(capacity, ceilings), devices, slots },
      capabilities,
      weight: 1,
      priorityMultiplier: 1,
      isolation: "thread",
      resourceLimits: {},
      dutyCycle: 1,
      restart: { type: "permanent", maxRestarts: 5, window: 60_000, backoff: { base: 100, max: 5_000, jitter: 0.2 } }
    }))

const keyed: fc.Arbitrary<Pick<TaskSpec, "concurrencyKey" | "concurrencyLimit">> = fc.oneof(
  { weight: 2, arbitrary: fc.constant({ concurrencyLimit: 1 }) },
  {
    weight: 3,
    arbitrary: fc.record({
      concurrencyKey: fc.constantFrom("k0", "k1"),
      concurrencyLimit: fc.constantFrom(1, 1, 1, 2, 3)
    })
  }
)

const timed: fc.Arbitrary<Pick<TaskDraft, "deadlineIn" | "queueTimeout" | "expectedDuration">> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc.record(
      {
        deadlineIn: fc.integer({ min: 1, max: 2_000 }),
        queueTimeout: fc.integer({ min: 1, max: 1_000 }),
        expectedDuration: fc.constantFrom(8, 800, 4_000, 1_000_000)
      },
      { requiredKeys: [] }
    )
  }
)

/** Tasks of any priority: more than half with one of two concurrency keys, a quarter with times. */
export const taskDrafts: fc.Arbitrary<TaskDraft> = fc
  .record({
    priority: fc.constantFrom(...priorities),
    requirements,
    keyed,
    timed,
    retries: fc.integer({ min: 0, max: 2 }),
    maxCrashes: fc.integer({ min: 1, max: 3 })
  })
  .map(({ priority, requirements, keyed, timed, retries, maxCrashes }) => ({
    type: "work",
    payload: null,
    preferredWorkers: [],
    priority,
    requirements,
    ...keyed,
    ...timed,
    retries,
    maxCrashes
  }))

/** The same, but they ask for a slot and nothing else, and have no key: the tasks that can be sent ahead. */
export const plainDrafts: fc.Arbitrary<TaskDraft> = taskDrafts.map(({ concurrencyKey: _, ...draft }) => ({
  ...draft,
  requirements: anything,
  concurrencyLimit: 1
}))

/** A task as accepted: the draft submitted under this id at `now`. */
export const taskFrom = ({ deadlineIn, ...draft }: TaskDraft, id: string, now: number): TaskSpec => ({
  ...draft,
  id,
  ...(deadlineIn !== undefined && { deadline: now + deadlineIn })
})

/** Tasks as accepted at time 0, for properties that need no sequence of commands. */
export const taskSpecs = (ids: fc.Arbitrary<string>): fc.Arbitrary<TaskSpec> =>
  fc.tuple(taskDrafts, ids).map(([draft, id]) => taskFrom(draft, id, 0))
