import { describe, expect, it } from "vitest"
import { properties } from "./index.ts"
import { keptFailures } from "./seeds.ts"

describe("what failed once holds now", () => {
  for (const { file, failure } of keptFailures()) {
    it(file, async () => {
      const property = properties.find(({ name }) => name === failure.property)
      expect(property, `${file} names a property there is`).toBeDefined()
      expect(await property?.replay(failure)).toBeUndefined()
    })
  }

  it("there are cases to replay", () => {
    expect(keptFailures().length).toBeGreaterThan(0)
  })
})
