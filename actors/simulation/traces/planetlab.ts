import type { Millis } from "../../../src/model/index.ts"
import { readCsv } from "./csv.ts"
import { TraceMalformed } from "./errors.ts"
import { fileCalled, filesOfFamily, hasColumns, lastWord, type TraceFile } from "./trace-files.ts"

/** CPU use of the virtual machines of PlanetLab on one day of 2011 (CoMon; as shipped with CloudSim). */
export interface PlanetlabDay {
  readonly day: string
  /** Between two samples. */
  readonly every: Millis
  /** Samples of each machine. */
  readonly samples: number
  readonly vms: ReadonlyArray<string>
  /** Use as a share of what the machine may use, 0–1: row by row, one row of `samples` per machine. */
  readonly demand: Float64Array
}

const fiveMinutes: Millis = 300_000

const isSample = (column: string): boolean => /^s\d+$/.test(column)
const holdsDay = (file: TraceFile): boolean => hasColumns(file, "vm") && file.columns.some(isSample)

/** The days there are. */
export const planetlabDays = (folder: string): ReadonlyArray<string> =>
  filesOfFamily(folder, "planetlab")
    .filter(holdsDay)
    .map(({ stem }) => lastWord(stem))

/** Reads one day, such as `20110303`. Throws `TraceMissing` and `TraceMalformed`. */
export const readPlanetlab = (folder: string, day: string): PlanetlabDay => {
  const { path } = fileCalled(filesOfFamily(folder, "planetlab").filter(holdsDay), day, "planetlab", folder)
  const { columns, rows } = readCsv(path)
  const sampled = columns.filter(isSample)
  const vms: Array<string> = []
  const perVm: Array<Float64Array> = []
  for (const row of rows) {
    vms.push(row.name("vm"))
    const percents = row.numbers(sampled)
    if (percents.some((percent) => percent < 0 || percent > 100))
      row.fail("a sample is out of bounds", "percent, 0–100")
    perVm.push(percents)
  }
  if (vms.length === 0) throw new TraceMalformed({ path, line: 1, problem: "no machines", hint: "a row per machine" })
  const demand = new Float64Array(vms.length * sampled.length)
  perVm.forEach((percents, vm) => {
    demand.set(
      percents.map((percent) => percent / 100),
      vm * sampled.length
    )
  })
  return { day, every: fiveMinutes, samples: sampled.length, vms, demand }
}

/** The same by machine: as many rows as machines, each of as many samples as the day has. Views, not copies. */
export const planetlabDemand = ({ demand, samples, vms }: PlanetlabDay): ReadonlyArray<Float64Array> =>
  vms.map((_, vm) => demand.subarray(vm * samples, (vm + 1) * samples))

/** What a machine uses at a point in time, counted from the start of the day; the last sample holds on. */
export const demandAt = ({ demand, samples, every }: PlanetlabDay, vm: number, at: Millis): number =>
  demand[vm * samples + Math.min(samples - 1, Math.max(0, Math.floor(at / every)))] ?? 0
