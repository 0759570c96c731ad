import type { Demand, Device, DeviceDemand, ResourceName } from "../../../../model/index.ts"

/** What is counted of a worker beside its devices. */
export const goods = ["cpu", "memory", "network", "storage", "slots"] as const satisfies ReadonlyArray<
  ResourceName | "slots"
>

/** Amounts in the order of `goods`: thousandths, and slots. */
export type Amounts = readonly [cpu: number, memory: number, network: number, storage: number, slots: number]

/** What a task asks of devices, and of which sorts it may have them. */
export interface DeviceAsk {
  readonly count: number
  readonly share: number
  readonly memory: number
  /** By sort of device, whether it will do. */
  readonly suits: ReadonlyArray<boolean>
}

/** What a task asks of a worker of some kind. */
export interface Ask {
  /** Which tells it from all others of the kind: above 0. */
  readonly number: number
  readonly amounts: Amounts
  readonly devices: ReadonlyArray<DeviceAsk>
}

export const amountsOf = ({ resources: { cpu, memory, network, storage } }: Demand): Amounts => [
  cpu,
  memory,
  network,
  storage,
  1
]

const willDo = (device: Device, { kind, memory, computeCapability }: DeviceDemand): boolean =>
  device.kind === kind &&
  device.memory >= memory &&
  (computeCapability === undefined || (device.computeCapability ?? 0) >= computeCapability)

export const askOf = (demand: Demand, types: ReadonlyArray<Device>, number: number): Ask => ({
  number,
  amounts: amountsOf(demand),
  devices: demand.devices.map((asked) => ({
    count: asked.count,
    share: asked.share,
    memory: asked.memory,
    suits: types.map((type) => willDo(type, asked))
  }))
})

/** Equal for demands that ask for the same, as far as `askOf` sees it. */
export const keyOfDemand = (demand: Demand): string => {
  let key = amountsOf(demand).join(" ")
  for (const { kind, count, share, memory, computeCapability } of demand.devices) {
    key += `,${count} ${share} ${memory} ${computeCapability ?? ""} ${JSON.stringify(kind)}`
  }
  return key
}

/** Thousandths of devices that one task asks for. */
export const deviceVolume = ({ devices }: Demand): number =>
  devices.reduce((sum, { count, share }) => sum + count * share, 0)
