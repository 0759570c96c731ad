import { type ParseArgsConfig, parseArgs } from "node:util"
import type { ExitCode } from "./exit-code.ts"
import { UsageError } from "./usage-error.ts"

/** An option of a command, in the terms of `parseArgs`, with what the help says of it. */
export interface Option {
  readonly type: "string" | "boolean"
  readonly short?: string
  /** What stands for the value in the help, such as `n`. */
  readonly value?: string
  readonly help: string
}

export type OptionTable = Readonly<Record<string, Option>>

/** Options that every command has. */
export const commonOptions = {
  json: { type: "boolean", help: "print what is meant for programs: one JSON object on the last line" },
  help: { type: "boolean", short: "h", help: "show this help" }
} as const satisfies OptionTable

type Value<Type> = Type extends "boolean" ? boolean : string

type Given<O extends OptionTable> = { readonly [K in keyof O]?: Value<O[K]["type"]> }

/** What a command was called with. */
export interface Invocation<O extends OptionTable> {
  readonly options: Given<O>
  readonly json: boolean
  readonly positionals: ReadonlyArray<string>
}

export interface Command {
  readonly name: string
  /** What comes after the name, such as `<handlers> <tasks.ndjson|->`. */
  readonly usage: string
  /** A paragraph or two: what it does, what it prints. */
  readonly about: string
  readonly options: OptionTable
  /** Arguments beyond the options: at least, at most. */
  readonly positionals: readonly [number, number]
  run(invocation: Invocation<OptionTable>): Promise<ExitCode>
}

/** A command whose `run` sees its own options with their types. */
export const defineCommand = <const O extends OptionTable>(
  command: Omit<Command, "options" | "run"> & {
    readonly options: O
    run(invocation: Invocation<O>): Promise<ExitCode>
  }
): Command => command

const isParseError = (error: unknown): error is Error & { readonly code: string } =>
  error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS")

/** The options of a command, those of every command included. */
export const optionsOf = (command: Command): OptionTable => ({ ...command.options, ...commonOptions })

/** Reads the arguments after the command's name; `"help"` where they ask for it. Throws `UsageError`. */
export const parse = (command: Command, args: ReadonlyArray<string>): Invocation<OptionTable> | "help" => {
  const hint = `see: ballast ${command.name} --help`
  const options: NonNullable<ParseArgsConfig["options"]> = {}
  for (const [name, { type, short }] of Object.entries(optionsOf(command))) {
    options[name] = { type, ...(short !== undefined && { short }) }
  }
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
    if (values.help === true) return "help"
    const [least, most] = command.positionals
    if (positionals.length < least || positionals.length > most) {
      const wrong =
        positionals.length < least ? "an argument is missing" : `"${positionals[most]}" is one argument too many`
      throw new UsageError("BALLAST_USAGE", `${wrong}: ballast ${command.name} ${command.usage}`, hint)
    }
    const given: Record<string, string | boolean> = {}
    for (const [name, value] of Object.entries(values)) {
      if (typeof value === "string" || typeof value === "boolean") given[name] = value
    }
    return { options: given, json: values.json === true, positionals }
  } catch (error) {
    if (!isParseError(error)) throw error
    throw new UsageError("BALLAST_USAGE", error.message.split(". ")[0] ?? error.message, hint)
  }
}
