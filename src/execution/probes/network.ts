import { type Machine, namesIn, textOf } from "./machine.ts"
import { Unavailable } from "./probe.ts"

export interface NetworkInterface {
  readonly name: string
  /** What the link is set to; absent where there is none or it does not tell, as virtual ones. */
  readonly mbps?: number
  /** Bytes since the machine started. */
  readonly received: number
  readonly sent: number
}

/** `/proc/net/dev`: bytes received and sent by interface. */
export const parseNetDev = (text: string): ReadonlyArray<NetworkInterface> =>
  text.split("\n").flatMap((line): ReadonlyArray<NetworkInterface> => {
    const [, name, counts] = /^\s*([^\s:]+(?::\d+)?):\s*(.*)$/.exec(line) ?? []
    const cells = counts?.trim().split(/\s+/).map(Number) ?? []
    const [received, sent] = [cells[0], cells[8]]
    if (name === undefined || received === undefined || sent === undefined) return []
    return Number.isNaN(received + sent) ? [] : [{ name, received, sent }]
  })

/** `/sys/class/net/<name>/speed`, in Mbps; −1 and what is larger than any link are unknown. */
export const parseSpeed = (text: string | undefined): number | undefined => {
  const mbps = Number(text?.trim() || Number.NaN)
  return mbps > 0 && mbps < 2 ** 31 ? mbps : undefined
}

/** Interfaces beside the loopback. Nothing is sent. */
export const network = async (machine: Machine): Promise<ReadonlyArray<NetworkInterface>> => {
  if (machine.platform !== "linux") throw new Unavailable("told by Linux's files alone")
  const counted = new Map(parseNetDev(await machine.read("/proc/net/dev")).map((one) => [one.name, one]))
  const names = new Set([...counted.keys(), ...(await namesIn(machine, "/sys/class/net"))])
  names.delete("lo")
  return Promise.all(
    [...names].map(async (name) => {
      const mbps = parseSpeed(await textOf(machine, `/sys/class/net/${name}/speed`))
      const { received = 0, sent = 0 } = counted.get(name) ?? {}
      return { name, ...(mbps !== undefined && { mbps }), received, sent }
    })
  )
}
