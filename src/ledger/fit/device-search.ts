import { type Device, type DeviceDemand, type DeviceShare, Milli } from "../../model/index.ts"
import type { DeviceUse } from "../records.ts"

/** Steps after which a search is given up, and counts as having found nothing: the ledger must answer at once. */
const mostSteps = 20_000

/** Whether what is left of the device is enough for the demand. */
export const suffices = (device: Device, taken: Readonly<DeviceUse> | undefined, demand: DeviceDemand): boolean =>
  device.kind === demand.kind &&
  1000 - (taken?.share ?? 0) >= demand.share &&
  device.memory - (taken?.memory ?? 0) >= demand.memory &&
  (demand.computeCapability === undefined || (device.computeCapability ?? 0) >= demand.computeCapability)

/** Whether two of the demands are for one kind: only then can one of them stand in another's way. */
export const compete = (demands: ReadonlyArray<DeviceDemand>): boolean =>
  demands.some(({ kind }, at) => demands.findIndex((other) => other.kind === kind) < at)

const noShares: ReadonlyArray<DeviceShare> = []

/**
 * Devices for all demands together, demand after demand; `undefined` where they do not suffice. `used` is what is used of
 * each device already.
 *
 * Each demand is given, in their order, the devices with the least left over: the least share, of equals the least
 * memory, of equals the lowest capability, of equals the first. Where a later demand of the same kind is left without,
 * earlier ones are given the next best, until all have theirs or no way is left: what can be met is met.
 */
export const searchDevices = (
  devices: ReadonlyArray<Device>,
  demands: ReadonlyArray<DeviceDemand>,
  used: ReadonlyArray<Readonly<DeviceUse>>
): ReadonlyArray<DeviceShare> | undefined => {
  const [only, another] = demands
  if (only === undefined) return noShares
  if (another === undefined) return chosenFor(only, devices, used)
  return compete(demands) ? searchByKind(devices, demands, used) : chosenByKind(devices, demands, used)
}

/** No demand stands in another's way: each has the best there is. */
const chosenByKind = (
  devices: ReadonlyArray<Device>,
  demands: ReadonlyArray<DeviceDemand>,
  used: ReadonlyArray<Readonly<DeviceUse>>
): ReadonlyArray<DeviceShare> | undefined => {
  const all: Array<DeviceShare> = []
  for (const demand of demands) {
    const chosen = chosenFor(demand, devices, used)
    if (chosen === undefined) return undefined
    all.push(...chosen)
  }
  return all
}

/** Kinds do not stand in each other's way: where one cannot be met, others need not be tried anew. */
const searchByKind = (
  devices: ReadonlyArray<Device>,
  demands: ReadonlyArray<DeviceDemand>,
  used: ReadonlyArray<Readonly<DeviceUse>>
): ReadonlyArray<DeviceShare> | undefined => {
  const taken = used.map(({ share, memory }) => ({ share, memory }))
  const byKind = new Map<string, ReadonlyArray<DeviceShare>>()
  for (const { kind } of demands) {
    if (byKind.has(kind)) continue
    const ofKind = demands.filter((demand) => demand.kind === kind)
    const found = new DeviceSearch(devices, ofKind, taken).find()
    if (found === undefined) return undefined
    byKind.set(kind, found)
  }
  const given = new Map<string, number>()
  return demands.flatMap(({ kind, count }) => {
    const from = given.get(kind) ?? 0
    given.set(kind, from + count)
    return byKind.get(kind)?.slice(from, from + count) ?? []
  })
}

/** The devices for one demand by itself. */
const chosenFor = (
  demand: DeviceDemand,
  devices: ReadonlyArray<Device>,
  used: ReadonlyArray<Readonly<DeviceUse>>
): ReadonlyArray<DeviceShare> | undefined => {
  const { count, share, memory } = demand
  if (count !== 1) {
    const order = inOrder(demand, devices, used)
    if (order.length < count) return undefined
    return order.slice(0, count).map((device) => ({ device, share, memory }))
  }
  let best = -1
  for (let device = 0; device < devices.length; device += 1) {
    const of = devices[device]
    if (of === undefined || !suffices(of, used[device], demand)) continue
    if (best < 0 || leastFirst(of, used[device], devices[best], used[best]) < 0) best = device
  }
  return best < 0 ? undefined : [{ device: best, share, memory }]
}

/** Those that will do, with the least left over first. */
const inOrder = (
  demand: DeviceDemand,
  devices: ReadonlyArray<Device>,
  used: ReadonlyArray<Readonly<DeviceUse>>
): ReadonlyArray<number> => {
  const eligible: Array<number> = []
  devices.forEach((device, index) => {
    if (suffices(device, used[index], demand)) eligible.push(index)
  })
  return eligible.sort((a, b) => leastFirst(devices[a], used[a], devices[b], used[b]) || a - b)
}

/** Depth first over demands of one kind. Devices of which the same is left are tried once. */
class DeviceSearch {
  readonly #devices: ReadonlyArray<Device>
  readonly #demands: ReadonlyArray<DeviceDemand>
  readonly #taken: ReadonlyArray<DeviceUse>
  readonly #chosen: Array<DeviceShare> = []
  #steps = 0

  constructor(devices: ReadonlyArray<Device>, demands: ReadonlyArray<DeviceDemand>, taken: ReadonlyArray<DeviceUse>) {
    this.#devices = devices
    this.#demands = demands
    this.#taken = taken
  }

  find(): ReadonlyArray<DeviceShare> | undefined {
    return this.#meet(0) ? this.#chosen : undefined
  }

  #meet(at: number): boolean {
    const demand = this.#demands[at]
    return demand === undefined || this.#give(at, demand, inOrder(demand, this.#devices, this.#taken), 0, demand.count)
  }

  /** Gives `left` more of the ordered devices, from the one at `from` on, and then meets the demands after it. */
  #give(at: number, demand: DeviceDemand, order: ReadonlyArray<number>, from: number, left: number): boolean {
    if (left === 0) return this.#meet(at + 1)
    for (let next = from; next + left <= order.length; next += 1) {
      const device = order[next]
      if (device === undefined || (next > from && this.#alike(device, order[next - 1]))) continue
      this.#steps += 1
      if (this.#steps > mostSteps) return false
      this.#take(device, demand, 1)
      this.#chosen.push({ device, share: demand.share, memory: demand.memory })
      if (this.#give(at, demand, order, next + 1, left - 1)) return true
      this.#chosen.pop()
      this.#take(device, demand, -1)
    }
    return false
  }

  #alike(a: number, b: number | undefined): boolean {
    if (b === undefined) return false
    return leastFirst(this.#devices[a], this.#taken[a], this.#devices[b], this.#taken[b]) === 0
  }

  #take(device: number, { share, memory }: DeviceDemand, sign: 1 | -1): void {
    const taken = this.#taken[device]
    if (taken === undefined) return
    taken.share = Milli(taken.share + sign * share)
    taken.memory = Milli(taken.memory + sign * memory)
  }
}

/** Negative where less is left over of the first. */
const leastFirst = (
  a: Device | undefined,
  usedA: Readonly<DeviceUse> | undefined,
  b: Device | undefined,
  usedB: Readonly<DeviceUse> | undefined
): number =>
  (usedB?.share ?? 0) - (usedA?.share ?? 0) ||
  (a?.memory ?? 0) - (usedA?.memory ?? 0) - ((b?.memory ?? 0) - (usedB?.memory ?? 0)) ||
  (a?.computeCapability ?? 0) - (b?.computeCapability ?? 0)
