import { type Accelerator, figure, firstLine, visible } from "./accelerator.ts"
import type { Machine } from "./machine.ts"
import { Unavailable } from "./probe.ts"

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Releases differ in capitals, and in which of several names a figure has. */
const cellsOf = (card: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> =>
  new Map(Object.entries(card).map(([name, value]) => [name.toLowerCase(), String(value)]))

const first = (cells: ReadonlyMap<string, string>, names: ReadonlyArray<string>): string | undefined =>
  names.map((name) => cells.get(name)).find((cell) => cell !== undefined && cell !== "" && cell !== "N/A")

const temperatures = ["junction", "edge", "hotspot"].map((sensor) => `temperature (sensor ${sensor}) (c)`)
const powers = ["current socket graphics package power (w)", "average graphics package power (w)"]
const names = ["card series", "device name", "card model", "card sku"]

/** The object that `rocm-smi --json` prints, after what warnings it may print before. */
export const parseRocmSmi = (text: string): ReadonlyArray<Accelerator> => {
  const from = text.indexOf("{")
  if (from < 0) return []
  const parsed: unknown = JSON.parse(text.slice(from))
  if (!isRecord(parsed)) return []
  const system = isRecord(parsed.system) ? cellsOf(parsed.system) : new Map<string, string>()
  const driver = first(system, ["driver version"])
  return Object.entries(parsed).flatMap(([key, card]): ReadonlyArray<Accelerator> => {
    const number = /^card:?(\d+)$/.exec(key)?.[1]
    if (number === undefined || !isRecord(card)) return []
    const cells = cellsOf(card)
    const uuid = first(cells, ["unique id"])
    const memory = figure(cells.get("vram total memory (b)"))
    const memoryUsed = figure(cells.get("vram total used memory (b)"))
    const busy = figure(cells.get("gpu use (%)"))
    const celsius = figure(first(cells, temperatures))
    const watts = figure(first(cells, powers))
    return [
      {
        kind: "rocm",
        index: Number(number),
        name: first(cells, names) ?? "AMD device",
        ...(uuid !== undefined && { uuid: `GPU-${uuid.replace(/^0x/, "")}` }),
        ...(memory !== undefined && { memory }),
        ...(memoryUsed !== undefined && { memoryUsed }),
        ...(busy !== undefined && { utilisation: busy / 100 }),
        ...(celsius !== undefined && { temperature: celsius }),
        ...(watts !== undefined && { power: watts }),
        ...(driver !== undefined && { driver })
      }
    ]
  })
}

const flags = ["--showproductname", "--showuniqueid", "--showmeminfo", "vram"]
const vitals = ["--showuse", "--showtemp", "--showpower", "--showdriverversion"]

/** AMD's devices that this process may use. */
export const rocm = async (machine: Machine, signal: AbortSignal): Promise<ReadonlyArray<Accelerator>> => {
  let said = await machine.run("rocm-smi", [...flags, ...vitals, "--json"], signal)
  // Releases that know fewer of these refuse them all.
  if (said.code !== 0 || !said.stdout.includes("{")) {
    said = await machine.run("rocm-smi", ["--showproductname", "--showmeminfo", "vram", "--json"], signal)
  }
  const devices = said.code === 0 ? parseRocmSmi(said.stdout) : []
  if (devices.length === 0) throw new Unavailable(`rocm-smi: ${firstLine(said.stdout, said.stderr)}`)
  const { ROCR_VISIBLE_DEVICES, HIP_VISIBLE_DEVICES } = machine.env
  return visible(devices, ROCR_VISIBLE_DEVICES ?? HIP_VISIBLE_DEVICES)
}
