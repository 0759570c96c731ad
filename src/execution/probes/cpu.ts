import { type Machine, textOf } from "./machine.ts"
import { Unavailable } from "./probe.ts"

export interface Cpu {
  readonly model: string
  /** Physical cores; absent where the machine does not tell. */
  readonly cores?: number
  /** Logical processors. */
  readonly threads: number
  /** Logical processors that this process may use. */
  readonly usable: number
}

interface CpuInfo {
  readonly model?: string
  readonly cores?: number
  readonly threads: number
}

/** `/proc/cpuinfo`: one block for each logical processor, whose lines differ from architecture to architecture. */
export const parseCpuInfo = (text: string): CpuInfo => {
  const cores = new Set<string>()
  const ofAll = new Map<string, string>()
  let threads = 0
  for (const block of text.split(/\n\s*\n/)) {
    const lines = new Map(
      block.split("\n").flatMap((line): ReadonlyArray<[string, string]> => {
        const at = line.indexOf(":")
        return at < 0 ? [] : [[line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim()]]
      })
    )
    for (const [name, value] of lines) if (value !== "") ofAll.set(name, value)
    if (!lines.has("processor")) continue
    threads += 1
    const core = lines.get("core id")
    if (core !== undefined) cores.add(`${lines.get("physical id") ?? 0}/${core}`)
  }
  const model = ofAll.get("model name") ?? ofAll.get("cpu model") ?? ofAll.get("hardware") ?? ofAll.get("model")
  return { ...(model !== undefined && { model }), ...(cores.size > 0 && { cores: cores.size }), threads }
}

const physicalCores = async (machine: Machine, signal: AbortSignal): Promise<number | undefined> => {
  if (machine.platform !== "darwin") return undefined
  const { stdout } = await machine.run("sysctl", ["-n", "hw.physicalcpu"], signal)
  const cores = Number(stdout.trim())
  return Number.isInteger(cores) && cores > 0 ? cores : undefined
}

export const cpu = async (machine: Machine, signal: AbortSignal): Promise<Cpu> => {
  const text = machine.platform === "linux" ? await textOf(machine, "/proc/cpuinfo") : undefined
  const info = text === undefined ? { threads: 0 } : parseCpuInfo(text)
  const threads = Math.max(info.threads, machine.processors.length)
  if (threads === 0) throw new Unavailable("the machine tells of no processor")
  const cores = info.cores ?? (await physicalCores(machine, signal).catch(() => undefined))
  const named = machine.processors.find((model) => model !== "" && model !== "unknown")
  return {
    model: named ?? info.model ?? machine.arch,
    ...(cores !== undefined && { cores }),
    threads,
    usable: machine.parallelism
  }
}
