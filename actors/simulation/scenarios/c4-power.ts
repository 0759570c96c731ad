import { type BusyShares, busyShares } from "./busy-shares.ts"
import type { Measurement } from "./measurement.ts"
import type { ScenarioWorld } from "./scenario.ts"

/** What a server draws, in watts, with nothing to do and with all of its cores in use. */
export interface PowerProfile {
  /** By which the runtime is told of it. */
  readonly id: string
  readonly name: string
  readonly idle: number
  readonly peak: number
  readonly cores: number
  /** `ssj_ops` of the whole server with all of its cores in use. */
  readonly ops: number
}

/**
 * Published results of SPECpower_ssj2008, as the power models of CloudSim have them (Beloglazov and Buyya 2012 use such
 * tables).
 */
export const profiles = {
  x3550: { id: "x3550", name: "IBM System x3550 M3, Xeon X5675", idle: 58.4, peak: 222, cores: 12, ops: 890_651 },
  x3250: { id: "x3250", name: "IBM System x3250 M3, Xeon X3470", idle: 41.6, peak: 113, cores: 4, ops: 313_804 },
  ml110: { id: "ml110", name: "HP ProLiant ML110 G5, Xeon 3075", idle: 93.7, peak: 135, cores: 2, ops: 98_472 }
} satisfies Record<string, PowerProfile>

/** The same for every contender. Times in milliseconds, power in watts. */
export interface SleepRules {
  /** A server with nothing to do for so long goes to sleep. */
  readonly after: number
  readonly power: number
  /** What comes to a sleeping server wakes it, which takes so long at its peak. What came does not wait for it. */
  readonly waking: number
}

/** P_idle + (P_peak − P_idle) · u^1.4 */
export const drawn = ({ idle, peak }: Pick<PowerProfile, "idle" | "peak">, share: number): number =>
  idle + (peak - idle) * share ** 1.4

/** Joules that one server takes, from its share in use in each window. */
export const joulesOfServer = (
  profile: Pick<PowerProfile, "idle" | "peak">,
  windows: ReadonlyArray<Pick<BusyShares, "from" | "until"> & { readonly share: number }>,
  sleep: SleepRules
): number => {
  let joules = 0
  let idleFor = 0
  for (const { from, until, share } of windows) {
    const seconds = (until - from) / 1_000
    if (share > 0) {
      if (idleFor >= sleep.after) joules += (profile.peak * sleep.waking) / 1_000
      idleFor = 0
      joules += drawn(profile, share) * seconds
    } else {
      joules += (idleFor >= sleep.after ? sleep.power : profile.idle) * seconds
      idleFor += until - from
    }
  }
  return joules
}

/** Joules that all servers take until the work is done; `fleet` in the order of the workers. */
export const joulesOf = (
  measurement: Pick<Measurement, "looks">,
  world: ScenarioWorld,
  fleet: ReadonlyArray<Pick<PowerProfile, "idle" | "peak">>,
  sleep: SleepRules
): number => {
  const windows = busyShares(measurement, world)
  return fleet.reduce((sum, profile, server) => {
    const own = windows.map(({ from, until, shares }) => ({ from, until, share: shares[server] ?? 0 }))
    return sum + joulesOfServer(profile, own, sleep)
  }, 0)
}

/** Shares of its cores at which the best of a server is looked for. */
const grid = Array.from({ length: 100 }, (_, index) => (index + 1) / 100)

/**
 * No schedule takes less: all servers sleep all the time, and all work is done by the one that takes the least for it
 * beyond that, at the share of its cores at which it does.
 *
 * @param capacities work that each server does in a millisecond at most
 */
export const leastJoules = (
  { workMs, lasting }: { readonly workMs: number; readonly lasting: number },
  fleet: ReadonlyArray<Pick<PowerProfile, "idle" | "peak">>,
  capacities: ReadonlyArray<number>,
  sleep: SleepRules
): number => {
  const perWork = fleet.flatMap((profile, server) =>
    grid.map((share) => (drawn(profile, share) - sleep.power) / (share * (capacities[server] ?? 0)))
  )
  return (Math.min(...perWork) * workMs + sleep.power * fleet.length * lasting) / 1_000
}
