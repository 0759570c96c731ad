#!/usr/bin/env node
import { readFileSync } from "node:fs"
import { findPackageJSON } from "node:module"
import { nearest } from "../../src/text/index.ts"
import { parse } from "./command.ts"
import { commands } from "./commands.ts"
import { complaintInWords, complaintOf, exitCodeOf } from "./complaint.ts"
import { type ExitCode, exitCode } from "./exit-code.ts"
import { helpOf, overview } from "./help.ts"
import { UsageError } from "./usage-error.ts"

const versionOf = (): string => {
  const path = findPackageJSON(import.meta.url)
  const read: unknown = path === undefined ? {} : JSON.parse(readFileSync(path, "utf8"))
  return typeof read === "object" && read !== null && "version" in read ? String(read.version) : "unknown"
}

const perform = async ([name, ...args]: ReadonlyArray<string>): Promise<ExitCode> => {
  if (name === "--help" || name === "-h" || name === "help") {
    process.stdout.write(overview())
    return exitCode.ok
  }
  if (name === "--version") {
    process.stdout.write(`${versionOf()}\n`)
    return exitCode.ok
  }
  if (name === undefined) {
    process.stderr.write(overview())
    return exitCode.usage
  }
  const entry = commands.find((known) => known.name === name)
  if (entry === undefined) {
    const meant = nearest(
      name,
      commands.map((known) => known.name)
    )
    const hint = meant === undefined ? "see: ballast --help" : `did you mean "${meant}"?`
    throw new UsageError("BALLAST_UNKNOWN_COMMAND", `there is no command "${name}"`, hint)
  }
  const command = await entry.load()
  const invocation = parse(command, args)
  if (invocation === "help") {
    process.stdout.write(helpOf(command))
    return exitCode.ok
  }
  return command.run(invocation)
}

// Whoever reads may stop early, as `head` does; what is left is then written for nobody.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error
  process.exit(exitCode.ok)
})

try {
  process.exitCode = await perform(process.argv.slice(2))
} catch (error) {
  const complaint = complaintOf(error)
  process.stderr.write(complaintInWords(complaint))
  process.exitCode = exitCodeOf(complaint)
}
