import { describe, expect, it } from "vitest"
import { runChaos } from "./run-chaos.ts"

describe("a process that is killed again and again", () => {
  it("loses nothing it had accepted, and tells one outcome of each task", async () => {
    const report = await runChaos({ kills: 6, seed: 4 })
    expect(report.violations).toEqual([])
    expect(report).toMatchObject({ kills: 6, setAside: 0 })
    expect(report.insideFlush + report.insideRename).toBeGreaterThan(0)
    expect(report.accepted).toBeGreaterThan(20)
  })
})
