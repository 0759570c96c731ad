import { type Machine, namesIn, textOf } from "./machine.ts"

/** Bytes that one disk has read and written since the machine started. */
export interface Disk {
  readonly name: string
  readonly read: number
  readonly written: number
}

export interface Storage {
  /** Bytes of the file system of `path`, as this user may use them. */
  readonly free: number
  readonly total: number
  readonly disks: ReadonlyArray<Disk>
}

/** `/proc/diskstats` counts in sectors of 512 bytes, whatever the disk's are. */
const sector = 512

export const parseDiskStats = (text: string): ReadonlyArray<Disk> =>
  text.split("\n").flatMap((line): ReadonlyArray<Disk> => {
    const cells = line.trim().split(/\s+/)
    const [, , name, , , read, , , , written] = cells
    if (name === undefined || read === undefined || written === undefined) return []
    const [sectorsRead, sectorsWritten] = [Number(read), Number(written)]
    if (Number.isNaN(sectorsRead + sectorsWritten)) return []
    return [{ name, read: sectorsRead * sector, written: sectorsWritten * sector }]
  })

/** Space of the file system that holds `path`, and what the machine's disks have carried; partitions count with theirs. */
export const storage =
  (path: string) =>
  async (machine: Machine): Promise<Storage> => {
    const space = await machine.space(path)
    const blocks = new Set(await namesIn(machine, "/sys/block"))
    const text = (await textOf(machine, "/proc/diskstats")) ?? ""
    const disks = parseDiskStats(text).filter(({ name }) => blocks.has(name) && !/^(loop|ram)\d+$/.test(name))
    return { ...space, disks }
  }
