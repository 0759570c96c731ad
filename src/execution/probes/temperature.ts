import { type Machine, namesIn, textOf } from "./machine.ts"
import { Unavailable } from "./probe.ts"

export interface Sensor {
  /** Such as `x86_pkg_temp`, or `k10temp Tctl`. */
  readonly name: string
  readonly celsius: number
}

/** Thousandths of a degree; sensors that are not connected say what no machine has. */
export const parseMilliCelsius = (text: string | undefined): number | undefined => {
  const celsius = Number(text?.trim() || Number.NaN) / 1000
  return celsius > -40 && celsius < 150 && celsius !== 0 ? celsius : undefined
}

const sensor = (name: string, celsius: number | undefined): ReadonlyArray<Sensor> =>
  celsius === undefined ? [] : [{ name, celsius }]

const thermalZone = async (machine: Machine, zone: string): Promise<ReadonlyArray<Sensor>> => {
  const at = `/sys/class/thermal/${zone}`
  const [type, temp] = await Promise.all([textOf(machine, `${at}/type`), textOf(machine, `${at}/temp`)])
  return sensor(type?.trim() || zone, parseMilliCelsius(temp))
}

const monitor = async (machine: Machine, chip: string): Promise<ReadonlyArray<Sensor>> => {
  const at = `/sys/class/hwmon/${chip}`
  const name = (await textOf(machine, `${at}/name`))?.trim() || chip
  const inputs = (await namesIn(machine, at)).filter((file) => /^temp\d+_input$/.test(file))
  const sensors = await Promise.all(
    inputs.map(async (input) => {
      const [label, temp] = await Promise.all([
        textOf(machine, `${at}/${input.replace("_input", "_label")}`),
        textOf(machine, `${at}/${input}`)
      ])
      return sensor(`${name} ${label?.trim() || input.replace("_input", "")}`, parseMilliCelsius(temp))
    })
  )
  return sensors.flat()
}

/** What the machine's thermal zones and hardware monitors say, the hottest first. */
export const temperature = async (machine: Machine): Promise<ReadonlyArray<Sensor>> => {
  const [zones, chips] = await Promise.all([
    namesIn(machine, "/sys/class/thermal"),
    namesIn(machine, "/sys/class/hwmon")
  ])
  const found = await Promise.all([
    ...zones.filter((name) => name.startsWith("thermal_zone")).map((zone) => thermalZone(machine, zone)),
    ...chips.map((chip) => monitor(machine, chip))
  ])
  const sensors = found.flat().sort((a, b) => b.celsius - a.celsius)
  if (sensors.length === 0) throw new Unavailable("the machine tells no temperature")
  return sensors
}
