import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { strategyProblems } from "../../src/config/index.ts"
import { strategies } from "../../src/placement/index.ts"

const guide = readFileSync(join(import.meta.dirname, "../../docs/strategies.md"), "utf8")

const section = (title: string): string => guide.split(`## ${title}`)[1]?.split("\n## ")[0] ?? ""

describe("docs/strategies.md", () => {
  it("has a line for every strategy there is, and for no other", () => {
    const ids = [...section("All of them").matchAll(/^\| `(\w+)` \|/gm)].map(([, id]) => id)
    expect(ids.toSorted()).toEqual(Object.keys(strategies).toSorted())
  })

  it("says of every strategy when to take it", () => {
    const advice = section("Which to take")
    // One that draws by lot, and those that the others improve on, are there for comparison.
    const onlyCompared = ["random", "least_response_time", "hot_cold"]
    const missing = Object.keys(strategies).filter((id) => !advice.includes(`\`${id}\``))
    expect(missing.toSorted()).toEqual(onlyCompared.toSorted())
  })

  it("shows settings that are accepted as they stand", () => {
    const settings = [...guide.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text]): unknown => JSON.parse(text ?? ""))
    expect(settings.length).toBeGreaterThan(5)
    for (const setting of settings) expect([setting, strategyProblems(setting, "strategy")]).toEqual([setting, []])
  })
})
