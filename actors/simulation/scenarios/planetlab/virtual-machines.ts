import { type PlanetlabDay, planetlabDemand } from "../../traces/index.ts"
import { chanceOf } from "../../workload/index.ts"

/** Machines that share hosts for a day. Use in whole percent of a core, so that sums are exact and equals are equal. */
export interface VirtualMachines {
  /** By machine, by sample. */
  readonly use: ReadonlyArray<Int32Array>
  readonly samples: number
  readonly hosts: number
  /** Percent of a core that one host has. */
  readonly capacity: number
}

export interface HostSize {
  readonly cores: number
  /** Share of all hosts that the machines use at the peak of their sum. */
  readonly peak: number
}

const inOrder = <A>(items: ReadonlyArray<A>, order: number): ReadonlyArray<A> => {
  if (order === 0) return items
  const chance = chanceOf(`planetlab/${order}`)
  const left = [...items]
  return items.flatMap(() => left.splice(Math.floor(chance() * left.length), 1))
}

/**
 * A day's machines, and just as many hosts that at the peak of their sum `peak` of all is used, rounded up.
 *
 * @param order 0: as in the file; otherwise shuffled, the same for the same number. Equals are told apart by it.
 */
export const virtualMachinesOf = (day: PlanetlabDay, { cores, peak }: HostSize, order: number = 0): VirtualMachines => {
  const { samples } = day
  const use = inOrder(planetlabDemand(day), order).map((row) =>
    Int32Array.from(row, (share) => Math.round(100 * share))
  )
  let most = 0
  for (let sample = 0; sample < samples; sample += 1) {
    most = Math.max(
      most,
      use.reduce((sum, row) => sum + (row[sample] ?? 0), 0)
    )
  }
  const capacity = 100 * cores
  return { use, samples, capacity, hosts: Math.ceil(most / (capacity * peak)) }
}

/** Where each machine is. */
export class Hosting {
  readonly machines: VirtualMachines
  readonly #hostOf: Array<number> = []
  #moves = 0

  /** At first each goes to the host with the least on it, the largest of the first sample first. */
  constructor(machines: VirtualMachines) {
    this.machines = machines
    const { use, hosts } = machines
    const loads = new Array<number>(hosts).fill(0)
    const first = (vm: number): number => use[vm]?.[0] ?? 0
    for (const vm of [...use.keys()].sort((a, b) => first(b) - first(a))) {
      const host = leastOf(loads)
      this.#hostOf[vm] = host
      loads[host] = (loads[host] ?? 0) + first(vm)
    }
  }

  get moves(): number {
    return this.#moves
  }

  hostOf(vm: number): number {
    return this.#hostOf[vm] ?? 0
  }

  move(vm: number, host: number): void {
    this.#hostOf[vm] = host
    this.#moves += 1
  }

  /** What each host has to do at a sample. */
  loads(sample: number): Array<number> {
    const { use, hosts } = this.machines
    const loads = new Array<number>(hosts).fill(0)
    for (const [vm, row] of use.entries()) {
      const host = this.hostOf(vm)
      loads[host] = (loads[host] ?? 0) + (row[sample] ?? 0)
    }
    return loads
  }

  /** By host, in the order of the machines. */
  machinesByHost(): Array<Array<number>> {
    const on = Array.from({ length: this.machines.hosts }, (): Array<number> => [])
    for (const vm of this.machines.use.keys()) on[this.hostOf(vm)]?.push(vm)
    return on
  }
}

/** The first of those with the least. */
export const leastOf = (loads: ReadonlyArray<number>, except?: number): number => {
  let least = -1
  for (const [host, load] of loads.entries()) {
    if (host !== except && (least < 0 || load < (loads[least] ?? Number.NaN))) least = host
  }
  return least
}

/** Moves machines, free of charge, before `sample` comes. A policy without foresight knows those before it only. */
export type HostingPolicy = (hosting: Hosting, sample: number) => void

export interface HostingOutcome {
  /** Of all demand, that above the capacity of its host, in percent. */
  readonly overloadedDemand: number
  /** Of all hosts at all samples, those with more to do than they can, in percent. */
  readonly overloadedHosts: number
  readonly moves: number
  readonly movesPerMachine: number
}

/** A day under a policy: at each sample but the first it moves machines, then the sample comes. */
export const hostFor = (machines: VirtualMachines, policy: HostingPolicy): HostingOutcome => {
  const hosting = new Hosting(machines)
  const { samples, capacity, hosts, use } = machines
  let demand = 0
  let excess = 0
  let overloaded = 0
  for (let sample = 1; sample < samples; sample += 1) {
    policy(hosting, sample)
    for (const load of hosting.loads(sample)) {
      demand += load
      excess += Math.max(0, load - capacity)
      if (load > capacity) overloaded += 1
    }
  }
  return {
    overloadedDemand: (100 * excess) / demand,
    overloadedHosts: (100 * overloaded) / (hosts * (samples - 1)),
    moves: hosting.moves,
    movesPerMachine: hosting.moves / use.length
  }
}
