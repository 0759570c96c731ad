import { type Accelerator, figure, firstLine, visible } from "./accelerator.ts"
import type { Machine } from "./machine.ts"
import { Unavailable } from "./probe.ts"

const fields = [
  "index",
  "uuid",
  "name",
  "memory.total",
  "memory.used",
  "utilization.gpu",
  "temperature.gpu",
  "power.draw",
  "driver_version"
] as const
/** Asked for last, since drivers before 510 refuse a query that names it. */
const newer = "compute_cap"

const mebi = 1024 ** 2

const query = (names: ReadonlyArray<string>): ReadonlyArray<string> => [
  `--query-gpu=${names.join(",")}`,
  "--format=csv,noheader,nounits"
]

/** A line for each device, in the order of `fields`, with or without its compute capability. */
export const parseNvidiaSmi = (text: string): ReadonlyArray<Accelerator> =>
  text.split("\n").flatMap((line): ReadonlyArray<Accelerator> => {
    const [index, uuid, name, total, used, utilisation, temperature, power, driver, capability] = line
      .split(",")
      .map((cell) => cell.trim())
    const number = figure(index)
    if (number === undefined || name === undefined || name === "") return []
    const memory = figure(total)
    const memoryUsed = figure(used)
    const busy = figure(utilisation)
    const celsius = figure(temperature)
    const watts = figure(power)
    const computeCapability = figure(capability)
    return [
      {
        kind: "cuda",
        index: number,
        name,
        ...(uuid?.includes("-") === true && { uuid }),
        ...(memory !== undefined && { memory: memory * mebi }),
        ...(memoryUsed !== undefined && { memoryUsed: memoryUsed * mebi }),
        ...(busy !== undefined && { utilisation: busy / 100 }),
        ...(celsius !== undefined && { temperature: celsius }),
        ...(watts !== undefined && { power: watts }),
        ...(driver !== undefined && /^\d/.test(driver) && { driver }),
        ...(computeCapability !== undefined && { computeCapability })
      }
    ]
  })

/** NVIDIA's devices that this process may use. */
export const cuda = async (machine: Machine, signal: AbortSignal): Promise<ReadonlyArray<Accelerator>> => {
  let said = await machine.run("nvidia-smi", query([...fields, newer]), signal)
  if (said.code !== 0 && `${said.stdout}${said.stderr}`.includes(newer)) {
    said = await machine.run("nvidia-smi", query(fields), signal)
  }
  if (said.code !== 0) throw new Unavailable(`nvidia-smi: ${firstLine(said.stdout, said.stderr)}`)
  const devices = parseNvidiaSmi(said.stdout)
  if (devices.length === 0) throw new Unavailable(`nvidia-smi: ${firstLine(said.stdout, said.stderr)}`)
  return visible(devices, machine.env.CUDA_VISIBLE_DEVICES)
}
