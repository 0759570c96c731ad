import type { GivenDevice } from "../src/execution/index.ts"
import type { WorkerRecord } from "../src/ledger/index.ts"
import type { Device, DeviceShare, Reservation } from "../src/model/index.ts"

const describe = ({ device, share, memory }: DeviceShare, all: ReadonlyArray<Device>): GivenDevice => {
  const { kind = "", machineIndex } = all[device] ?? {}
  return {
    kind,
    index: all.slice(0, device).filter((other) => other.kind === kind).length,
    share: share / 1_000,
    memory: memory / 1_000,
    ...(machineIndex !== undefined && { machineIndex })
  }
}

/** The accelerators that a run was given, as its handler is told of them. */
export const givenDevices = ({ devices }: Reservation, { spec }: WorkerRecord): ReadonlyArray<GivenDevice> =>
  devices.map((share) => describe(share, spec.limits.devices))
