import { resourceNames, type WorkerSpec } from "../model/index.ts"
import type { WorkerDefinition } from "./worker-definition.ts"

const acceleratorsOf = ({ limits }: WorkerSpec) => {
  const byKind = new Map<string, Array<{ count: 1; memory: number; computeCapability?: number }>>()
  for (const { kind, memory, computeCapability } of limits.devices) {
    const own = byKind.get(kind) ?? []
    own.push({ count: 1, memory: memory / 1_000, ...(computeCapability !== undefined && { computeCapability }) })
    byKind.set(kind, own)
  }
  return Object.fromEntries(byKind)
}

/** A worker as somebody would define it who means one like it, plain data; its duty cycle is part of its weight. */
export const definitionOf = (spec: WorkerSpec): WorkerDefinition & { readonly id: string } => {
  const { id, capacity, ceilings, limits, capabilities, weight, dutyCycle, priorityMultiplier } = spec
  const { backends, labels, versions, browsers, hardware, hostname, computeCapability } = capabilities
  const amounts = Object.fromEntries(resourceNames.map((name) => [name, capacity[name] / 1_000]))
  return {
    id,
    capacity: {
      ...amounts,
      concurrent: limits.slots,
      ...(limits.devices.length > 0 && { accelerators: acceleratorsOf(spec) })
    },
    ceilings: { ...ceilings },
    capabilities: {
      backends,
      labels,
      versions,
      browsers,
      hardware,
      hostname,
      ...(computeCapability !== undefined && { computeCapability })
    },
    weight: weight * dutyCycle,
    ...(priorityMultiplier !== 1 && { priorityMultiplier })
  }
}
