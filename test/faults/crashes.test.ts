import { expect, it } from "vitest"
import { crash } from "../../scripts/crashes.ts"

it("sixty crashes in a row, of every kind, leave nothing pending and no thread, handle or key behind", async () => {
  const { complaints, ended, settled } = await crash({ count: 60, heaps: 30, seed: 7 })
  expect(complaints).toEqual([])
  expect(ended).toBeGreaterThanOrEqual(60)
  expect(settled.Quarantined).toBeGreaterThan(20)
  expect(settled.TaskTimeout).toBeGreaterThan(0)
  expect(settled.completed).toBeGreaterThan(0)
})
