import { describe, expect, it } from "vitest"
import { chanceOf } from "../../../../actors/simulation/index.ts"
import { type RecordedTask, tune } from "../../../../actors/testing.ts"
import type { HistoryLine } from "../../../../src/storage/index.ts"

/** A history as a runtime would have recorded it. */
const recorded = (
  speeds: Readonly<Record<string, number>>,
  tasks: ReadonlyArray<RecordedTask>,
  settings: Readonly<Record<string, unknown>> = {}
): ReadonlyArray<string> => {
  const ids = Object.keys(speeds)
  const lines: ReadonlyArray<HistoryLine> = [
    { history: 1, startedAt: "2026-01-01T00:00:00.000Z", settings },
    ...ids.map((id) => ({ joined: { id }, at: 0 })),
    ...tasks.map(({ at, work, type = "work", options }, index) => {
      const worker = ids[index % ids.length] ?? ""
      const ran = { ran: type, at, worker, ms: work / (speeds[worker] ?? 1), ok: true }
      return options === undefined ? ran : { ...ran, options: { ...options } }
    })
  ]
  return lines.map((line) => JSON.stringify(line))
}

/** Poisson arrivals of work that is short or, one in ten, forty times as long. */
const mixed = (count: number, perSecond: number, declared: boolean): ReadonlyArray<RecordedTask> => {
  const chance = chanceOf("mixed")
  let at = 0
  return Array.from({ length: count }, () => {
    at -= (Math.log1p(-chance()) / perSecond) * 1_000
    const long = chance() < 0.1
    const work = (long ? 4_000 : 100) * (0.5 + chance())
    return { at, work, type: long ? "long" : "short", ...(declared && { options: { expectedDuration: work } }) }
  })
}

describe("tuning by a recorded history", () => {
  it("finds the one setting that makes it better, and proves it on what it has not searched", async () => {
    // Bursts of short and long work: the order of the queue is what counts.
    const history = recorded({ a: 1, b: 1 }, mixed(1_200, 3.6, true))
    const report = await tune(history, { for: "mean", candidates: 36 })
    expect(report.proposal).toHaveProperty("queue.order", "shortest")
    expect(report.heldOut?.interval[0]).toBeGreaterThan(0)
    expect(report.heldOut?.gain).toBeGreaterThan(0.1)
    expect(report.because).toMatch(/less on \d+ stretches/)
  })

  it("counts joules by what is declared of the hardware, and finds what spares them", async () => {
    const settings = {
      strategy: "round_robin",
      hardware: { cpu: { idleWatts: 1, peakWatts: 2 }, npu: { idleWatts: 1, peakWatts: 1_000 } }
    }
    const chance = chanceOf("joules")
    const tasks = Array.from({ length: 1_200 }, (_, index) => ({ at: index * 400, work: 100 + 100 * chance() }))
    const [opening = "", ...lines] = recorded({ a: 1, b: 1 }, tasks, settings)
    const npu = JSON.stringify({ joined: { id: "b", capabilities: { hardware: "npu" } }, at: 0 })
    const history = [opening, ...lines.map((line) => (line.includes('"joined":{"id":"b"') ? npu : line))]
    const report = await tune(history, { for: "joules", candidates: 12 })
    expect(report.proposal).toHaveProperty("strategy")
    expect(report.heldOut?.gain).toBeGreaterThan(0.3)
  })

  it("proposes nothing where nothing helps", async () => {
    const tasks = Array.from({ length: 1_200 }, (_, index) => ({ at: index * 100, work: 50 }))
    const report = await tune(recorded({ a: 1, b: 1 }, tasks), { candidates: 20 })
    expect(report.proposal).toBeUndefined()
    expect(report.because).toMatch(/nothing that was tried|keep what you have/)
  })

  it("gives the same answer to the same question", async () => {
    const history = recorded({ a: 2, b: 1 }, mixed(1_200, 3.6, false))
    const ask = () => tune(history, { for: "p99", candidates: 12, seed: 3 })
    expect(await ask()).toEqual(await ask())
  })

  it("does not search what is in use already, and compares with that", async () => {
    const history = recorded({ a: 1, b: 1 }, mixed(1_200, 3.6, true), { queue: { order: "shortest" } })
    const report = await tune(history, { candidates: 16 })
    expect(report.current).toEqual({ queue: { order: "shortest" } })
    expect(report.proposal ?? {}).not.toHaveProperty("queue.order")
  })

  it("leaves out what does not get through the world, and fails where what is in use does not", async () => {
    const history = recorded({ a: 1, b: 1 }, mixed(1_200, 3.6, true))
    const strategies: Array<unknown> = []
    const asked = { candidates: 14, for: "mean" } as const
    const report = await tune(history, {
      ...asked,
      run: async ({ settings: { strategy = "adaptive" }, stretch }) => {
        strategies.push(strategy)
        if (strategy === "p2c") throw new Error("it broke")
        const figure = strategy === "predictive" ? 50 + (stretch.from % 7) : 100
        // It looks best, and does not do all that is to be done.
        return strategy === "hot_cold" ? { figure: 1, completed: 9 } : { figure, completed: 10 }
      }
    })
    expect(strategies).toContain("p2c")
    expect(report.proposal).toEqual({ strategy: "predictive" })
    expect(report.tried.map(({ words }) => words).join()).not.toMatch(/p2c|hot_cold/)
    await expect(tune(history, { ...asked, run: () => Promise.reject(new Error("it broke")) })).rejects.toThrow(
      "it broke"
    )
  })

  it("says that a history is too short rather than to guess", async () => {
    const report = await tune(recorded({ a: 1 }, mixed(60, 3, false)))
    expect(report.proposal).toBeUndefined()
    expect(report.because).toContain("too short")
  })

  it("refuses what is no history, and options that mean nothing, with path and hint", async () => {
    await expect(tune(["no json", "{}"])).rejects.toMatchObject({ problems: [{ path: "history" }] })
    const wrong = { for: "speed", candidates: 0 }
    await expect(tune([], JSON.parse(JSON.stringify(wrong)))).rejects.toMatchObject({
      problems: [{ path: "for" }, { path: "candidates" }]
    })
  })
})
