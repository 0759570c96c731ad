import { expect, it } from "vitest"
import { ReportOrder } from "../../../../actors/simulation/swarm/report-order.ts"
import { Line } from "../../../../actors/simulation/threads/line.ts"
import { Epoch } from "../../../../src/model/index.ts"
import { VirtualTime } from "../../../../src/virtual-time/index.ts"

const progress = (epoch: number, fraction: number) => ({ _tag: "Progress", epoch: Epoch(epoch), fraction }) as const
const completed = (epoch: number) => ({ _tag: "Completed", epoch: Epoch(epoch), value: null, ms: 1 }) as const

const order = () => {
  const violations: Array<string> = []
  return { violations, reports: new ReportOrder(violations) }
}

it("reports that arrive as they left, or not at all, are in order", () => {
  const { violations, reports } = order()
  const sent = [progress(1, 0.2), progress(2, 0.1), progress(1, 0.5), completed(1)]
  for (const report of sent) reports.leaves(report)
  reports.arrive("w", [sent[0] ?? completed(1)])
  reports.arrive("w", sent.slice(2))
  expect(violations).toEqual([])
})

it("one that gets past another, one after the end of its run, and one that falls back are told", () => {
  const { violations, reports } = order()
  const [first, second] = [progress(1, 0.2), completed(1)]
  reports.leaves(first)
  reports.leaves(second)
  reports.arrive("w", [second])
  reports.arrive("w", [first])
  reports.arrive("w", [progress(2, 0.9), progress(2, 0.1)])
  expect(violations).toEqual([
    "I6: Progress of epoch 1 gets past what left w before it",
    "I6: Progress of epoch 1 comes after its end",
    "I6: epoch 2 falls back from 0.9 to 0.1"
  ])
})

it("what a simulated thread says arrives in the order in which it left, even where it arrives at one moment", () => {
  for (let seed = 0; seed < 50; seed += 1) {
    const time = new VirtualTime({ seed, permute: true })
    const line = new Line({ now: () => time.now, after: (ms, happen) => time.after(ms, happen) })
    const arrived: Array<number> = []
    for (let n = 0; n < 10; n += 1) line.send(() => arrived.push(n), n % 3)
    time.advance(10)
    expect(arrived).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  }
})

it("the wall clock jumps; what measures time and who sleeps know nothing of it", () => {
  const time = new VirtualTime()
  let rung = false
  time.after(100, () => {
    rung = true
  })
  time.advance(50)
  time.jumpWallClock(3_600_000)
  expect(time.currentTimeMillisUnsafe()).toBe(3_600_050)
  expect(time.currentTimeNanosUnsafe()).toBe(3_600_050_000_000n)
  expect(time.monotonicTimeNanosUnsafe()).toBe(50_000_000n)
  expect(time.now).toBe(50)
  expect(rung).toBe(false)
  time.jumpWallClock(-7_200_000)
  time.advance(50)
  expect(rung).toBe(true)
  expect(time.currentTimeMillisUnsafe()).toBe(-3_599_900)
})
