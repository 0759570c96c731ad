import { describe, expect, it } from "vitest"
import { AnomalyLog, UsualFigure } from "../../../src/adaptation/index.ts"

const anomaly = (workerId: string, deviation = 5, signal = "memory") => ({
  workerId,
  signal,
  figure: 1,
  expected: 0,
  deviation,
  message: ""
})

describe("anomalies (E4)", () => {
  it("each is told once a minute, and sooner only where it has become twice as bad", () => {
    const log = new AnomalyLog()
    const told = [0, 1_000, 59_999, 60_000].filter((now) => log.note(anomaly("a"), now) !== undefined)
    expect(told).toEqual([0, 60_000])
    expect(log.note(anomaly("a", 9), 61_000)).toBeUndefined()
    expect(log.note(anomaly("a", 10), 61_000)).toEqual({ suppressed: 0 })
    expect(log.note(anomaly("a", 5, "heartbeat"), 61_000)).toEqual({ suppressed: 0 })
  })

  it("a flood is cut off, and counted", () => {
    const log = new AnomalyLog({ perMinute: 3 })
    const told = Array.from({ length: 100 }, (_, index) => log.note(anomaly(`w${index}`), index))
    expect(told.filter((each) => each !== undefined)).toHaveLength(3)
    expect(log.note(anomaly("late"), 60_000)).toEqual({ suppressed: 97 })
    expect(log.note(anomaly("later"), 60_001)).toEqual({ suppressed: 0 })
  })

  it("a figure is unusual against its own history, not against a bound", () => {
    const usual = new UsualFigure()
    for (let beat = 0; beat < 50; beat += 1) expect(usual.note(300 + (beat % 5) * 10, 20)).toBeUndefined()
    expect(usual.note(900, 20)).toMatchObject({ expected: expect.closeTo(320, -1) })
    const other = new UsualFigure()
    for (let beat = 0; beat < 50; beat += 1) other.note(900, 20)
    expect(other.note(910, 20)).toBeUndefined()
  })

  it("is learned before it is judged, and by nothing that is no figure (property 34)", () => {
    const usual = new UsualFigure()
    for (const figure of [undefined, Number.NaN, -5, Number.POSITIVE_INFINITY])
      expect(usual.note(figure, 1)).toBeUndefined()
    for (let beat = 0; beat < 8; beat += 1) expect(usual.note(beat * 1_000, 1)).toBeUndefined()
  })
})
