import {
  type DeviceDemand,
  type DeviceShare,
  type Millis,
  type Requirements,
  type ResourceName,
  resourceNames,
  type TaskId,
  type TaskSpec,
  type TaskStatus,
  type WorkerId,
  type WorkerPhase,
  type WorkerSpec
} from "../model/index.ts"
import type { SeenPassage } from "./passages.ts"

/** What the model keeps, and the arithmetic on it. */
export interface ModelWorker {
  readonly spec: WorkerSpec
  phase: WorkerPhase
  /** Slots it may take now. */
  limit: number
  heldFor: TaskId | undefined
  /** What may begin there all the same. */
  passage: SeenPassage | undefined
}

export type Devices = ReadonlyArray<DeviceShare>

export interface Place {
  readonly workerId: WorkerId
  readonly devices: Devices
}

/** What is held somewhere, and for which task. */
export interface Taking extends Place {
  readonly spec: TaskSpec
  /** It has the worker to itself. */
  readonly whole: boolean
}

export interface ModelTask {
  readonly spec: TaskSpec
  readonly order: number
  readonly rank: number
  readonly acceptedAt: Millis
  status: TaskStatus
  /** `ahead`: it was sent ahead and waits there; it holds nothing. */
  run: (Place & { readonly epoch: number; ahead: boolean }) | undefined
  move: (Place & { readonly id: number; readonly source: WorkerId; released: boolean }) | undefined
  attempts: number
  failures: number
  /** The worker and the reason of each. */
  crashes: ReadonlyArray<string>
  suspect: boolean
  saved: unknown
  notBefore: Millis
}

/** What a run holds whose task has ended and whose worker has not let go. */
export interface Lingering extends Taking {
  readonly epoch: number
  /** It had not begun, as far as was known: it holds nothing. */
  readonly ahead: boolean
}

export const isWaiting = ({ status }: ModelTask): boolean => status === "queued" || status === "delayed"
export const isLive = (task: ModelTask): boolean =>
  isWaiting(task) || task.status === "running" || task.status === "moving"
/**
 * An eighth of what it says it takes. What is beyond a quarter of an ageing span counts by its logarithm: a thousand times
 * that is another quarter, and more counts no more.
 */
export const headStartOf = ({ expectedDuration = 0 }: TaskSpec, ageing: Millis): Millis => {
  const eighth = expectedDuration / 8
  const quarter = ageing / 4
  if (eighth <= quarter) return eighth
  return quarter === 0 ? 0 : quarter * (1 + Math.min(1, Math.log(eighth / quarter) / Math.log(1_000)))
}

export const before = (a: ModelTask, b: ModelTask): number => a.rank - b.rank || a.order - b.order
/** Whether it asks for a slot and nothing else, and holds no key. */
export const asksForNothing = ({ spec, suspect }: ModelTask): boolean => {
  const { demand, constraints } = spec.requirements
  const resources = resourceNames.some((name) => demand.resources[name] > 0)
  const free = !resources && demand.devices.length === 0 && Object.keys(constraints).length === 0
  return free && !suspect && spec.concurrencyKey === undefined
}

export const takes = ({ phase }: ModelWorker): boolean => phase === "up" || phase === "warming"

export const used = (name: ResourceName, places: ReadonlyArray<Taking>): number =>
  places.reduce((sum, { spec }) => sum + spec.requirements.demand.resources[name], 0)

export interface FreeDevice {
  readonly kind: string
  readonly computeCapability: number
  share: number
  memory: number
}

export const freeDevices = (
  { limits }: Pick<WorkerSpec, "limits">,
  places: ReadonlyArray<Taking>
): ReadonlyArray<FreeDevice> => {
  const free: ReadonlyArray<FreeDevice> = limits.devices.map(({ kind, memory, computeCapability = 0 }) => ({
    kind,
    computeCapability,
    share: 1_000,
    memory
  }))
  for (const { device, share, memory } of places.flatMap(({ devices }) => devices)) {
    const of = free[device]
    if (of === undefined) continue
    of.share -= share
    of.memory -= memory
  }
  return free
}

const givesRoom = (of: FreeDevice, { kind, share, memory, computeCapability = 0 }: DeviceDemand): boolean =>
  of.kind === kind && of.share >= share && of.memory >= memory && of.computeCapability >= computeCapability

/** Every way to take so many of these, in the order in which they stand. */
function* waysToTake<A>(from: ReadonlyArray<A>, count: number): Iterable<ReadonlyArray<A>> {
  if (count === 0) yield []
  for (const [at, first] of from.entries()) {
    if (count > 0) for (const others of waysToTake(from.slice(at + 1), count - 1)) yield [first, ...others]
  }
}

/** Those with the least left first, demand after demand; where one is left without, those before it have the next best. */
export const devicesFor = ({ demand }: Requirements, free: ReadonlyArray<FreeDevice>): Devices | undefined => {
  const meet = (demands: ReadonlyArray<DeviceDemand>, left: ReadonlyArray<FreeDevice>): Devices | undefined => {
    const [first, ...others] = demands
    if (first === undefined) return []
    const { count, share, memory } = first
    const suitable = left
      .map((of, device) => ({ device, of }))
      .filter(({ of }) => givesRoom(of, first))
      .sort(
        ({ of: a, device: atA }, { of: b, device: atB }) =>
          a.share - b.share || a.memory - b.memory || a.computeCapability - b.computeCapability || atA - atB
      )
    for (const way of waysToTake(suitable, count)) {
      const taken = new Set(way.map(({ device }) => device))
      const then = left.map((of, device) =>
        taken.has(device) ? { ...of, share: of.share - share, memory: of.memory - memory } : of
      )
      const rest = meet(others, then)
      if (rest !== undefined) return [...way.map(({ device }) => ({ device, share, memory })), ...rest]
    }
    return undefined
  }
  return meet(demand.devices, free)
}

/** The devices of these indexes, dealt out to one demand after the other; `undefined` where one of them will not do. */
export const theseDevices = (
  { demand }: Requirements,
  free: ReadonlyArray<FreeDevice>,
  indexes: ReadonlyArray<number>
): Devices | undefined => {
  const wanted = demand.devices.flatMap((one) => Array.from({ length: one.count }, () => one))
  if (wanted.length !== indexes.length) return undefined
  const left = free.map((of) => ({ ...of }))
  const chosen: Array<DeviceShare> = []
  for (const [place, one] of wanted.entries()) {
    const { share, memory } = one
    const device = indexes[place] ?? -1
    const of = left[device]
    const again = chosen.some((other, before) => other.device === device && wanted[before] === one)
    if (of === undefined || again || !givesRoom(of, one)) return undefined
    of.share -= share
    of.memory -= memory
    chosen.push({ device, share, memory })
  }
  return chosen
}

/** Slots taken by these. */
export const slotsOf = ({ limits }: Pick<WorkerSpec, "limits">, places: ReadonlyArray<Taking>): number =>
  places.reduce((sum, { whole }) => sum + (whole ? limits.slots : 1), 0)

/** The devices it would get there, were these all that is held; `undefined` where there is no room. */
export const roomFor = (
  { requirements }: TaskSpec,
  { spec, limit }: Pick<ModelWorker, "spec" | "limit">,
  places: ReadonlyArray<Taking>
): Devices | undefined => {
  const { resources } = requirements.demand
  const { limits } = spec
  const room = resourceNames.every((name) => used(name, places) + resources[name] <= limits.resources[name])
  return room && slotsOf(spec, places) < limit ? devicesFor(requirements, freeDevices(spec, places)) : undefined
}

/** When the first of its limits of time passes: a queue timeout counts until it first runs. */
export const limitOf = (task: ModelTask): Millis => {
  const { deadline = Number.POSITIVE_INFINITY, queueTimeout = Number.POSITIVE_INFINITY } = task.spec
  const neverRan = task.attempts === 0 && isWaiting(task)
  return Math.min(deadline, neverRan ? task.acceptedAt + queueTimeout : Number.POSITIVE_INFINITY)
}
