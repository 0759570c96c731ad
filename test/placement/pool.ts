import * as fc from "fast-check"
import { Ledger, type WorkerRecord } from "../../src/ledger/index.ts"
import {
  type DeviceDemand,
  type HealthView,
  type Performance,
  type PerformanceView,
  type Priority,
  priorities,
  type ResourceVector,
  type TaskSpec,
  toMilli,
  type WorkerSpec
} from "../../src/model/index.ts"
import type { PlacementView } from "../../src/placement/index.ts"

export interface Resources {
  readonly cpu?: number
  readonly memory?: number
}

const vector = ({ cpu = 0, memory = 0 }: Resources): ResourceVector => ({
  cpu: toMilli(cpu),
  memory: toMilli(memory),
  network: toMilli(0),
  storage: toMilli(0)
})

export interface WorkerOptions extends Resources {
  readonly slots?: number
  readonly weight?: number
  readonly priorityMultiplier?: number
  readonly cuda?: number
  readonly backends?: ReadonlyArray<string>
}

export const workerSpec = (id: string, options: WorkerOptions = {}): WorkerSpec => {
  const { slots = 4, weight = 1, priorityMultiplier = 1, cuda = 0, backends = [], cpu = 100, memory = 100 } = options
  const capacity = vector({ cpu, memory })
  return {
    id,
    capacity,
    ceilings: { cpu: 1, memory: 1, network: 1, storage: 1 },
    limits: {
      resources: capacity,
      devices: Array.from({ length: cuda }, () => ({ kind: "cuda", memory: toMilli(16) })),
      slots
    },
    capabilities: { backends, labels: {}, versions: {}, browsers: [], hardware: "cpu", hostname: "here" },
    weight,
    priorityMultiplier,
    isolation: "thread",
    resourceLimits: {},
    dutyCycle: 1,
    restart: { type: "permanent", maxRestarts: 3, window: 60_000, backoff: { base: 100, max: 1_000, jitter: 0 } }
  }
}

export interface TaskOptions extends Resources {
  readonly type?: string
  readonly priority?: Priority
  readonly cuda?: number
  readonly backend?: string
  readonly whole?: boolean
  readonly concurrencyKey?: string
}

export const taskSpec = (id: string, options: TaskOptions = {}): TaskSpec => {
  const { type = "work", priority = "normal", cuda = 0, backend, cpu = 0, memory = 0, concurrencyKey } = options
  const { whole = false } = options
  const devices: ReadonlyArray<DeviceDemand> =
    cuda === 0 ? [] : [{ kind: "cuda", count: cuda, share: toMilli(1), memory: toMilli(1) }]
  return {
    id,
    type,
    payload: undefined,
    priority,
    requirements: {
      demand: { resources: vector({ cpu, memory }), devices, ...(whole && { whole }) },
      constraints: backend === undefined ? {} : { backend },
      shape: `${cpu} ${memory} ${cuda} ${backend ?? ""} ${whole}`
    },
    concurrencyLimit: 1,
    preferredWorkers: [],
    retries: 0,
    maxCrashes: 3,
    ...(concurrencyKey === undefined ? {} : { concurrencyKey })
  }
}

export const nothingKnown: PerformanceView = { of: () => undefined, worker: () => undefined }
export const allSound: HealthView = { of: () => 1 }

/** The same performance whatever the type. */
export const known = (byWorker: Readonly<Record<string, Partial<Performance>>>): PerformanceView => {
  const of = (workerId: string): Performance | undefined => {
    const found = byWorker[workerId]
    return found && { runs: 100, successRate: 1, meanMs: 100, ...found }
  }
  return { of, worker: of }
}

export const viewOf = (
  workers: Iterable<WorkerRecord>,
  { performance = nothingKnown, health = allSound }: Partial<Pick<PlacementView, "performance" | "health">> = {}
): PlacementView => ({ workers: [...workers], performance, health })

/** A ledger with these workers, up and empty. */
export const ledgerOf = (specs: ReadonlyArray<WorkerSpec>): Ledger => {
  const ledger = new Ledger()
  for (const spec of specs) {
    ledger.addWorker(spec, 0)
    ledger.setPhase(spec.id, "up", 0)
  }
  return ledger
}

/** A worker in some state, without a ledger. */
export const record = (
  spec: WorkerSpec,
  {
    slots = 0,
    limit = spec.limits.slots,
    cpu = 0,
    memory = 0,
    phase = "up"
  }: Partial<Pick<WorkerRecord, "slots" | "limit" | "phase">> & Resources = {}
): WorkerRecord => ({
  spec,
  phase,
  used: vector({ cpu, memory }),
  devices: spec.limits.devices.map(() => ({ share: toMilli(0), memory: toMilli(0) })),
  slots,
  limit,
  alone: false,
  running: new Map(),
  stopping: new Map(),
  heldFor: undefined,
  open: Number.POSITIVE_INFINITY,
  ahead: []
})

// Generators

const phases = ["up", "up", "up", "warming", "draining", "starting", "failed"] as const

export const anyRecord = (id: string): fc.Arbitrary<WorkerRecord> =>
  fc
    .record({
      slots: fc.integer({ min: 1, max: 6 }),
      weight: fc.constantFrom(0.5, 1, 2, 3),
      priorityMultiplier: fc.constantFrom(0.8, 1, 1.5, 2),
      cuda: fc.integer({ min: 0, max: 2 }),
      backends: fc.subarray(["chrome", "native"]),
      cpu: fc.integer({ min: 0, max: 8 }),
      memory: fc.integer({ min: 1, max: 8 }),
      busy: fc.double({ min: 0, max: 1, noNaN: true }),
      phase: fc.constantFrom(...phases),
      /** The share of its slots that it may take now. */
      mayTake: fc.constantFrom(1, 1, 1, 0.5, 0)
    })
    .map(({ busy, phase, mayTake, ...options }) =>
      record(workerSpec(id, options), {
        phase,
        limit: Math.max(1, Math.floor(options.slots * mayTake)),
        slots: Math.floor(busy * (options.slots + 0.999)),
        cpu: Math.floor(busy * options.cpu),
        memory: Math.floor(busy * options.memory)
      })
    )

export const anyPool = (min = 0, max = 8): fc.Arbitrary<ReadonlyArray<WorkerRecord>> =>
  fc
    .integer({ min, max })
    .chain((size) => fc.tuple(...Array.from({ length: size }, (_, index) => anyRecord(`w${index}`))))

export const anyTask = (id: string): fc.Arbitrary<TaskSpec> =>
  fc
    .record({
      type: fc.constantFrom("resize", "render"),
      priority: fc.constantFrom(...priorities),
      cuda: fc.constantFrom(0, 0, 0, 1, 2),
      cpu: fc.integer({ min: 0, max: 3 }),
      memory: fc.integer({ min: 0, max: 3 }),
      backend: fc.constantFrom("", "", "chrome"),
      whole: fc.constantFrom(false, false, false, true)
    })
    .map(({ backend, ...options }) => taskSpec(id, backend === "" ? options : { ...options, backend }))

export const anyTasks = (max: number): fc.Arbitrary<ReadonlyArray<TaskSpec>> =>
  fc
    .integer({ min: 1, max })
    .chain((size) => fc.tuple(...Array.from({ length: size }, (_, index) => anyTask(`t${index}`))))

const anyPerformance: fc.Arbitrary<Performance | undefined> = fc.option(
  fc.record({
    runs: fc.integer({ min: 0, max: 6 }),
    successRate: fc.double({ min: 0, max: 1, noNaN: true }),
    // 0 is unknown; otherwise no shorter than a clock can tell.
    meanMs: fc.oneof(fc.constant(0), fc.double({ min: 0.001, max: 10_000, noNaN: true }))
  }),
  { nil: undefined }
)

/** What was learned of workers `w0`…`w7`, per type, and how healthy they are. */
export const anyKnowledge: fc.Arbitrary<Pick<PlacementView, "performance" | "health">> = fc
  .record({
    resize: fc.array(anyPerformance, { minLength: 8, maxLength: 8 }),
    render: fc.array(anyPerformance, { minLength: 8, maxLength: 8 }),
    health: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 8, maxLength: 8 })
  })
  .map(({ resize, render, health }) => {
    const numberOf = (workerId: string): number => Number(workerId.slice(1))
    return {
      performance: {
        of: (workerId, type) => (type === "resize" ? resize : render)[numberOf(workerId)],
        worker: (workerId) => resize[numberOf(workerId)]
      },
      health: { of: (workerId) => health[numberOf(workerId)] ?? 1 }
    }
  })
