import { describe, expect, it } from "vitest"
import { usableMemory } from "../../src/execution/capacity.ts"
import { detectCapacity } from "../../src/execution/index.ts"

describe("detecting the capacity of this machine", () => {
  it("takes a container's limit where it is below what the machine has", () => {
    expect(usableMemory(16, 4)).toBe(4)
    expect(usableMemory(16, 0)).toBe(16)
    expect(usableMemory(16, 2 ** 63)).toBe(16)
  })

  it("finds cores, memory and names", () => {
    const found = detectCapacity()
    expect(found.cores).toBeGreaterThanOrEqual(1)
    expect(found.memory).toBeGreaterThan(0.1)
    expect(found.hostname).not.toBe("")
    expect(found.platform).toBe(process.platform)
    expect(found.nodeVersion).toMatch(/^\d+\.\d+\.\d+/)
  })
})
