import { describe, expect, it } from "vitest"
import { Progress, progressBar, progressLine } from "../../app/cli/progress.ts"

const outputOf = (terminal: boolean) => {
  const written: Array<string> = []
  return { written, isTTY: terminal, columns: 60, write: (text: string) => written.push(text) }
}

describe("progress", () => {
  it("elsewhere than on a terminal is one line every five seconds, none before", () => {
    const output = outputOf(false)
    let now = 0
    const progress = new Progress(output, () => now)
    for (now = 0; now <= 12_000; now += 500) progress.show({ label: "run", done: now / 500, total: 24 })
    progress.clear()
    expect(output.written).toEqual(["run: 10/24 (41 %)\n", "run: 20/24 (83 %)\n"])
  })

  it("on a terminal is a bar that is drawn over, at most ten times a second, and taken away at the end", () => {
    const output = outputOf(true)
    let now = 0
    const progress = new Progress(output, () => now)
    for (now = 0; now < 1_000; now += 10) progress.show({ label: "run", done: 1, total: 4 })
    expect(output.written).toHaveLength(10)
    expect(output.written[0]).toBe("\r\u001b[K██████░░░░░░░░░░░░░░░░░░ run: 1/4 (25 %)")
    progress.clear()
    expect(output.written.at(-1)).toBe("\r\u001b[K")
  })

  it("counts alone where it is not known how many there will be, and a note follows", () => {
    expect(progressLine({ label: "run", done: 3, total: undefined, note: "1 failed" })).toBe("run: 3, 1 failed")
  })

  it("stays within the terminal's width and survives a total of none", () => {
    expect(progressBar({ label: "a long label", done: 5, total: 10 }, 30)).toHaveLength(30)
    expect(progressBar({ label: "run", done: 0, total: 0 }, 80)).toContain("0/0 (0 %)")
  })
})
