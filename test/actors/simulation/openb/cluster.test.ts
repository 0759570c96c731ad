import { describe, expect, it } from "vitest"
import { requiresOf } from "../../../../actors/simulation/scenarios/openb/cluster.ts"
import {
  openbStrategies,
  openbWorkers,
  unallocatedGpuShare
} from "../../../../actors/simulation/scenarios/openb/index.ts"
import { problemsOf, submitProblems, WorkerDefinition } from "../../../../src/config/index.ts"
import { unmetEver } from "../../../../src/ledger/index.ts"
import { clusterOf, node, placed, pod, taskOf } from "./given.ts"

describe("openbWorkers", () => {
  it("are definitions and requirements the runtime takes", () => {
    const asked = pod({ models: ["P100", "T4"], share: 460, memoryMiB: 30_517 })
    for (const definition of openbWorkers([node("a")])) {
      expect(problemsOf(WorkerDefinition, definition, "worker", {})).toEqual([])
    }
    expect(submitProblems({ requires: requiresOf(asked) })).toEqual([])
  })

  it("have the node's cores, memory and GPUs", () => {
    const { workers } = clusterOf([node("a", { gpus: 4 })])
    const [worker] = workers
    expect(worker?.spec.limits.resources).toMatchObject({ cpu: 64_000, memory: 256_000 })
    expect(worker?.spec.limits.devices.map(({ kind }) => kind)).toEqual(["gpu", "gpu", "gpu", "gpu"])
  })

  it("take the pods that allow their model, one of several or any", () => {
    const either = pod({ models: ["G2", "T4"] })
    const one = pod({ models: ["P100"] })
    const any = pod({})
    const { workers } = clusterOf([node("t", { model: "T4" }), node("p", { model: "P100" })])
    const ableTo = (asked: typeof any) =>
      workers
        .filter(({ spec }) => unmetEver(taskOf({ requires: requiresOf(asked) }).requirements, spec).length === 0)
        .map(({ spec }) => spec.id)
    expect(ableTo(either)).toEqual(["t"])
    expect(ableTo(one)).toEqual(["p"])
    expect(ableTo(any)).toEqual(["t", "p"])
  })

  it("share one GPU among pods, and give whole ones whole", () => {
    const cluster = clusterOf([node("a", { gpus: 2 })])
    const share = () => taskOf({ requires: requiresOf(pod({ share: 400 })) })
    const two = () => taskOf({ requires: requiresOf(pod({ gpus: 2 })) })
    const strategy = openbStrategies.firstFit()
    expect(placed(cluster, share(), strategy)).toBe("a")
    expect(unallocatedGpuShare(cluster.ledger)).toBeCloseTo(1 - 0.4 / 2)
    expect(placed(cluster, two(), strategy)).toBeUndefined()
    expect([placed(cluster, share(), strategy), placed(cluster, share(), strategy)]).toEqual(["a", "a"])
    expect(cluster.workers[0]?.devices.map((use) => use.share)).toEqual([800, 400])
    expect(unallocatedGpuShare(cluster.ledger)).toBeCloseTo(1 - 1.2 / 2)
  })
})

describe("unallocatedGpuShare", () => {
  it("is none of none", () => {
    expect(unallocatedGpuShare(clusterOf([]).ledger)).toBe(0)
    expect(unallocatedGpuShare(clusterOf([node("a"), node("b")]).ledger)).toBe(1)
  })
})
