import { afterEach, beforeEach, expect, it } from "vitest"
import { BlockingScorePool, ScorePoolClosed } from "../../src/execution/blocking-score-pool.ts"
import { assign, specimenBatch } from "../../src/placement/index.ts"

const turnOfTheLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const batch = specimenBatch({ tasks: 3, workers: 5 })
const chosen = assign(specimenBatch({ tasks: 3, workers: 5 }))

let pool: BlockingScorePool
beforeEach(async () => {
  pool = await BlockingScorePool.open()
})
afterEach(() => pool.close())

it("what its thread cannot take before the event loop turns is scored inline, to the same answer", async () => {
  for (let count = 0; count < 4_096; count += 1) pool.assign(batch)
  expect([pool.scored, pool.scoredInline, pool.underWay]).toEqual([4_096, 0, 4_096])
  for (let count = 0; count < 10; count += 1) expect(pool.assign(batch)).toEqual(chosen)
  expect([pool.scored, pool.scoredInline, pool.underWay]).toEqual([4_096, 10, 4_096])

  while (pool.underWay > 0) await turnOfTheLoop()
  expect(pool.assign(batch)).toEqual(chosen)
  expect([pool.scored, pool.scoredInline, pool.underWay]).toEqual([4_097, 10, 1])
})

it("once it is being closed it takes no batch, and says so", async () => {
  pool.assign(batch)
  const closed = pool.close()
  expect(() => pool.assign(batch)).toThrow(ScorePoolClosed)
  await closed
  expect(() => pool.assign(batch)).toThrow(/closed \(end the simulation/)
  expect([pool.scored, pool.scoredInline, pool.underWay]).toEqual([1, 0, 0])
})
