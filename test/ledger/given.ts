import { expect } from "vitest"
import type { Commit, Ledger, TaskRecord, WorkerRecord } from "../../src/ledger/index.ts"
import {
  type Assignment,
  type Capabilities,
  type Constraints,
  type Device,
  type DeviceDemand,
  type Epoch,
  Milli,
  type ResourceName,
  type TaskSpec,
  type WorkerSpec
} from "../../src/model/index.ts"

const vector = ({ cpu = 0, memory = 0, network = 0, storage = 0 }: Partial<Record<ResourceName, number>>) => ({
  cpu: Milli(cpu),
  memory: Milli(memory),
  network: Milli(network),
  storage: Milli(storage)
})

interface WorkerGiven {
  readonly slots?: number
  readonly resources?: Partial<Record<ResourceName, number>>
  readonly devices?: ReadonlyArray<Device>
  readonly capabilities?: Partial<Capabilities>
}

/** A worker with 4 of each resource and 2 slots, unless said otherwise. */
export const aWorker = (id: string, given: WorkerGiven = {}): WorkerSpec => {
  const { slots = 2, devices = [], capabilities = {} } = given
  const resources = vector({ cpu: 4_000, memory: 4_000, network: 4_000, storage: 4_000, ...given.resources })
  return {
    id,
    capacity: resources,
    ceilings: { cpu: 1, memory: 1, network: 1, storage: 1 },
    limits: { resources, devices, slots },
    capabilities: {
      backends: [],
      labels: {},
      versions: {},
      browsers: [],
      hardware: "cpu",
      hostname: "here",
      ...capabilities
    },
    weight: 1,
    priorityMultiplier: 1,
    isolation: "thread",
    resourceLimits: {},
    dutyCycle: 1,
    restart: { type: "permanent", maxRestarts: 5, window: 60_000, backoff: { base: 100, max: 5_000, jitter: 0 } }
  }
}

export const aDevice = (kind: string, memory = 8_000): Device => ({ kind, memory: Milli(memory) })

export const aShare = (kind: string, share: number, memory = 0): DeviceDemand => ({
  kind,
  count: 1,
  share: Milli(share),
  memory: Milli(memory)
})

export const wholeOnes = (kind: string, count: number): DeviceDemand => ({
  kind,
  count,
  share: Milli(1_000),
  memory: Milli(0)
})

export const asking = (
  resources: Partial<Record<ResourceName, number>>,
  devices: ReadonlyArray<DeviceDemand> = [],
  constraints: Constraints = {}
): TaskSpec["requirements"] => {
  const demand = { resources: vector(resources), devices }
  return { demand, constraints, shape: JSON.stringify([demand, constraints]) }
}

/** A normal task that asks for nothing but a slot, unless said otherwise. */
export const aTask = (id: string, given: Partial<Omit<TaskSpec, "id">> = {}): TaskSpec => ({
  id,
  type: "work",
  payload: null,
  priority: "normal",
  requirements: asking({}),
  concurrencyLimit: 1,
  preferredWorkers: [],
  retries: 0,
  maxCrashes: 2,
  ...given
})

/** The value of a commit that must have been accepted. */
export const done = <A>(commit: Commit<A>): A => {
  if (!commit.ok) throw new Error(`refused: ${JSON.stringify(commit.refusal)}`)
  return commit.value
}

export const expectRefusal = (commit: Commit<unknown>, tag: string): void => {
  expect(commit).toMatchObject({ ok: false, refusal: { _tag: tag } })
}

/** Workers that have joined and are up. */
export const withWorkers = (ledger: Ledger, ...workers: ReadonlyArray<WorkerSpec>): void => {
  for (const worker of workers) {
    done(ledger.addWorker(worker, 0))
    done(ledger.setPhase(worker.id, "up", 0))
  }
}

/** Accepts the task and places it there. */
export const running = (ledger: Ledger, task: TaskSpec, workerId: string, now = 0): Assignment => {
  done(ledger.accept(task, now))
  return done(ledger.place(task.id, workerId, now))
}

export const anError = { name: "Error", message: "no" }

export const fails = (ledger: Ledger, taskId: string, epoch: Epoch, delay: number, now: number) =>
  ledger.fail(taskId, epoch, { reason: "error", error: anError }, delay, now)

export const theTask = (ledger: Ledger, taskId: string): TaskRecord => {
  const task = ledger.task(taskId)
  if (task === undefined) throw new Error(`the ledger does not know ${taskId}`)
  return task
}

export const theWorker = (ledger: Ledger, workerId: string): WorkerRecord => {
  const worker = ledger.worker(workerId)
  if (worker === undefined) throw new Error(`the ledger does not know ${workerId}`)
  return worker
}
