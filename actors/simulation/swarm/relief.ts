import { Milli, type WorkerSpec } from "../../../src/model/index.ts"

const enough = Milli(1_000_000)
const plenty = { cpu: enough, memory: enough, network: enough, storage: enough }

/** Workers that can between them run any task: what is left to wait for when all faults have stopped. */
export const relief: ReadonlyArray<WorkerSpec> = ["a", "b"].map((zone) => ({
  id: `relief-${zone}`,
  capacity: plenty,
  ceilings: { cpu: 1, memory: 1, network: 1, storage: 1 },
  limits: {
    resources: plenty,
    devices: ["cuda", "cuda", "cuda", "cuda", "mps", "mps", "mps", "mps"].map((kind) => ({
      kind,
      memory: enough,
      computeCapability: 9
    })),
    slots: 4
  },
  capabilities: {
    backends: ["torch", "onnx"],
    labels: { zone },
    versions: { node: "1.4.2" },
    browsers: ["chrome", "firefox"],
    hardware: "cpu",
    hostname: "host-1",
    computeCapability: 9
  },
  weight: 1,
  priorityMultiplier: 1,
  isolation: "thread",
  resourceLimits: {},
  dutyCycle: 1,
  restart: { type: "permanent", maxRestarts: 5, window: 60_000, backoff: { base: 100, max: 1_000, jitter: 0.2 } }
}))
