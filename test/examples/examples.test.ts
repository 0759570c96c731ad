import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { beforeAll, describe, expect, it } from "vitest"

const root = fileURLToPath(new URL("../..", import.meta.url))

/** Runs an example as its reader would: on the built package. */
const run = async (name: string): Promise<string> => {
  const { stdout } = await promisify(execFile)(process.execPath, [`examples/${name}/main.ts`], { cwd: root })
  return stdout
}

beforeAll(() => {
  if (!existsSync(`${root}/dist/actors/index.js`)) throw new Error("the examples run on dist/: npm run build first")
})

describe("the examples", () => {
  it("embed: typed results, many inputs, an error with its own words, why a task ran where it ran", async () => {
    const out = await run("embed")
    expect(out).toMatch(/keel is completed: [0-9a-f]{8}/)
    expect(out).toContain("4 words in their order")
    expect(out).toMatch(/TaskFailed: .*division by zero/)
    expect(out).toMatch(/keel[^\n]*\n?$/)
  })

  it("spawn-workers: a worker joins, is asked for by label, another leaves", async () => {
    const lines = (await run("spawn-workers")).split("\n")
    expect(lines).toEqual([
      "workers: first; a task ran on first",
      "workers: first, second; a task for zone b ran on second",
      "workers: second; a task ran on second",
      ""
    ])
  })

  it("adapt: a pool grows and shrinks; a slow worker gets no work for a time, and then its share again", async () => {
    const lines = (await run("adapt")).split("\n")
    expect(lines).toEqual([
      "it begins with 1",
      "it has 4 while tasks wait",
      expect.stringMatching(
        /^w2 gets no work: its latest runs took [\d.]+ times as long as usual there, elsewhere 1\.\d times$/
      ),
      expect.stringMatching(/^meanwhile [1-9]\d* tasks ran on the others, and there what it had: [01]$/),
      "w2 has its share again",
      "it has 1 again; no task was lost",
      ""
    ])
  }, 60_000)

  it("supervise: one is restarted after a backoff, one goes on, and both end when the branch gives up", async () => {
    expect(await run("supervise")).toBe(
      [
        "restart 1 of branch/ann: RangeError: cannot deposit 0",
        "ann, who was restarted, has 7",
        "bob, who was resumed, has 12",
        "bank",
        "└─ branch  dynamic  running",
        "   ├─ ann  Account  running  restarted 1×: cannot deposit 0",
        "   └─ bob  Account  running",
        "",
        "dead letters: 2 (2 failed)",
        "restart 1 of branch/bob: TypeError: what was deposited is not a number",
        "branch gave up",
        "the branch ended: Failed; asking ann: ActorStopped",
        "dead letters: branch/ann failed, branch/bob failed, branch/bob failed, branch/bob failed",
        ""
      ].join("\n")
    )
  })

  it("actors-on-threads: a thread that blocks, one that dies and is replaced, one that is ended", async () => {
    const lines = (await run("actors-on-threads")).split("\n")
    expect(lines).toEqual([
      "8 words, counted on another thread: true",
      "while it blocked its thread, this one went on: true",
      expect.stringMatching(/^restart 1 of counting\/tally: the thread of counting\/tally ended with code 9/),
      "9 words from the mail that was kept, on a new thread: true",
      "stopped in the middle of a loop without end: counting/tally",
      "whoever had asked was told: ActorStopped",
      ""
    ])
  })

  it("properties: a careless strategy breaks no invariant; an update that is lost in some orders is found", async () => {
    const lines = (await run("properties")).split("\n")
    expect(lines).toEqual([
      "emptiest: 100 runs hold, tasks were placed",
      "careless: 100 runs hold, tasks were placed",
      "Tell: 200 orders of turns hold",
      expect.stringMatching(/^AskAndSet: seed \d+ of 0 to 199 failed; again with eachSeed/),
      "2 were deposited, and 1 is there",
      ""
    ])
  })

  it("simulate: a hung worker keeps tasks waiting for as long as it hangs, unless they have a timeout", async () => {
    const lines = (await run("simulate")).split("\n")
    expect(lines).toEqual([
      expect.stringMatching(/^timeout none: 3000 completed, 0 threads ended, .* the slowest after 30 s$/),
      expect.stringMatching(/^timeout 2 seconds: 3000 completed, 1 threads ended, .* the slowest after [23] s$/),
      ""
    ])
  })
})
