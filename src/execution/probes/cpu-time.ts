import type { Machine } from "./machine.ts"
import { Unavailable } from "./probe.ts"

/** Processor time used since the start of each, in ticks of the same length. */
export interface CpuTime {
  /** By everything on the machine. */
  readonly machine: number
  /** By this process and its threads, and by those of its child processes that have ended. */
  readonly process: number
}

const numbers = (text: string): ReadonlyArray<number> => text.trim().split(/\s+/).map(Number)

/** user, nice, system, irq, softirq and steal of the line `cpu`; guests are in user already. */
export const parseMachineTicks = (text: string): number => {
  const line = /^cpu\s+(.+)$/m.exec(text)?.[1]
  const [user = Number.NaN, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = numbers(line ?? "")
  return user + nice + system + irq + softirq + steal
}

/** utime, stime, cutime and cstime. The name of a process may hold spaces and brackets, so counting begins behind it. */
export const parseProcessTicks = (text: string): number => {
  const fields = numbers(text.slice(text.lastIndexOf(")") + 1))
  return [11, 12, 13, 14].reduce((sum, at) => sum + (fields[at] ?? Number.NaN), 0)
}

/** How much of the machine's processors was used, and how much of that by this process. */
export const cpuTime = async (machine: Machine): Promise<CpuTime> => {
  const [all, own] = await Promise.all([machine.read("/proc/stat"), machine.read("/proc/self/stat")])
  const found = { machine: parseMachineTicks(all), process: parseProcessTicks(own) }
  if (!Number.isFinite(found.machine + found.process)) throw new Unavailable("/proc says nothing of processor time")
  return found
}

/** The part of what was used between two readings that this process has used, 0–1; 0 where nothing was. */
export const ownShare = (before: CpuTime, after: CpuTime): number => {
  const used = after.machine - before.machine
  return used > 0 ? Math.min(1, Math.max(0, (after.process - before.process) / used)) : 0
}
