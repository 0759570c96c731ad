import satisfies from "semver/functions/satisfies.js"
import {
  type Constraints,
  type Demand,
  type DeviceDemand,
  type DeviceShare,
  type Limits,
  Milli,
  type Requirements,
  resourceNames,
  type WorkerPhase,
  type WorkerSpec
} from "../model/index.ts"
import type { WorkerRecord } from "./records.ts"

/** Whether a worker in this phase takes new work. */
export const takesWork = (phase: WorkerPhase): boolean => phase === "up" || phase === "warming"

const nothing: ReadonlyArray<never> = []
const inUnits = (milli: number): string => String(milli / 1000)

const unmetConstraints = (constraints: Constraints, { capabilities }: WorkerSpec): Array<string> => {
  const unmet: Array<string> = []
  const { backend, hostname, browser, labels, versions, computeCapability } = constraints
  if (backend !== undefined && !capabilities.backends.includes(backend)) unmet.push(`no backend ${backend}`)
  if (hostname !== undefined && capabilities.hostname !== hostname) unmet.push(`hostname is not ${hostname}`)
  if (browser !== undefined && !capabilities.browsers.includes(browser)) unmet.push(`no browser ${browser}`)
  for (const [label, value] of Object.entries(labels ?? {})) {
    if (capabilities.labels[label] !== value) unmet.push(`label ${label} is not ${value}`)
  }
  for (const [software, range] of Object.entries(versions ?? {})) {
    const version = capabilities.versions[software]
    if (version === undefined) unmet.push(`no ${software}`)
    else if (!satisfies(version, range)) unmet.push(`${software} ${version} is not ${range}`)
  }
  if (computeCapability !== undefined && (capabilities.computeCapability ?? 0) < computeCapability) {
    unmet.push(`compute capability below ${computeCapability}`)
  }
  return unmet
}

/** Devices of the kind that can give the share and the memory, given what is used of them. */
const eligibleDevices = (
  { kind, share, memory }: DeviceDemand,
  limits: Limits,
  used: WorkerRecord["devices"] | undefined
): Array<number> => {
  const eligible: Array<number> = []
  limits.devices.forEach((device, index) => {
    const use = used?.[index]
    const fits =
      device.kind === kind && 1000 - (use?.share ?? 0) >= share && device.memory - (use?.memory ?? 0) >= memory
    if (fits) eligible.push(index)
  })
  return eligible
}

const unmetDemand = (
  { resources, devices }: Demand,
  limits: Limits,
  worker: WorkerRecord | undefined
): Array<string> => {
  const unmet: Array<string> = []
  for (const name of resourceNames) {
    const free = limits.resources[name] - (worker?.used[name] ?? 0)
    if (resources[name] > free) unmet.push(`${name} ${inUnits(resources[name])} of ${inUnits(free)}`)
  }
  for (const demand of devices) {
    const count = eligibleDevices(demand, limits, worker?.devices).length
    if (count < demand.count) unmet.push(`${demand.kind} ${demand.count} of ${count} suitable`)
  }
  if (limits.slots - (worker?.slots ?? 0) < 1) unmet.push("no slot")
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
    ...unmetConstraints(requirements.constraints, worker.spec),
    ...unmetDemand(requirements.demand, worker.spec.limits, worker)
  ]
}

/** Whether the worker can take such a task at this instant: `unmetNow` is empty, without saying why not. */
export const fitsNow = ({ constraints, demand }: Requirements, worker: WorkerRecord): boolean => {
  const { limits } = worker.spec
  if (!takesWork(worker.phase) || worker.slots >= limits.slots) return false
  for (const name of resourceNames) {
    if (demand.resources[name] > limits.resources[name] - worker.used[name]) return false
  }
  for (const device of demand.devices) {
    if (eligibleDevices(device, limits, worker.devices).length < device.count) return false
  }
  for (const _constraint in constraints) return unmetConstraints(constraints, worker.spec).length === 0
  return true
}

const noShares: ReadonlyArray<DeviceShare> = []

/**
 * The devices to reserve: of each kind those with the least left over, so that whole devices stay whole.
 * `undefined` where they do not suffice.
 */
export const chooseDevices = (demand: Demand, worker: WorkerRecord): ReadonlyArray<DeviceShare> | undefined => {
  if (demand.devices.length === 0) return noShares
  const chosen: Array<DeviceShare> = []
  for (const wanted of demand.devices) {
    const eligible = eligibleDevices(wanted, worker.spec.limits, worker.devices)
    if (eligible.length < wanted.count) return undefined
    const left = (index: number): number => 1000 - (worker.devices[index]?.share ?? 0)
    eligible.sort((a, b) => left(a) - left(b) || a - b)
    for (const device of eligible.slice(0, wanted.count)) {
      chosen.push({ device, share: Milli(wanted.share), memory: Milli(wanted.memory) })
    }
  }
  return chosen
}
