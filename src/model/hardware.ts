import type { WorkerId } from "./worker.ts"

/** What is known of a kind of hardware, as declared and as it has shown itself since. */
export interface HardwareProfile {
  /** The kind: `cpu`, `cuda`, `rocm`, `mps`, `openvino`, `qnn`, `webnn`, `webgpu`, or one of the user's own. */
  readonly kind: string
  /** Relative speed; 1 is a plain CPU. */
  readonly performance: number
  /** Work for each joule against the best, 0–1. */
  readonly energyEfficiency: number
  /** How little it heats up, 0–1. */
  readonly thermalEfficiency: number
  readonly power: PowerModel
}

/** Watts over utilisation. */
export interface PowerModel {
  readonly idleWatts: number
  readonly peakWatts: number
  /** Watts at equally spaced utilisations from 0 to 1, both included, between which it is linear. At least two. */
  readonly curve: ReadonlyArray<number>
  /** What it draws asleep. Left out: not known. */
  readonly sleepWatts?: number
}

/** The profile of each worker. */
export interface ProfilesView {
  of(workerId: WorkerId): HardwareProfile
}

/** What load is forecast for each worker, 0–1; `undefined`: nothing that could be relied on. */
export interface ForecastView {
  of(workerId: WorkerId): number | undefined
}
