import { unmetEver, type WorkerRecord } from "../../../../../src/ledger/index.ts"
import type { DeviceDemand, Requirements } from "../../../../../src/model/index.ts"

/** Of one worker, each device by itself. */
interface Left {
  readonly record: WorkerRecord
  /** Cores, memory, network, storage, slots. */
  readonly amounts: ReadonlyArray<number>
  readonly shares: ReadonlyArray<number>
  readonly memories: ReadonlyArray<number>
}

interface Popular {
  readonly requirements: Requirements
  readonly frequency: number
  weight: number
}

interface Market {
  readonly popular: ReadonlyArray<Popular>
  /** By kind of device, or "" for the good that is packed: of each good what comes with a thousandth of it. */
  readonly per: ReadonlyMap<string, ReadonlyArray<number>>
  readonly good: number
  readonly scale: number
}

const nothing: Market = { popular: [], per: new Map(), good: 4, scale: 0 }

const sum = (numbers: ReadonlyArray<number>): number => numbers.reduce((total, each) => total + each, 0)

const amountsOf = ({ demand: { resources } }: Requirements): ReadonlyArray<number> => [
  resources.cpu,
  resources.memory,
  resources.network,
  resources.storage,
  1
]

const volumeOf = ({ demand: { devices } }: Requirements, kind?: string): number =>
  sum(devices.map((asked) => (kind === undefined || asked.kind === kind ? asked.count * asked.share : 0)))

const leftOf = (record: WorkerRecord): Left => {
  const { resources, devices, slots } = record.spec.limits
  return {
    record,
    amounts: [
      resources.cpu - record.used.cpu,
      resources.memory - record.used.memory,
      resources.network - record.used.network,
      resources.storage - record.used.storage,
      slots - record.slots
    ],
    shares: devices.map((_, at) => 1_000 - (record.devices[at]?.share ?? 0)),
    memories: devices.map(({ memory }, at) => memory - (record.devices[at]?.memory ?? 0))
  }
}

const able = ({ record, shares, memories }: Left, { kind, share, memory }: DeviceDemand): ReadonlyArray<number> =>
  record.spec.limits.devices.flatMap((device, at) =>
    device.kind === kind && (shares[at] ?? 0) >= share && (memories[at] ?? 0) >= memory ? [at] : []
  )

const take = (left: Left, at: number, { share, memory }: DeviceDemand): Left => ({
  ...left,
  shares: left.shares.map((each, other) => (other === at ? each - share : each)),
  memories: left.memories.map((each, other) => (other === at ? each - memory : each))
})

/**
 * Fragmentation aware as its docstring says it, in the plainest way: each device by itself, every worker at every decision,
 * nothing kept but what was placed.
 */
export class NaivePacker {
  readonly #placed: Array<Requirements> = []
  #accelerated = nothing
  #plain = nothing
  #nextLook = 64

  fragmented(left: Left): number {
    const market = this.#marketOf(left.record)
    const idle = this.#idle(left, market)
    if (market.popular.length === 0) return 0
    return (
      idle - sum(market.popular.map(({ requirements, weight }) => weight * this.#usable(left, requirements, market)))
    )
  }

  stranded(left: Left): number {
    const market = this.#marketOf(left.record)
    return sum(
      [...market.per].map(([kind, per]) => {
        const idle = this.#idle(left, market, kind)
        const runsOut = per.map((each, good) =>
          each > 0 ? (left.amounts[good] ?? 0) / each : Number.POSITIVE_INFINITY
        )
        return Math.max(0, idle - Math.min(...runsOut))
      })
    )
  }

  waste(record: WorkerRecord): number {
    return this.fragmented(leftOf(record)) + this.stranded(leftOf(record))
  }

  /** How good the worker is, and the device that the task is to have there, where there is a choice. */
  judge(
    requirements: Requirements,
    record: WorkerRecord
  ): { readonly rank: number; readonly device: number | undefined } {
    const left = leftOf(record)
    const before = this.fragmented(left) + this.stranded(left)
    let best: { readonly rank: number; readonly device: number | undefined } | undefined
    for (const [device, after] of this.#ways(left, requirements)) {
      const rank = Math.floor((before - this.fragmented(after) - this.stranded(after) + 1e-6) / 20)
      if (best === undefined || rank > best.rank) best = { rank, device }
    }
    const { rank = 0, device } = best ?? {}
    const isFirst = volumeOf(requirements) === 0 && sum(left.shares) === 0
    return { rank: isFirst ? rank + 2 ** 40 : rank, device }
  }

  placed(requirements: Requirements, workers: ReadonlyArray<WorkerRecord>): void {
    this.#placed.push(requirements)
    if (this.#placed.length < this.#nextLook) return
    this.#nextLook += Math.min(this.#placed.length, Math.max(64, Math.ceil(workers.length / 4)))
    const accelerated = this.#weighed(this.#market(true, workers), workers, true)
    const plain = this.#weighed(this.#market(false, workers), workers, false)
    const moved = Math.max(distance(accelerated, this.#accelerated), distance(plain, this.#plain))
    if (moved < 0.1) return
    this.#accelerated = accelerated
    this.#plain = plain
  }

  #marketOf({ spec }: WorkerRecord): Market {
    return spec.limits.devices.length > 0 ? this.#accelerated : this.#plain
  }

  #idle({ amounts, shares, record }: Left, { good, scale }: Market, kind = ""): number {
    const { devices } = record.spec.limits
    if (devices.length === 0) return (amounts[good] ?? 0) * scale
    return sum(shares.filter((_, at) => kind === "" || devices[at]?.kind === kind))
  }

  #usable(left: Left, requirements: Requirements, market: Market): number {
    if (unmetEver(requirements, left.record.spec).length > 0) return 0
    if (amountsOf(requirements).some((amount, good) => amount > (left.amounts[good] ?? 0))) return 0
    const idle = this.#idle(left, market)
    const { devices } = requirements.demand
    if (devices.length === 0) return idle
    let usable = 0
    for (const asked of devices) {
      const those = able(left, asked)
      if (those.length < asked.count) return 0
      usable += sum(those.map((at) => left.shares[at] ?? 0))
    }
    return Math.min(usable, idle)
  }

  /** By the least left over: devices alike in kind and memory in the order in which their like first stands. */
  *#ways(left: Left, requirements: Requirements): Generator<readonly [device: number | undefined, after: Left]> {
    const amounts = amountsOf(requirements).map((amount, good) => (left.amounts[good] ?? 0) - amount)
    const { devices } = requirements.demand
    const [only, another] = devices
    const limits = left.record.spec.limits.devices
    const type = (at: number) =>
      limits.findIndex(({ kind, memory }) => kind === limits[at]?.kind && memory === limits[at]?.memory)
    const share = (at: number) => left.shares[at] ?? 0
    const memory = (at: number) => left.memories[at] ?? 0
    if (only !== undefined && another === undefined && only.count === 1) {
      const inOrder = able(left, only).toSorted(
        (a, b) => type(a) - type(b) || share(a) - share(b) || memory(a) - memory(b) || a - b
      )
      for (const at of inOrder) yield [at, { ...take(left, at, only), amounts }]
      return
    }
    let after: Left = { ...left, amounts }
    for (const asked of devices) {
      const those = able(after, asked).toSorted((a, b) => share(a) - share(b) || memory(a) - memory(b) || a - b)
      for (const at of those.slice(0, asked.count)) after = take(after, at, asked)
    }
    yield [undefined, after]
  }

  #market(isAccelerated: boolean, workers: ReadonlyArray<WorkerRecord>): Market {
    const asking = this.#placed.filter((each) => volumeOf(each) > 0 === isAccelerated)
    const plain = workers.filter(({ spec }) => spec.limits.devices.length === 0)
    const asked = [0, 1, 2, 3, 4].map((good) => sum(asking.map((each) => amountsOf(each)[good] ?? 0)))
    const limits = [0, 1, 2, 3, 4].map((good) =>
      sum(
        plain.map(
          ({
            spec: {
              limits: { resources, slots }
            }
          }) => [resources.cpu, resources.memory, resources.network, resources.storage, slots][good] ?? 0
        )
      )
    )
    let good = 4
    asked.forEach((total, each) => {
      const limit = limits[each] ?? 0
      if (limit > 0 && total / limit > (asked[good] ?? 0) / (limits[good] ?? 1)) good = each
    })
    const scale = isAccelerated || asking.length === 0 ? 0 : (1_000 * asking.length) / (asked[good] ?? 1)
    const size = (each: Requirements) => (isAccelerated ? volumeOf(each) : (amountsOf(each)[good] ?? 0))
    const shapes = [...new Map(asking.map((each) => [each.shape, each])).values()].map((requirements) => ({
      requirements,
      count: asking.filter(({ shape }) => shape === requirements.shape).length
    }))
    const all = sum(shapes.map(({ requirements, count }) => count * size(requirements)))
    const chosen: Array<(typeof shapes)[number]> = []
    for (const each of shapes.toSorted((a, b) => b.count * size(b.requirements) - a.count * size(a.requirements))) {
      if (sum(chosen.map(({ requirements, count }) => count * size(requirements))) >= 0.95 * all) break
      chosen.push(each)
    }
    const tasks = sum(chosen.map(({ count }) => count))
    const popular = chosen.map(({ requirements, count }) => ({
      requirements,
      frequency: count / tasks,
      weight: count / tasks
    }))
    const per = new Map<string, ReadonlyArray<number>>()
    if (isAccelerated) {
      for (const kind of new Set(asking.flatMap(({ demand }) => demand.devices.map((device) => device.kind)))) {
        const those = asking.filter((each) => volumeOf(each, kind) > 0)
        const volume = sum(those.map((each) => volumeOf(each, kind)))
        per.set(
          kind,
          [0, 1, 2, 3, 4].map((each) => sum(those.map((one) => amountsOf(one)[each] ?? 0)) / volume)
        )
      }
    } else if (scale > 0) {
      per.set(
        "",
        asked.map((total) => total / ((asked[good] ?? 0) * scale))
      )
    }
    return { popular, per, good, scale }
  }

  #weighed(market: Market, workers: ReadonlyArray<WorkerRecord>, isAccelerated: boolean): Market {
    const own = workers.filter(({ spec }) => spec.limits.devices.length > 0 === isAccelerated).map(leftOf)
    const idle = sum(own.map((left) => this.#idle(left, market)))
    if (idle === 0) return market
    const scarce = market.popular.map(({ requirements, frequency }) => {
      const usable = sum(own.map((left) => this.#usable(left, requirements, market)))
      return (frequency * idle) / (usable + idle / 10)
    })
    market.popular.forEach((each, at) => {
      each.weight = (scarce[at] ?? 0) / sum(scarce)
    })
    return market
  }
}

const distance = (a: Market, b: Market): number => {
  const shapes = new Set([...a.popular, ...b.popular].map(({ requirements }) => requirements.shape))
  const weightIn = ({ popular }: Market, shape: string) =>
    popular.find(({ requirements }) => requirements.shape === shape)?.weight ?? 0
  return sum([...shapes].map((shape) => Math.abs(weightIn(a, shape) - weightIn(b, shape)))) / 2
}
