import { type Machine, textOf } from "./machine.ts"
import { Unavailable } from "./probe.ts"

/** What a control group leaves this process. What is absent has no limit. */
export interface ContainerLimits {
  /** Which hierarchy told. */
  readonly version: 1 | 2
  /** Cores' worth of time, such as 1.5. */
  readonly cpus?: number
  /** Bytes. */
  readonly memory?: number
}

/** This process's group in each hierarchy, by controller; the unified one, of version 2, under `""`. */
export const parseCgroupPaths = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text.split("\n").flatMap((line): ReadonlyArray<[string, string]> => {
      const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? []
      if (controllers === undefined || path === undefined) return []
      return controllers.split(",").map((controller) => [controller, path])
    })
  )

/** `cpu.max` of version 2: `max 100000`, or a quota and its period in microseconds. */
export const parseCpuMax = (text: string): number | undefined => {
  const [quota = "", period = "100000"] = text.trim().split(/\s+/)
  return quota === "max" ? undefined : coresIn(Number(quota), Number(period))
}

/** The two files of version 1: −1 is no quota. */
export const coresIn = (quota: number, period: number): number | undefined =>
  quota > 0 && period > 0 ? quota / period : undefined

/** Beyond all memory there is: what version 1 has where it has no limit. */
const unlimited = 2 ** 60

/** `memory.max` of version 2, `memory.limit_in_bytes` of version 1. */
export const parseMemoryLimit = (text: string): number | undefined => {
  const bytes = /^\d+$/.test(text.trim()) ? Number(text.trim()) : Number.NaN
  return bytes > 0 && bytes < unlimited ? bytes : undefined
}

/** A group and all above it: each of them may limit, and what a container cannot see of its path is not there. */
export const ancestors = (path: string): ReadonlyArray<string> => {
  const parts = path.split("/").filter((part) => part !== "")
  return Array.from({ length: parts.length + 1 }, (_, above) => {
    const left = parts.slice(0, parts.length - above)
    return left.length === 0 ? "" : `/${left.join("/")}`
  })
}

const root = "/sys/fs/cgroup"

const least = (limits: ReadonlyArray<number | "absent" | undefined>): number | undefined => {
  const known = limits.filter((limit) => typeof limit === "number")
  return known.length === 0 ? undefined : Math.min(...known)
}

/** The smallest of what the files of these folders say, and whether there is any such file. */
const smallest = async (
  folders: ReadonlyArray<string>,
  limitIn: (folder: string) => Promise<number | undefined | "absent">
): Promise<{ readonly found: boolean; readonly limit: number | undefined }> => {
  const limits = await Promise.all(folders.map(limitIn))
  return {
    found: limits.some((limit) => limit !== "absent"),
    limit: least(limits)
  }
}

const unified = async (machine: Machine, path: string) => {
  const folders = ancestors(path).map((above) => `${root}${above}`)
  const file = (name: string, parse: (text: string) => number | undefined) => async (folder: string) => {
    const text = await textOf(machine, `${folder}/${name}`)
    return text === undefined ? ("absent" as const) : parse(text)
  }
  return {
    cpus: await smallest(folders, file("cpu.max", parseCpuMax)),
    memory: await smallest(folders, file("memory.max", parseMemoryLimit))
  }
}

/** Hierarchies of version 1 are mounted under their controllers' names, alone or joined. */
const cpuMounts = ["cpu", "cpu,cpuacct", "cpuacct,cpu"]

const split = async (machine: Machine, paths: ReadonlyMap<string, string>) => {
  const cpuFolders = cpuMounts.flatMap((mount) =>
    ancestors(paths.get("cpu") ?? "/").map((above) => `${root}/${mount}${above}`)
  )
  const memoryFolders = ancestors(paths.get("memory") ?? "/").map((above) => `${root}/memory${above}`)
  return {
    cpus: await smallest(cpuFolders, async (folder) => {
      const quota = await textOf(machine, `${folder}/cpu.cfs_quota_us`)
      const period = await textOf(machine, `${folder}/cpu.cfs_period_us`)
      return quota === undefined || period === undefined ? "absent" : coresIn(Number(quota), Number(period))
    }),
    memory: await smallest(memoryFolders, async (folder) => {
      const text = await textOf(machine, `${folder}/memory.limit_in_bytes`)
      return text === undefined ? "absent" : parseMemoryLimit(text)
    })
  }
}

/** Limits of this process's control group, of version 2 or 1. Where both are mounted, the one that has limits tells. */
export const containerLimits = async (machine: Machine): Promise<ContainerLimits> => {
  if (machine.platform !== "linux") throw new Unavailable("control groups are Linux's")
  const paths = parseCgroupPaths(await machine.read("/proc/self/cgroup"))
  const of = { 2: await unified(machine, paths.get("") ?? "/"), 1: await split(machine, paths) }
  const version = of[2].cpus.found || of[2].memory.found ? 2 : 1
  const { cpus, memory } = of[version]
  if (!cpus.found && !memory.found) throw new Unavailable("no control group has limits here")
  return {
    version,
    ...(cpus.limit !== undefined && { cpus: cpus.limit }),
    ...(memory.limit !== undefined && { memory: memory.limit })
  }
}
