import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { buffersLimitOf, guiltyOf, isShort, type WeighedWorker } from "../../src/execution/memory-verdict.ts"

const mib = 1024 ** 2
const ample = { resident: 100 * mib, limit: 1000 * mib }
const short = { resident: 800 * mib, limit: 1000 * mib }

const worker = (workerId: string, heap: number, buffers: number, maxBuffersMb?: number): WeighedWorker => ({
  workerId,
  kind: "thread",
  limits: { ...(maxBuffersMb !== undefined && { maxBuffersMb }) },
  use: { heap: heap * mib, buffers: buffers * mib }
})

describe("who is to be ended for the memory it holds", () => {
  it("nobody, while there is enough and none is over its own limit", () => {
    expect(guiltyOf([worker("a", 900, 0), worker("b", 0, 64, 64)], ample)).toEqual([])
  })

  it("each that is over its own limit, however much there is", () => {
    const workers = [worker("a", 900, 63, 64), worker("b", 1, 65, 64), worker("c", 1, 20, 10)]
    expect(guiltyOf(workers, ample)).toEqual([
      { workerId: "b", of: "buffers", used: 65 * mib, limit: 64 * mib },
      { workerId: "c", of: "buffers", used: 20 * mib, limit: 10 * mib }
    ])
  })

  it("from 80 % of the total on, the one that holds the most, heap and buffers together", () => {
    const workers = [worker("a", 300, 0), worker("b", 10, 301), worker("c", 150, 150)]
    expect(guiltyOf(workers, short)).toEqual([{ workerId: "b", of: "total", used: 311 * mib, limit: short.limit }])
    expect(guiltyOf(workers, { ...short, resident: short.resident - 1 })).toEqual([])
  })

  it("nobody where the total runs out and no worker holds much of it: it is not theirs", () => {
    expect(guiltyOf([worker("a", 50, 49), worker("b", 0, 99)], short)).toEqual([])
    expect(guiltyOf([], short)).toEqual([])
  })

  it("nobody whose use is not known", () => {
    expect(guiltyOf([{ ...worker("a", 0, 0, 1), use: undefined }], short)).toEqual([])
  })

  it("a process may hold its heap besides: it is weighed as a whole", () => {
    const limits = { maxBuffersMb: 64, maxOldGenerationSizeMb: 128 }
    expect(buffersLimitOf({ kind: "thread", limits })).toBe(64 * mib)
    expect(buffersLimitOf({ kind: "process", limits })).toBe(192 * mib)
    expect(buffersLimitOf({ kind: "process", limits: { maxOldGenerationSizeMb: 128 } })).toBeUndefined()
  })

  it("is never one that holds less than another that is spared", () => {
    const amounts = fc.nat({ max: 1000 })
    fc.assert(
      fc.property(fc.array(fc.tuple(amounts, amounts)), amounts, (uses, resident) => {
        const workers = uses.map(([heap, buffers], index) => worker(`w${index}`, heap, buffers))
        const total = { resident: resident * mib, limit: 1000 * mib }
        const guilty = guiltyOf(workers, total)
        expect(guilty.length).toBeLessThanOrEqual(1)
        if (!isShort(total)) expect(guilty).toEqual([])
        for (const { used } of guilty) {
          for (const { use } of workers) expect((use?.heap ?? 0) + (use?.buffers ?? 0)).toBeLessThanOrEqual(used)
        }
      })
    )
  })
})
