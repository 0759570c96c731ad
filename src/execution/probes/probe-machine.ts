import type { Accelerator } from "./accelerator.ts"
import { type ContainerLimits, containerLimits } from "./container.ts"
import { type Cpu, cpu } from "./cpu.ts"
import { type CpuTime, cpuTime } from "./cpu-time.ts"
import { cuda } from "./cuda.ts"
import { type EnergyCounter, energy } from "./energy.ts"
import { liveMachine } from "./live-machine.ts"
import type { Machine } from "./machine.ts"
import { type NetworkInterface, network } from "./network.ts"
import { mps, openvino, qnn, webgpu, webnn } from "./other-accelerators.ts"
import { type Probe, type Reading, runProbe } from "./probe.ts"
import { rocm } from "./rocm.ts"
import { type Storage, storage } from "./storage.ts"
import { type Sensor, temperature } from "./temperature.ts"
import { parseVersion, versionOf } from "./versions.ts"

/** The kinds of accelerators that are looked for. */
export type AcceleratorKind = "cuda" | "rocm" | "mps" | "openvino" | "qnn" | "webnn" | "webgpu"

type Devices = Reading<ReadonlyArray<Accelerator>>

/** What was found of a machine, thing by thing; what was not found says why. Amounts are in bytes. */
export interface MachineReport {
  readonly cpu: Reading<Cpu>
  readonly memory: { readonly total: number; readonly free: number }
  readonly container: Reading<ContainerLimits>
  readonly accelerators: Readonly<Record<AcceleratorKind, Devices>>
  /** By software; those that were asked for, and what runs this process. */
  readonly versions: Readonly<Record<string, Reading<string>>>
  readonly network: Reading<ReadonlyArray<NetworkInterface>>
  readonly storage: Reading<Storage>
  readonly temperature: Reading<ReadonlyArray<Sensor>>
  readonly energy: Reading<ReadonlyArray<EnergyCounter>>
  readonly cpuTime: Reading<CpuTime>
  /** How long it all took, in milliseconds. */
  readonly ms: number
}

export interface ProbeOptions {
  /** Milliseconds that one probe may take. Default 3,000. */
  readonly timeout?: number
  /** Software whose versions are asked for, beside Node's and V8's. Default none: each costs a process. */
  readonly versions?: ReadonlyArray<string>
  /** The folder whose file system counts as storage. Default: the current one. */
  readonly path?: string
  /** Calls off what has not ended: it is not found then. */
  readonly signal?: AbortSignal
  /** Default: the one this process is on. */
  readonly machine?: Machine
}

/** A driver's tool may have to wake the device first. */
export const probeTimeout = 3_000

const acceleratorsBy = async (
  run: (probe: Probe<ReadonlyArray<Accelerator>>) => Promise<Devices>
): Promise<MachineReport["accelerators"]> => {
  const [ofCuda, ofRocm, ofMps, ofOpenvino, ofQnn, ofWebnn, ofWebgpu] = await Promise.all([
    run(cuda),
    run(rocm),
    run(mps),
    run(openvino),
    run(qnn),
    run(webnn),
    run(webgpu)
  ])
  return {
    cuda: ofCuda,
    rocm: ofRocm,
    mps: ofMps,
    openvino: ofOpenvino,
    qnn: ofQnn,
    webnn: ofWebnn,
    webgpu: ofWebgpu
  }
}

/** Looks at the machine, at all of it at once. Never rejects: each probe fails by itself, with its reason. */
export const probeMachine = async (options: ProbeOptions = {}): Promise<MachineReport> => {
  const { timeout = probeTimeout, versions = [], path = ".", machine = liveMachine(), signal } = options
  const from = performance.now()
  const run = <A>(probe: Probe<A>): Promise<Reading<A>> => runProbe(probe, machine, timeout, signal)
  const software = versions.map(async (name) => [name, await run(versionOf(name))] as const)
  const [processor, container, accelerators, asked, net, disk, sensors, counters, ticks] = await Promise.all([
    run(cpu),
    run(containerLimits),
    acceleratorsBy(run),
    Promise.all(software),
    run(network),
    run(storage(path)),
    run(temperature),
    run(energy),
    run(cpuTime)
  ])
  return {
    cpu: processor,
    memory: machine.memory,
    container,
    accelerators,
    versions: {
      ...Object.fromEntries(asked),
      node: { ok: true, value: process.versions.node },
      v8: { ok: true, value: parseVersion(process.versions.v8, /^/) ?? process.versions.v8 }
    },
    network: net,
    storage: disk,
    temperature: sensors,
    energy: counters,
    cpuTime: ticks,
    ms: performance.now() - from
  }
}

/** The accelerators that were found, of every kind. */
export const acceleratorsOf = ({ accelerators }: MachineReport): ReadonlyArray<Accelerator> =>
  Object.values(accelerators).flatMap((reading) => (reading.ok ? reading.value : []))
