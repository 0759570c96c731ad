import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { noTraceFolder, traceFolder } from "../../../../actors/simulation/traces/index.ts"
import { folderOf } from "./given.ts"

describe("traceFolder", () => {
  it("finds the traces beside the project, from anywhere within it", () => {
    const home = folderOf({
      "project/package.json": ["{}"],
      "project/src/deep/file.txt": [],
      "shared/traces/x.txt": []
    })
    const from = [join(home, "project", "src", "deep")]
    expect(traceFolder({ named: "", from })).toBe(join(home, "shared", "traces"))
  })

  it("looks beside the second project where there is nothing beside the first", () => {
    const home = folderOf({ "a/one/package.json": ["{}"], "b/two/package.json": ["{}"], "b/shared/traces/x.txt": [] })
    const from = [join(home, "a", "one"), join(home, "b", "two")]
    expect(traceFolder({ from, named: "" })).toBe(join(home, "b", "shared", "traces"))
  })

  it("takes the folder that is named, wherever the project stands", () => {
    const home = folderOf({ "project/package.json": ["{}"], "shared/traces/x.txt": [] })
    const named = join(home, "elsewhere")
    mkdirSync(named)
    expect(traceFolder({ named, from: [join(home, "project")] })).toBe(named)
  })

  it("does not replace a name that leads nowhere", () => {
    const home = folderOf({ "project/package.json": ["{}"], "shared/traces/x.txt": [] })
    expect(traceFolder({ named: join(home, "nowhere"), from: [join(home, "project")] })).toBeUndefined()
  })

  it("finds nothing where there is nothing, and says where it looked", () => {
    const home = folderOf({ "lonely/package.json": ["{}"] })
    const from = [join(home, "lonely")]
    expect(traceFolder({ named: "", from })).toBeUndefined()
    expect(noTraceFolder({ named: "", from })).toBe(
      `BALLAST_TRACES is not set, and there is no ${join(home, "shared", "traces")}`
    )
    expect(noTraceFolder({ named: join(home, "nowhere"), from })).toBe(
      `BALLAST_TRACES names ${join(home, "nowhere")}, which is no folder`
    )
  })
})
