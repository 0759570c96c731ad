import { describe, expect, it } from "vitest"
import { kernelKinds } from "./kernel.ts"
import { kernelMutations } from "./kernel-mutations.ts"
import { checkScenarios } from "./scenario-property.ts"

const budget = { runs: 200, seed: 20_290, shrink: false }

describe(`a broken kernel is noticed within ${budget.runs} runs`, () => {
  for (const { what, noticedBy, breakIt } of kernelMutations) {
    it(`${what}: ${noticedBy}`, () => {
      const mend = breakIt()
      try {
        expect(checkScenarios(kernelKinds[noticedBy], budget).failure?.message).toContain(`${noticedBy}: `)
      } finally {
        mend()
      }
    })
  }

  it("and mended again it is whole", () => {
    for (const { noticedBy } of kernelMutations) {
      expect(checkScenarios(kernelKinds[noticedBy], { ...budget, runs: 20 }).failure).toBeUndefined()
    }
  })
})
