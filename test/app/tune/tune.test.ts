import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { chanceOf } from "../../../actors/simulation/index.ts"
import { ballast } from "../command-line.ts"

const directory = mkdtempSync(join(tmpdir(), "ballast-tune-"))

afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** Declared work for two workers, short or forty times as long, recorded first come first served. */
const historyFile = (runs: number): string => {
  const chance = chanceOf("tune")
  let at = 0
  const lines = Array.from({ length: runs }, (_, index) => {
    at -= (Math.log1p(-chance()) / 3.6) * 1_000
    const ms = (chance() < 0.1 ? 4_000 : 100) * (0.5 + chance())
    const worker = index % 2 === 0 ? "a" : "b"
    return { ran: "work", at, worker, ms, ok: true, options: { expectedDuration: ms } }
  })
  const opening = [
    { history: 1, startedAt: "2026-01-01T00:00:00.000Z", settings: {} },
    { joined: { id: "a" }, at: 0 },
    { joined: { id: "b" }, at: 0 }
  ]
  const path = join(directory, `${runs}.ndjson`)
  writeFileSync(path, [...opening, ...lines].map((line) => `${JSON.stringify(line)}\n`).join(""))
  return path
}

describe("ballast tune", () => {
  it("proposes what it has proved, as options to be pasted, and as one line of JSON", async () => {
    const path = historyFile(1_200)
    const json = await ballast(["tune", path, "--candidates", "16", "--jobs", "2", "--json"])
    expect(json.code).toBe(0)
    const report: unknown = JSON.parse(json.stdout.trim().split("\n").at(-1) ?? "")
    expect(report).toMatchObject({ id: "tune", goal: "mean", runs: 1_200, proposal: { queue: { order: "shortest" } } })
    const text = await ballast(["tune", path, "--candidates", "16", "--jobs", "1"])
    expect(text.stdout).toContain("Merge into your options:")
    expect(text.stdout).toContain('"order": "shortest"')
    expect(text.stdout).toMatch(/95 %: \d/)
  }, 60_000)

  it("says to keep what is there where the history tells nothing", async () => {
    const { code, stdout } = await ballast(["tune", historyFile(40), "--jobs", "1"])
    expect(code).toBe(0)
    expect(stdout).toContain("too short")
    expect(stdout).toContain("Keep what you have.")
  }, 30_000)

  it("ends with 2 where it is called wrongly, and says how it is called", async () => {
    const wrong = join(directory, "wrong.ndjson")
    writeFileSync(wrong, "no history\n")
    const calls = await Promise.all([
      ballast(["tune"]),
      ballast(["tune", join(directory, "none.ndjson")]),
      ballast(["tune", wrong, "--for", "glory"]),
      ballast(["tune", wrong, "--jobs", "1"])
    ])
    expect(calls.map(({ code }) => code)).toEqual([2, 2, 2, 2])
    const help = await ballast(["tune", "--help"])
    expect(help.stdout).toContain("--candidates")
  }, 30_000)
})
