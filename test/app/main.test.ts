import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { ballast } from "./command-line.ts"

const handlers = "test/app/run/handlers.ts"

let folder = ""

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ballast-cli-"))
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe("the command line", () => {
  it.each([["--help"], ["-h"], ["help"]])("%s lists the commands", async (arg) => {
    const { code, stdout, stderr } = await ballast([arg])
    expect(code).toBe(0)
    expect(stderr).toBe("")
    for (const name of ["run", "doctor", "demo", "simulate"]) expect(stdout).toMatch(new RegExp(`^ {2}${name} `, "m"))
  })

  it.each(["run", "doctor", "demo", "simulate"])("%s --help shows that command's options", async (name) => {
    const { code, stdout } = await ballast([name, "--help"])
    expect(code).toBe(0)
    expect(stdout).toContain(`Usage: ballast ${name}`)
    expect(stdout).toContain("--json")
  })

  it("--version is the package's", async () => {
    expect(await ballast(["--version"])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
  })

  it.each([
    ["nothing", [], /Usage: ballast <command>/],
    [
      "an unknown command",
      ["rnu"],
      /there is no command "rnu" \[BALLAST_UNKNOWN_COMMAND\]\n {2}hint: did you mean "run"\?/
    ],
    ["an unknown option", ["demo", "--fast"], /Unknown option '--fast'/],
    ["an argument too few", ["run", handlers], /an argument is missing/],
    ["handlers that are not there", ["run", "nowhere.ts", "-"], /the handlers' module nowhere\.ts does not exist/],
    ["handlers that are a folder", ["doctor", "test"], /the handlers' module test is a folder/],
    [
      "tasks that are not there",
      ["run", handlers, "nowhere.ndjson"],
      /the file of tasks nowhere\.ndjson does not exist/
    ],
    ["no number of workers", ["run", handlers, "-", "--workers", "0"], /--workers 0 is no number/],
    ["a folder that is not there", ["demo", "nowhere"], /the folder nowhere does not exist/],
    ["a folder that is a file", ["demo", "package.json"], /the folder package\.json is a file/],
    ["no length of time", ["demo", "--seconds", "soon"], /--seconds soon is no number/]
  ])("called with %s ends with 2 and says what to do, without a stack trace", async (_, args, message) => {
    const { code, stdout, stderr } = await ballast(args)
    expect(code).toBe(2)
    expect(stdout).toBe("")
    expect(stderr).toMatch(message)
    expect(stderr).not.toMatch(/^\s+at /m)
  })

  it("demo of a folder without source files ends with 2", async () => {
    const { code, stderr } = await ballast(["demo", folder, "--output", join(folder, "out")])
    expect(code).toBe(2)
    expect(stderr).toContain("there are no source files below")
  })
})

describe("doctor", () => {
  it("says what a module offers", async () => {
    expect(await ballast(["doctor", handlers])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("double, fail")
    })
  })

  it("says why one does not load, and where", async () => {
    const { code, stdout } = await ballast(["doctor", "test/execution/handlers/throws-on-load.ts"])
    expect(code).toBe(1)
    expect(stdout).toContain("does not load (load-failed): no database")
    expect(stdout).toMatch(/throws-on-load\.ts:1:\d+/)
  })

  it("says what this machine has, with and without a module, and measures a thread where that is asked for", async () => {
    const { code, stdout } = await ballast(["doctor", "--benchmark", "--versions", "git"])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^this machine:\n {2}processor +\S/)
    expect(stdout).toMatch(/^ {2}cuda( 0)? +\S/m)
    expect(stdout).toMatch(/^ {2}git +\S/m)
    expect(stdout).toMatch(/speed \d+\.\d\d of the reference, measured in \d+ ms: integer/)
    const { stdout: said } = await ballast(["doctor", "--json"])
    expect(JSON.parse(said)).toMatchObject({ machine: { cpu: { ok: true }, accelerators: { cuda: {} } } })
  })

  it("refuses to ask for the version of what it does not know", async () => {
    const { code, stderr } = await ballast(["doctor", "--versions", "git,rm"])
    expect(code).toBe(2)
    expect(stderr).toContain('"rm" is not known')
  })

  it("--json says the same to programs", async () => {
    const { stdout } = await ballast(["doctor", handlers, "--json"])
    expect(JSON.parse(stdout)).toMatchObject({ path: handlers, loads: true, handlers: ["double", "fail"] })
  })
})
