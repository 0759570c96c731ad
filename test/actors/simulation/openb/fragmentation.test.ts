import { describe, expect, it } from "vitest"
import { fragmentationOf, typicalPods } from "../../../../actors/simulation/scenarios/openb/fragmentation.ts"
import { pod } from "./given.ts"

const only = (given: Parameters<typeof pod>[0]) => typicalPods([pod(given)])

describe("typicalPods", () => {
  it("are the most common kinds that make up 95 %, weighted among themselves", () => {
    const common = Array.from({ length: 80 }, () => pod({ share: 500 }))
    const rarer = Array.from({ length: 16 }, () => pod({ cpu: 8_000 }))
    const rare = Array.from({ length: 4 }, (_, index) => pod({ cpu: 9_000 + index }))
    const typical = typicalPods([...rare, ...rarer, ...common])
    expect(typical.map(({ cpu, gpuShare }) => [cpu, gpuShare])).toEqual([
      [4_000, 500],
      [8_000, 1_000]
    ])
    expect(typical.map(({ frequency }) => frequency)).toEqual([80 / 96, 16 / 96])
  })

  it("do not tell pods apart by their memory", () => {
    expect(typicalPods([pod({ memoryMiB: 1 }), pod({ memoryMiB: 2 })])).toHaveLength(1)
  })
})

describe("fragmentationOf", () => {
  const left = { cpu: 8_000, gpus: [300, 1_000, 600], model: "T4" }

  it("is what lies idle on GPUs that have too little for the pod", () => {
    expect(fragmentationOf(left, only({ share: 500 }))).toBe(300)
    expect(fragmentationOf(left, only({ share: 700 }))).toBe(900)
  })

  it("is all that is idle where the pod cannot run", () => {
    expect(fragmentationOf(left, only({ cpu: 9_000 }))).toBe(1_900)
    expect(fragmentationOf(left, only({ gpus: 2 }))).toBe(1_900)
    expect(fragmentationOf(left, only({ models: ["P100"] }))).toBe(1_900)
  })

  it("is all that is idle for a pod that needs no GPU", () => {
    expect(fragmentationOf(left, only({ gpus: 0 }))).toBe(1_900)
  })

  it("is nothing where nothing is idle", () => {
    expect(fragmentationOf({ ...left, gpus: [0, 0] }, only({ gpus: 0 }))).toBe(0)
  })

  it("is weighted by how common each kind of pod is", () => {
    const typical = typicalPods([pod({ share: 500 }), pod({ share: 500 }), pod({ share: 500 }), pod({ cpu: 9_000 })])
    expect(fragmentationOf(left, typical)).toBeCloseTo(0.75 * 300 + 0.25 * 1_900)
  })
})
