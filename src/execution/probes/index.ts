/** What a machine has and how it is: probes that fail softly. */
export type { Accelerator } from "./accelerator.ts"
export { changesBetween } from "./changes.ts"
export type { ContainerLimits } from "./container.ts"
export type { Cpu } from "./cpu.ts"
export { type CpuTime, ownShare } from "./cpu-time.ts"
export { type EnergyCounter, joulesBetween, microjoulesBetween, wattsBetween } from "./energy.ts"
export { liveMachine } from "./live-machine.ts"
export type { CommandOutput, Machine } from "./machine.ts"
export type { NetworkInterface } from "./network.ts"
export { type Probe, type Reading, runProbe, Unavailable } from "./probe.ts"
export {
  type AcceleratorKind,
  acceleratorsOf,
  type MachineReport,
  type ProbeOptions,
  probeMachine,
  probeTimeout
} from "./probe-machine.ts"
export type { Disk, Storage } from "./storage.ts"
export type { Sensor } from "./temperature.ts"
export { knownSoftware } from "./versions.ts"
