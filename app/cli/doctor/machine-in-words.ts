import {
  type Accelerator,
  acceleratorsOf,
  type BenchmarkResult,
  type MachineReport,
  type Reading
} from "../../../src/execution/index.ts"

const gib = (bytes: number): string => `${(bytes / 1024 ** 3).toFixed(1)} GiB`

const found = <A>(reading: Reading<A>, words: (value: A) => string): string =>
  reading.ok ? words(reading.value) : `unknown: ${reading.reason}`

const acceleratorInWords = (device: Accelerator): string =>
  [
    device.name,
    device.memory === undefined ? "memory of the machine" : gib(device.memory),
    device.computeCapability === undefined ? "" : `compute capability ${device.computeCapability}`,
    device.utilisation === undefined ? "" : `${Math.round(100 * device.utilisation)} % busy`,
    device.temperature === undefined ? "" : `${device.temperature} °C`,
    device.power === undefined ? "" : `${device.power} W`,
    device.driver === undefined ? "" : `driver ${device.driver}`
  ]
    .filter((part) => part !== "")
    .join(", ")

const rowsOf = (machine: MachineReport): ReadonlyArray<readonly [string, string]> => {
  const { cpu, memory, container, accelerators, versions, network, storage, temperature, energy } = machine
  const devices = acceleratorsOf(machine)
  return [
    [
      "processor",
      found(
        cpu,
        ({ model, cores, threads, usable }) => `${model}, ${cores ?? "?"} cores, ${threads} threads, ${usable} usable`
      )
    ],
    ["memory", `${gib(memory.total)}, ${gib(memory.free)} free`],
    [
      "container",
      found(container, ({ version, cpus, memory: limit }) =>
        cpus === undefined && limit === undefined
          ? `no limits (control groups ${version})`
          : `${cpus ?? "all"} cores, ${limit === undefined ? "all memory" : gib(limit)} (control groups ${version})`
      )
    ],
    ...devices.map((device): [string, string] => [`${device.kind} ${device.index}`, acceleratorInWords(device)]),
    ...Object.entries(accelerators).flatMap(
      ([kind, reading]): ReadonlyArray<[string, string]> => (reading.ok ? [] : [[kind, `none: ${reading.reason}`]])
    ),
    ...Object.entries(versions).map(([name, reading]): [string, string] => [name, found(reading, String)]),
    [
      "network",
      found(network, (all) =>
        all.map(({ name, mbps }) => `${name} ${mbps === undefined ? "of unknown speed" : `${mbps} Mbps`}`).join(", ")
      )
    ],
    ["storage", found(storage, ({ free, total }) => `${gib(free)} free of ${gib(total)}`)],
    ["temperature", found(temperature, ([hottest]) => (hottest ? `${hottest.celsius} °C (${hottest.name})` : "none"))],
    ["energy", found(energy, (all) => `counted for ${all.map(({ name }) => name).join(", ")}`)]
  ]
}

const units = {
  integer: "M/s",
  floatingPoint: "M/s",
  memory: "MB/s",
  files: "MB/s",
  messages: "k/s"
} as const

/** What was found of the machine, for a reader. */
export const machineInWords = (machine: MachineReport): string => {
  const rows = rowsOf(machine)
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}\n`).join("")
}

/** What a thread has shown, for a reader. */
export const benchmarkInWords = ({ rates, speed, ms }: BenchmarkResult): string => {
  const parts = Object.entries(units).flatMap(([part, unit]) => {
    const rate = Reflect.get(rates, part)
    return typeof rate === "number" ? [`${part} ${Math.round(rate)} ${unit}`] : []
  })
  return `speed ${speed.toFixed(2)} of the reference, measured in ${Math.round(ms)} ms: ${parts.join(", ")}\n`
}
