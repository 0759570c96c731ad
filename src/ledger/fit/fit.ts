import {
  type Demand,
  type DeviceDemand,
  type DeviceShare,
  type Limits,
  Milli,
  type Requirements,
  resourceNames,
  type WorkerPhase,
  type WorkerSpec
} from "../../model/index.ts"
import type { DeviceUse, WorkerRecord } from "../records.ts"
import { meets, unmetConstraints } from "./constraints.ts"
import { compete, searchDevices, suffices } from "./device-search.ts"

/** Whether a worker's free slots alone decide if it can take such a task. */
export const asksForSlotOnly = ({ demand, constraints }: Requirements): boolean => {
  const { cpu, memory, network, storage } = demand.resources
  if (demand.devices.length > 0 || cpu + memory + network + storage > 0) return false
  if (demand.whole === true || demand.external === true) return false
  for (const _constraint in constraints) return false
  return true
}

/** Whether a worker in this phase takes new work. */
export const takesWork = (phase: WorkerPhase): boolean => phase === "up" || phase === "warming"

/** Whether a worker in this phase takes new work, or would as soon as any needs it. */
export const isAtHand = (phase: WorkerPhase): boolean => takesWork(phase) || phase === "resting"

/** Whether nothing is there: no run, none that is being stopped, and no room kept for one that moves. */
export const isEmpty = ({ slots, running, stopping }: WorkerRecord): boolean =>
  slots === 0 && running.size === 0 && stopping.size === 0

const nothing: ReadonlyArray<never> = []
const inUnits = (milli: number): string => String(milli / 1000)

/** How many devices of the kind can give the share and the memory, given what is used of them. */
const eligibleDevices = (demand: DeviceDemand, limits: Limits, used: WorkerRecord["devices"] | undefined): number => {
  let count = 0
  limits.devices.forEach((device, index) => {
    if (suffices(device, used?.[index], demand)) count += 1
  })
  return count
}

/** Whether so many devices as the demand asks for can give the share and the memory: it looks at no more than it has to. */
const hasDevices = (demand: DeviceDemand, { devices }: Limits, used: WorkerRecord["devices"] | undefined): boolean => {
  let missing = demand.count
  for (let index = 0; missing > 0 && missing <= devices.length - index; index += 1) {
    const device = devices[index]
    if (device !== undefined && suffices(device, used?.[index], demand)) missing -= 1
  }
  return missing <= 0
}

/** What is used of each device, to be added to. */
const takenOn = (limits: Limits, used: WorkerRecord["devices"] | undefined): ReadonlyArray<DeviceUse> =>
  limits.devices.map((_, device) => ({
    share: used?.[device]?.share ?? Milli(0),
    memory: used?.[device]?.memory ?? Milli(0)
  }))

const take = (taken: DeviceUse | undefined, { share, memory }: DeviceDemand): void => {
  if (taken === undefined) return
  taken.share = Milli(taken.share + share)
  taken.memory = Milli(taken.memory + memory)
}

/** Devices for all demands together: no device gives to one what another of them has taken. */
const devicesFor = (
  demands: ReadonlyArray<DeviceDemand>,
  limits: Limits,
  used: WorkerRecord["devices"] | undefined
): ReadonlyArray<DeviceShare> | undefined => searchDevices(limits.devices, demands, used ?? takenOn(limits, undefined))

/** Whether there are devices for all demands. */
const devicesSuffice = (
  demands: ReadonlyArray<DeviceDemand>,
  limits: Limits,
  used: WorkerRecord["devices"] | undefined
): boolean => {
  if (demands.length === 0) return true
  if (demands.length > 1 && compete(demands)) return devicesFor(demands, limits, used) !== undefined
  for (const demand of demands) if (!hasDevices(demand, limits, used)) return false
  return true
}

const unmetDemand = (
  { resources, devices, whole }: Demand,
  limits: Limits,
  worker: WorkerRecord | undefined
): Array<string> => {
  const unmet: Array<string> = []
  for (const name of resourceNames) {
    const free = limits.resources[name] - (worker?.used[name] ?? 0)
    if (resources[name] > free) unmet.push(`${name} ${inUnits(resources[name])} of ${inUnits(free)}`)
  }
  for (const demand of devices) {
    const count = eligibleDevices(demand, limits, worker?.devices)
    if (count < demand.count) unmet.push(`${demand.kind} ${demand.count} of ${count} suitable`)
  }
  if (unmet.length === 0 && !devicesSuffice(devices, limits, worker?.devices)) {
    unmet.push("accelerators do not suffice for all that is asked")
  }
  if ((worker?.limit ?? limits.slots) - (worker?.slots ?? 0) < 1) unmet.push("no slot")
  else if (whole === true && worker !== undefined && !isEmpty(worker)) unmet.push("has other work: it is to run alone")
  return unmet
}

/** What keeps the worker from ever taking such a task, even when it is empty. Empty: it could. */
export const unmetEver = (requirements: Requirements, spec: WorkerSpec): ReadonlyArray<string> => [
  ...unmetConstraints(requirements.constraints, spec),
  ...unmetDemand(requirements.demand, spec.limits, undefined)
]

/** What keeps the worker from taking such a task at this instant. Empty: it fits. */
export const unmetNow = (requirements: Requirements, worker: WorkerRecord): ReadonlyArray<string> => {
  if (fitsNow(requirements, worker)) return nothing
  return [
    ...(takesWork(worker.phase) ? nothing : [`is ${worker.phase}`]),
    ...(worker.open < 1 && requirements.demand.external !== true ? ["asks for no task now"] : nothing),
    ...unmetConstraints(requirements.constraints, worker.spec),
    ...unmetDemand(requirements.demand, worker.spec.limits, worker)
  ]
}

/** Whether the worker can take such a task at this instant: `unmetNow` is empty, without saying why not. */
export const fitsNow = (requirements: Requirements, worker: WorkerRecord): boolean =>
  takesWork(worker.phase) && hasRoomFor(requirements, worker)

/** Whether the worker has room for such a task, in whatever phase it is. */
export const hasRoomFor = ({ constraints, demand }: Requirements, worker: WorkerRecord): boolean => {
  const { limits } = worker.spec
  if (worker.slots >= worker.limit) return false
  if (worker.open < 1 && demand.external !== true) return false
  const { resources, whole } = demand
  const { used } = worker
  if (whole === true && !isEmpty(worker)) return false
  if (
    resources.cpu > limits.resources.cpu - used.cpu ||
    resources.memory > limits.resources.memory - used.memory ||
    resources.network > limits.resources.network - used.network ||
    resources.storage > limits.resources.storage - used.storage
  ) {
    return false
  }
  if (!devicesSuffice(demand.devices, limits, worker.devices)) return false
  return meets(constraints, worker.spec)
}

/**
 * The devices to reserve: of each kind those with the least left over, so that whole devices stay whole.
 * `undefined` where they do not suffice.
 */
export const chooseDevices = (demand: Demand, worker: WorkerRecord): ReadonlyArray<DeviceShare> | undefined =>
  devicesFor(demand.devices, worker.spec.limits, worker.devices)

const unsuitable = (
  device: number,
  { kind, share, memory, computeCapability }: DeviceDemand,
  limits: Limits,
  taken: DeviceUse | undefined
) => {
  const limit = Number.isInteger(device) ? limits.devices[device] : undefined
  if (limit === undefined || taken === undefined) return `there is no device ${device}`
  if (limit.kind !== kind) return `device ${device} is no ${kind}`
  if (computeCapability !== undefined && (limit.computeCapability ?? 0) < computeCapability) {
    return `device ${device} has a compute capability below ${computeCapability}`
  }
  if (1000 - taken.share < share) return `device ${device} has ${inUnits(1000 - taken.share)} of ${inUnits(share)} left`
  const free = limit.memory - taken.memory
  return free < memory ? `device ${device} has memory ${inUnits(free)} of ${inUnits(memory)} left` : undefined
}

/**
 * What is to be reserved of the devices that somebody names by their index, demand after demand, as many for each as it
 * asks for; or why it cannot be, in words.
 */
export const namedDevices = (
  { devices: demands }: Demand,
  { spec: { limits }, devices: used }: WorkerRecord,
  named: ReadonlyArray<number>
): ReadonlyArray<DeviceShare> | string => {
  const asked = demands.reduce((sum, { count }) => sum + count, 0)
  if (named.length !== asked) return `${named.length} devices are named, ${asked} asked for`
  const taken = takenOn(limits, used)
  const chosen: Array<DeviceShare> = []
  for (const demand of demands) {
    const { count, share, memory } = demand
    const own = named.slice(chosen.length, chosen.length + count)
    if (new Set(own).size < count) return "a device is named twice"
    for (const device of own) {
      const reason = unsuitable(device, demand, limits, taken[device])
      if (reason !== undefined) return reason
      chosen.push({ device, share, memory })
      take(taken[device], demand)
    }
  }
  return chosen
}
