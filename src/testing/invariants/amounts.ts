import { type Limits, type Reservation, type ResourceVector, resourceNames } from "../../model/index.ts"

/** Quantities by name: slots, resources, shares and memory of devices. */
export type Amounts = ReadonlyMap<string, number>

interface Shares {
  readonly share: number
  readonly memory: number
}

const amounts = (
  slots: number,
  resources: Readonly<Record<keyof ResourceVector, number>>,
  devices: Iterable<readonly [device: number, shares: Shares]>
): Map<string, number> => {
  const all = new Map<string, number>([["slots", slots]])
  for (const name of resourceNames) all.set(name, resources[name])
  for (const [device, { share, memory }] of devices) {
    all.set(`device ${device}`, share + (all.get(`device ${device}`) ?? 0))
    all.set(`memory of device ${device}`, memory + (all.get(`memory of device ${device}`) ?? 0))
  }
  return all
}

const amountsOf = ({ resources, devices, whole }: Reservation, slots: number): Amounts =>
  amounts(
    whole === true ? slots : 1,
    resources,
    devices.map((share) => [share.device, share])
  )

/** What all of these together take of a worker with so many slots. What is ahead takes nothing yet. */
export const sumOf = (held: ReadonlyArray<{ readonly reservation: Reservation }>, slots: number): Amounts => {
  const sum = new Map<string, number>()
  for (const { reservation } of held) {
    if (reservation.ahead === true) continue
    for (const [name, amount] of amountsOf(reservation, slots)) sum.set(name, amount + (sum.get(name) ?? 0))
  }
  return sum
}

/** What a worker can give. */
export const limitsAsAmounts = ({ slots, resources, devices }: Limits): Amounts =>
  amounts(
    slots,
    resources,
    devices.map(({ memory }, device) => [device, { share: 1_000, memory }])
  )

/** What a worker's books say is taken. */
export const booked = (worker: {
  readonly slots: number
  readonly used: Readonly<Record<keyof ResourceVector, number>>
  readonly devices: ReadonlyArray<Shares>
}): Amounts => amounts(worker.slots, worker.used, worker.devices.entries())
