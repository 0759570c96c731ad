import { describe, expect, it } from "vitest"
import {
  problemsOf,
  type RequirementsInput,
  submitProblems,
  toRequirements,
  toWorkerSpec,
  WorkerDefinition,
  workerHints
} from "../../src/config/index.ts"
import { unmetEver } from "../../src/ledger/index.ts"

const machine = { cores: 8, memoryGiB: 16, storageGiB: 100, hostname: "here", nodeVersion: "24.0.0" }
const worker = (definition: WorkerDefinition) => toWorkerSpec(definition, "w", machine, 1)
const unmet = (definition: WorkerDefinition, requires: RequirementsInput) =>
  unmetEver(toRequirements(requires), worker(definition))

describe("accelerators of a worker", () => {
  it("are a count, or what they have, or a list of those that are not alike", () => {
    expect(worker({ capacity: { accelerators: { cuda: 2 } } }).limits.devices).toEqual([
      { kind: "cuda", memory: 0 },
      { kind: "cuda", memory: 0 }
    ])
    const mixed = {
      cuda: [
        { count: 1, memory: 80, computeCapability: 8 },
        { count: 1, memory: 16 }
      ],
      mps: { count: 1 }
    }
    const spec = worker({ capacity: { accelerators: mixed }, capabilities: { computeCapability: 7.5 } })
    expect(spec.limits.devices).toEqual([
      { kind: "cuda", memory: 80_000, computeCapability: 8 },
      { kind: "cuda", memory: 16_000, computeCapability: 7.5 },
      { kind: "mps", memory: 0 }
    ])
    expect(spec.capabilities).toMatchObject({ computeCapability: 7.5, hardware: "cpu", backends: ["cpu"] })
  })

  it("give the worker the highest compute capability among them, where it declares none", () => {
    const accelerators = {
      cuda: [
        { count: 1, computeCapability: 7.5 },
        { count: 1, computeCapability: 9 }
      ]
    }
    expect(worker({ capacity: { accelerators } }).capabilities.computeCapability).toBe(9)
    expect(worker({}).capabilities).not.toHaveProperty("computeCapability")
  })

  it("are refused where their number is no whole one", () => {
    const problems = problemsOf(WorkerDefinition, { capacity: { accelerators: { cuda: 1.5 } } }, "", workerHints)
    expect(problems.map(({ path }) => path)).toContain("capacity.accelerators.cuda")
    expect(problems[0]?.hint).toContain("{ cuda: 2 }")
  })
})

describe("accelerators that a task asks for", () => {
  const mixed = {
    capacity: {
      accelerators: {
        cuda: [
          { count: 1, computeCapability: 7.5 },
          { count: 1, computeCapability: 9 }
        ]
      }
    }
  }

  it("must each have the compute capability that the task requires", () => {
    expect(unmet(mixed, { computeCapability: 8, accelerators: { cuda: 1 } })).toEqual([])
    expect(unmet(mixed, { computeCapability: 8, accelerators: { cuda: 2 } })).toEqual(["cuda 2 of 1 suitable"])
    expect(unmet(mixed, { computeCapability: 9.1, accelerators: { cuda: 1 } })).toEqual([
      "compute capability below 9.1",
      "cuda 1 of 0 suitable"
    ])
    expect(unmet(mixed, { accelerators: { cuda: { count: 2, computeCapability: 7 } } })).toEqual([])
  })

  it("of other kinds have no compute capability to ask for", () => {
    const both = { capacity: { accelerators: { mps: 1, cuda: { count: 1, computeCapability: 9 } } } }
    expect(unmet(both, { computeCapability: 8, accelerators: { mps: 1 } })).toEqual([])
    expect(toRequirements({ computeCapability: 8, accelerators: { mps: 1, cuda: 0.5 } }).demand.devices).toEqual([
      { kind: "cuda", count: 1, share: 500, memory: 0, computeCapability: 8 },
      { kind: "mps", count: 1, share: 1_000, memory: 0 }
    ])
  })

  it("fit other workers where they ask for another capability: their shapes differ", () => {
    const shape = (computeCapability: number) =>
      toRequirements({ accelerators: { cuda: { count: 1, computeCapability } } }).shape
    expect(shape(8)).not.toBe(shape(9))
  })

  it("are at least a thousandth of one", () => {
    expect(toRequirements({ accelerators: { cuda: 0.0001 } }).demand.devices).toMatchObject([{ count: 1, share: 1 }])
  })

  it.each([1.5, 2.25, 1.000_1])("are no %d: neither a share of one nor a whole number, with a hint", (count) => {
    for (const request of [count, { count, memory: 4 }]) {
      const [problem] = submitProblems({ requires: { accelerators: { cuda: request } } })
      expect(problem?.path).toContain("requires.accelerators.cuda")
      expect(problem?.message).toContain("neither a share of one nor a whole number")
      expect(problem?.hint).toContain("{ cuda: 1 }")
    }
  })
})
