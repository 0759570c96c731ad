import { type Command, optionsOf } from "./command.ts"
import { commands } from "./commands.ts"

const columns = (rows: ReadonlyArray<readonly [string, string]>): string => {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n")
}

/** The help of the whole command line. */
export const overview = (): string =>
  `Usage: ballast <command> [options]

Spreads work over unequal workers and keeps it balanced.

Commands:
${columns(commands.map(({ name, summary }) => [name, summary]))}

Options:
${columns([
  ["-h, --help", "show this help; after a command, that command's"],
  ["--version", "show the version"]
])}

Exit codes: 0 all went well, 1 some task failed, 2 it was called wrongly.
`

/** The help of one command. */
export const helpOf = (command: Command): string => {
  const { name, usage, about } = command
  const rows = Object.entries(optionsOf(command)).map(([option, { short, value, help }]): readonly [string, string] => [
    `${short === undefined ? "" : `-${short}, `}--${option}${value === undefined ? "" : ` <${value}>`}`,
    help
  ])
  return `Usage: ballast ${name} ${usage}\n\n${about}\n\nOptions:\n${columns(rows)}\n`
}
