import type { Accelerator } from "./accelerator.ts"
import { type Machine, namesIn, textOf } from "./machine.ts"
import { Unavailable } from "./probe.ts"

const one = (kind: string, name: string): ReadonlyArray<Accelerator> => [{ kind, index: 0, name }]

/** Apple's own chips have Metal Performance Shaders; their memory is the machine's. */
export const mps = ({ platform, arch, processors }: Machine): ReadonlyArray<Accelerator> => {
  if (platform !== "darwin") throw new Unavailable("Metal Performance Shaders are macOS's")
  if (arch !== "arm64") throw new Unavailable("not a chip of Apple's own")
  return one("mps", processors[0] ?? "Apple silicon")
}

/** PCI vendors of accelerators that the kernel lists under `/sys/class/accel`. */
const vendors = { intel: "0x8086", qualcomm: "0x17cb" } as const

const computeAccelerators = async (machine: Machine, vendor: string): Promise<ReadonlyArray<string>> => {
  const names = await namesIn(machine, "/sys/class/accel")
  const own = await Promise.all(
    names.map(async (name) => (await textOf(machine, `/sys/class/accel/${name}/device/vendor`))?.trim() === vendor)
  )
  return names.filter((_, at) => own[at])
}

/**
 * The runtime, where its own variable or its usual folder is there: it also runs on the CPU. That a neural processor of
 * Intel's is there as well is in the name.
 */
export const openvino = async (machine: Machine): Promise<ReadonlyArray<Accelerator>> => {
  const { INTEL_OPENVINO_DIR } = machine.env
  const installed = (await namesIn(machine, "/opt/intel")).find((name) => name.startsWith("openvino"))
  const at = INTEL_OPENVINO_DIR ?? (installed === undefined ? undefined : `/opt/intel/${installed}`)
  if (at === undefined) throw new Unavailable("neither INTEL_OPENVINO_DIR nor /opt/intel/openvino* is there")
  const neural = await computeAccelerators(machine, vendors.intel)
  return one("openvino", neural.length > 0 ? `OpenVINO with a neural processor, at ${at}` : `OpenVINO at ${at}`)
}

const dspDevices = ["fastrpc-cdsp", "fastrpc-adsp", "adsprpc-smd"]

/** Qualcomm's: a card of theirs, or the signal processor of a Snapdragon together with the SDK. */
export const qnn = async (machine: Machine): Promise<ReadonlyArray<Accelerator>> => {
  const cards = await computeAccelerators(machine, vendors.qualcomm)
  if (cards.length > 0) return cards.map((name, index) => ({ kind: "qnn", index, name: `Qualcomm ${name}` }))
  const dsp = (await namesIn(machine, "/dev")).find((name) => dspDevices.includes(name))
  if (dsp === undefined) throw new Unavailable("no device of Qualcomm's")
  const { QNN_SDK_ROOT, QAIRT_SDK_ROOT } = machine.env
  if ((QNN_SDK_ROOT ?? QAIRT_SDK_ROOT) === undefined)
    throw new Unavailable(`/dev/${dsp} is there, QNN_SDK_ROOT is not set`)
  return one("qnn", `Hexagon (${dsp})`)
}

const browsers = "it is a browser's: a worker that drives one declares it"

export const webnn = ({ web }: Machine): ReadonlyArray<Accelerator> => {
  if (!web.ml) throw new Unavailable(`this runtime has no navigator.ml; ${browsers}`)
  return one("webnn", "navigator.ml")
}

export const webgpu = ({ web }: Machine): ReadonlyArray<Accelerator> => {
  if (!web.gpu) throw new Unavailable(`this runtime has no navigator.gpu; ${browsers}`)
  return one("webgpu", "navigator.gpu")
}
