import { readdirSync, readFileSync } from "node:fs"
import { join, relative } from "node:path"
import { describe, expect, it } from "vitest"

const root = join(import.meta.dirname, "../..")
const files = ["actors", "src/execution", "src/adaptation", "app"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => join(root, folder, file))
)

describe("the one writer of phases (X14)", () => {
  it("nobody that lives sets a phase: each says what has happened, and the table decides", () => {
    const setters = files.filter((file) => readFileSync(file, "utf8").includes(".setPhase("))
    // A world that only packs has no threads, and so no life.
    expect(setters.map((file) => relative(root, file))).toEqual(["actors/simulation/scenarios/openb/packing.ts"])
    expect(files.length).toBeGreaterThan(200)
  })
})
