import type { HardwareProfile, PowerModel } from "../../model/index.ts"
import { curvedPower, linearPower, measuredPower, scaledPower } from "../../power/index.ts"

/** What is known of a kind of hardware beforehand. */
export interface KnownHardware extends HardwareProfile {
  /** What the power model is of: one core of a CPU, or one device. */
  readonly per: "core" | "device"
}

/** Watts at 0, 10, …, 100 % load, SPECpower_ssj2008: IBM System x3550 M3, two Xeon X5675, 12 cores (2011). */
const x3550 = measuredPower([58.4, 98, 109, 118, 128, 140, 153, 170, 189, 205, 222])
/** The same: IBM System x3250 M3, Xeon X3470, 4 cores. */
const x3250 = measuredPower([41.6, 46.7, 52.3, 57.9, 65.4, 73, 80.7, 89.5, 99.6, 105, 113])
/** Of boards that idle at what nobody publishes: an assumption, as is the straight line. */
const idleShare = 1 / 6

const board = (peakWatts: number): PowerModel => linearPower(peakWatts * idleShare, peakWatts)

/** Performance, energy efficiency and thermal efficiency as the sources have them; power of one core or device. */
const known = (
  kind: string,
  performance: number,
  energyEfficiency: number,
  thermalEfficiency: number,
  per: KnownHardware["per"],
  power: PowerModel
): KnownHardware => ({ kind, performance, energyEfficiency, thermalEfficiency, per, power })

/** The part of one core in the server's power. */
const cpu = known("cpu", 1, 0.7, 0.8, "core", scaledPower(x3550, 1 / 12))

/** The eight kinds Ballast knows. */
export const hardwareTable: Readonly<Record<string, KnownHardware>> = {
  cpu,
  // A100 PCIe of 80 GB: 300 W at most, by its data sheet.
  cuda: known("cuda", 3, 0.5, 0.4, "device", board(300)),
  // Instinct MI210: 300 W at most, as its own tool caps it.
  rocm: known("rocm", 2.8, 0.5, 0.4, "device", board(300)),
  // Mac mini of 2020 with an M1, all of it: 6.8 W idle, 39 W at most, by Apple.
  mps: known("mps", 2.5, 0.6, 0.6, "device", linearPower(6.8, 39)),
  openvino: known("openvino", 1.8, 0.8, 0.7, "core", scaledPower(x3250, 1 / 4)),
  // Cloud AI 100, the chip alone: 12.05 W at 149, 19.74 W at 197 and 69.26 W at 363 TOPS (Hot Chips 33); idle assumed.
  qnn: known(
    "qnn",
    1.4,
    0.9,
    0.9,
    "device",
    measuredPower([6, 7.47, 8.95, 10.42, 11.9, 17.26, 25.96, 36.79, 47.61, 58.44, 69.26])
  ),
  // Runs on the CPU unless the browser finds better.
  webnn: { ...cpu, kind: "webnn" },
  // Integrated graphics: Mac mini of 2014 with a Core i5 of two cores, all of it: 6 W idle, 85 W at most, by Apple.
  webgpu: known("webgpu", 1.2, 0.6, 0.7, "device", linearPower(6, 85))
}

/** What a caller says of a kind; what is left out is as in the table, or else as of a plain CPU. */
export interface HardwareInput {
  readonly performance?: number | undefined
  readonly energyEfficiency?: number | undefined
  readonly thermalEfficiency?: number | undefined
  readonly idleWatts?: number | undefined
  readonly peakWatts?: number | undefined
  /** Watts at equally spaced utilisations; or the exponent of the curve between idle and peak. */
  readonly curve?: ReadonlyArray<number> | number | undefined
  /** Watts of what sleeps. */
  readonly sleepWatts?: number | undefined
}

/** Whether it says what the kind draws: what is done to save energy rests on that alone, never on the table. */
export const declaresPower = ({ idleWatts, peakWatts, curve }: HardwareInput): boolean =>
  idleWatts !== undefined || peakWatts !== undefined || typeof curve === "object"

const awakePower = ({ idleWatts, peakWatts, curve }: HardwareInput, otherwise: PowerModel): PowerModel => {
  if (typeof curve === "object") return measuredPower(curve)
  if (idleWatts === undefined && peakWatts === undefined && curve === undefined) return otherwise
  const idle = idleWatts ?? Math.min(otherwise.idleWatts, peakWatts ?? Number.POSITIVE_INFINITY)
  const peak = peakWatts ?? Math.max(otherwise.peakWatts, idle)
  return curve === undefined ? linearPower(idle, peak) : curvedPower(idle, peak, curve)
}

const powerOf = (input: HardwareInput, otherwise: PowerModel): PowerModel => {
  const power = awakePower(input, otherwise)
  return input.sleepWatts === undefined ? power : { ...power, sleepWatts: input.sleepWatts }
}

/** The kind as the table has it, with what a caller knows better. A kind nobody knows is as a plain CPU. */
export const knownHardware = (kind: string, given: HardwareInput = {}): KnownHardware => {
  const base = (Object.hasOwn(hardwareTable, kind) ? hardwareTable[kind] : undefined) ?? cpu
  return {
    kind,
    performance: given.performance ?? base.performance,
    energyEfficiency: given.energyEfficiency ?? base.energyEfficiency,
    thermalEfficiency: given.thermalEfficiency ?? base.thermalEfficiency,
    per: base.per,
    power: powerOf(given, base.power)
  }
}
