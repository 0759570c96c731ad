import { type HostingPolicy, leastOf } from "./virtual-machines.ts"

/**
 * Empties hosts that use more than a share of what they have, the fullest first: the smallest machine that is enough
 * goes to the host with the least on it, the largest where none is enough; and where that would fill the other above
 * the share, the host is left as it is.
 *
 * @param foresight 0: by the latest sample; 1: by the one that comes, which nobody can know
 */
export const reactive =
  (share: number, foresight: 0 | 1 = 0): HostingPolicy =>
  (hosting, sample) => {
    const { machines } = hosting
    const seen = sample - 1 + foresight
    const limit = share * machines.capacity
    const loads = hosting.loads(seen)
    const on = hosting.machinesByHost()
    const use = (vm: number): number => machines.use[vm]?.[seen] ?? 0
    for (const host of [...loads.keys()].sort((a, b) => (loads[b] ?? 0) - (loads[a] ?? 0))) {
      for (;;) {
        const excess = (loads[host] ?? 0) - limit
        const own = on[host] ?? []
        if (excess <= 0 || own.length === 0) break
        const bySize = own.toSorted((a, b) => use(a) - use(b))
        const vm = bySize.find((each) => use(each) >= excess) ?? bySize.at(-1)
        const target = leastOf(loads, host)
        if (vm === undefined || target < 0 || use(vm) === 0 || (loads[target] ?? 0) + use(vm) > limit) break
        hosting.move(vm, target)
        on[host] = own.filter((each) => each !== vm)
        on[target]?.push(vm)
        loads[host] = (loads[host] ?? 0) - use(vm)
        loads[target] = (loads[target] ?? 0) + use(vm)
      }
    }
  }

/** Nothing is ever moved. */
export const never: HostingPolicy = () => {}
