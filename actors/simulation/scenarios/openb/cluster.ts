import type { WorkerDefinition } from "../../../../src/config/index.ts"
import type { LedgerReader } from "../../../../src/ledger/index.ts"
import type { OpenbNode, OpenbPod } from "../../traces/index.ts"

/** The kind of every GPU; their models are told apart by a label of the worker. */
export const gpuKind = "gpu"

/** The label that names the model of a worker's GPUs. */
export const modelLabel = "gpu-model"

const mebibytesPerGibibyte = 1_024
/** No bound: what runs at once on a node is bounded by its cores, its memory and its GPUs. */
const slots = 1_000

/** The nodes as workers of the runtime, in the order given. */
export const openbWorkers = (nodes: ReadonlyArray<OpenbNode>) =>
  nodes.map(({ name, cpu, memoryMiB, gpus, model }) => ({
    id: name,
    capacity: {
      cpu: cpu / 1_000,
      memory: memoryMiB / mebibytesPerGibibyte,
      accelerators: { [gpuKind]: gpus },
      concurrent: slots
    },
    capabilities: { labels: { [modelLabel]: model } }
  })) satisfies ReadonlyArray<WorkerDefinition>

/** What the pod asks of a worker. */
export const requiresOf = ({ cpu, memoryMiB, gpus, gpuShare, models }: OpenbPod) => ({
  cpu: cpu / 1_000,
  memory: memoryMiB / mebibytesPerGibibyte,
  ...(gpus > 0 && { accelerators: { [gpuKind]: gpus === 1 ? gpuShare / 1_000 : gpus } }),
  ...(models.length > 0 && { labels: { [modelLabel]: models } })
})

/** The share of all GPUs that no task holds, 0–1. */
export const unallocatedGpuShare = ({ workers }: Pick<LedgerReader, "workers">): number => {
  let held = 0
  let count = 0
  for (const { devices } of workers.values()) {
    for (const { share } of devices) held += share
    count += devices.length
  }
  return count === 0 ? 0 : 1 - held / (1_000 * count)
}
