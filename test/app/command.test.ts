import { describe, expect, it } from "vitest"
import { defineCommand, parse } from "../../app/cli/command.ts"
import { complaintInWords, complaintOf, exitCodeOf } from "../../app/cli/complaint.ts"
import { helpOf } from "../../app/cli/help.ts"
import { UsageError } from "../../app/cli/usage-error.ts"
import { nearest } from "../../src/text/index.ts"

const command = defineCommand({
  name: "run",
  usage: "<handlers> [tasks]",
  about: "Runs.",
  positionals: [1, 2],
  options: {
    workers: { type: "string", short: "w", value: "n", help: "worker threads" },
    quiet: { type: "boolean", help: "say nothing" }
  },
  run: async () => 0
})

describe("the arguments of a command", () => {
  it("are its options by name and what is left over", () => {
    expect(parse(command, ["a.ts", "-w", "3", "--quiet", "--json"])).toEqual({
      options: { workers: "3", quiet: true, json: true },
      json: true,
      positionals: ["a.ts"]
    })
  })

  it("may ask for help, whatever else is missing", () => {
    expect(parse(command, ["--help"])).toBe("help")
    expect(parse(command, ["-h", "--json"])).toBe("help")
  })

  it.each([
    [[], /an argument is missing: ballast run <handlers> \[tasks\]/],
    [["a", "b", "c"], /"c" is one argument too many/],
    [["a", "--wrokers", "3"], /Unknown option '--wrokers'/],
    [["a", "--workers"], /argument missing/]
  ])("that are wrong (%j) are told with where to look", (args, message) => {
    const wrong = () => parse(command, args)
    expect(wrong).toThrow(UsageError)
    expect(wrong).toThrow(message)
    expect(wrong).toThrow(expect.objectContaining({ hint: "see: ballast run --help" }))
  })
})

describe("the help", () => {
  it("names every option with its value, those of all commands included", () => {
    const help = helpOf(command)
    expect(help).toContain("Usage: ballast run <handlers> [tasks]")
    expect(help).toMatch(/-w, --workers <n> {2}worker threads/)
    expect(help).toMatch(/--quiet +say nothing/)
    expect(help).toMatch(/--json +print/)
  })

  it("knows what a misspelt name was meant to be, and keeps silent where nothing is near", () => {
    expect(nearest("dmeo", ["run", "demo", "doctor"])).toBe("demo")
    expect(nearest("serve", ["run", "demo", "doctor"])).toBeUndefined()
  })
})

describe("a complaint", () => {
  it("is the error's message, code and hint, without a stack", () => {
    const error = new UsageError("BALLAST_NO_SUCH_FILE", "a.ts does not exist", "look again")
    expect(complaintInWords(complaintOf(error))).toBe(
      "ballast: a.ts does not exist [BALLAST_NO_SUCH_FILE]\n  hint: look again\n"
    )
  })

  it("does not repeat a hint that the message holds already", () => {
    const error = Object.assign(new Error("queue full (wait)"), { code: "BALLAST_QUEUE_FULL", hint: "wait" })
    expect(complaintInWords(complaintOf(error))).toBe("ballast: queue full (wait) [BALLAST_QUEUE_FULL]\n")
  })

  it("of a mistaken call ends with 2, any other one with 1", () => {
    expect(exitCodeOf(complaintOf(new UsageError("BALLAST_USAGE", "", "")))).toBe(2)
    expect(exitCodeOf(complaintOf(new TypeError("x is not a function")))).toBe(1)
    expect(complaintOf("just words")).toMatchObject({ message: "just words" })
  })
})
