import { describe, expect, it } from "vitest"
import { Account } from "../../benchmarks/spike/account.ts"
import { Backlog, balancedAfter, isBalanced } from "../../benchmarks/spike/backlog.ts"
import { spike } from "../../benchmarks/spike/spike.ts"
import { meanWork, slice, struck, type Timeline, times, traceOf } from "../../benchmarks/spike/trace.ts"

const timeline: Timeline = {
  spike: { from: 5_000, until: 25_000 },
  throttle: { from: 12_000, until: 18_000, times: 3 },
  kill: 15_000,
  end: 45_000
}

describe("the tasks of the spike", () => {
  it("are five times as many for three of four within it, and as many for all before and after", () => {
    const counts = (home: string, from: number, until: number): number => {
      const rounds = Array.from({ length: 40 }, (_, seed) => traceOf(seed, timeline))
      const all = rounds.flatMap((tasks) => tasks.filter((task) => task.home === home))
      return all.filter(({ at }) => at >= from && at < until).length / (until - from)
    }
    const usual = counts("d", 0, 45_000)
    for (const home of ["a", "b", "c"]) {
      expect(counts(home, 5_000, 25_000) / usual).toBeCloseTo(times, 0)
      expect(counts(home, 25_000, 45_000) / usual).toBeCloseTo(1, 0)
    }
    expect(struck).toBe(3)
  })

  it("follow from the seed, in the order in which they arrive", () => {
    const tasks = traceOf(7, timeline)
    expect(traceOf(7, timeline)).toEqual(tasks)
    expect(tasks.map(({ number }) => number)).toEqual(tasks.map((_, index) => index))
    expect(tasks.every(({ at }, index) => at >= (tasks[index - 1]?.at ?? 0))).toBe(true)
    const work = tasks.reduce((sum, { slices }) => sum + slices * slice, 0) / tasks.length
    expect(work / meanWork).toBeCloseTo(1, 0)
  })
})

describe("backlogs", () => {
  it("are what has come and is not done, where it runs or waits, by the worker's speed of the moment", () => {
    const account = new Account()
    const backlog = new Backlog(account)
    const task = { number: 0, home: "a", at: 0, slices: 100, expected: 2_000 } as const
    backlog.came(task)
    backlog.came({ ...task, number: 1 })
    expect(backlog.look(0).backlogs).toEqual([4, 0, 0, 0])
    account.did(1, 1, 50)
    backlog.placed(1, "c")
    account.slow("c", 3)
    expect(backlog.look(0).backlogs).toEqual([2, 0, 3, 0])
    backlog.ended(0)
    expect(backlog.look(0).backlogs).toEqual([0, 0, 3, 0])
  })

  it("are balanced once the largest is near the mean and stays so for long enough", () => {
    const rule = { within: 1.5, lasting: 1_000 }
    const even = [5, 5, 5, 6]
    const uneven = [9, 1, 1, 1]
    expect(isBalanced({ at: 0, backlogs: even }, rule)).toBe(true)
    expect(isBalanced({ at: 0, backlogs: uneven }, rule)).toBe(false)
    const looks = [even, uneven, even, uneven, even, even, even].map((backlogs, index) => ({
      at: 500 * index,
      backlogs
    }))
    expect(balancedAfter(looks, 500, rule)).toBe(1_500)
    expect(balancedAfter(looks.slice(0, 6), 500, rule)).toBeUndefined()
  })

  it("count work that is done again, and work of a run that is no longer the latest", () => {
    const account = new Account()
    account.did(0, 1, 1)
    account.did(0, 2, 1)
    expect([account.executed, account.stale]).toEqual([2, 0])
    account.did(0, 1, 2)
    expect([account.executed, account.stale]).toEqual([3, 1])
  })
})

it("its quick form loses nothing and finishes nothing twice, though a thread is killed", {
  timeout: 120_000
}, async () => {
  const { measured, failure } = await spike.run({ quick: true, peers: ".", onProgress: () => {} })
  expect(failure).toBeUndefined()
  const rowOf = (name: string) => measured.find(({ row }) => row === name)?.rounds
  for (const row of ["lost", "finished twice"]) {
    expect([...(rowOf(row) ?? [])]).toEqual([
      ["ballast", [0]],
      ["adaptation off", [0]]
    ])
  }
  expect(rowOf("moves")?.get("adaptation off")).toEqual([0])
  for (const name of ["ballast", "adaptation off"]) expect(rowOf("p99 sojourn")?.get(name)?.[0]).toBeGreaterThan(0)
})
