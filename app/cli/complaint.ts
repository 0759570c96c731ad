import { type ExitCode, exitCode } from "./exit-code.ts"

/** An error as the command line tells it. */
export interface Complaint {
  readonly name: string
  readonly code: string
  readonly message: string
  readonly hint: string
}

const textIn = (error: object, field: string): string | undefined => {
  const value: unknown = Reflect.get(error, field)
  return typeof value === "string" && value !== "" ? value : undefined
}

/** What went wrong in words a caller can act on: the error's own code and hint where it has them. */
export const complaintOf = (error: unknown): Complaint => {
  if (!(error instanceof Error)) return { name: "Error", code: "UNKNOWN", message: String(error), hint: "" }
  return {
    name: textIn(error, "_tag") ?? error.name,
    code: textIn(error, "code") ?? "UNEXPECTED",
    message: error.message,
    hint: textIn(error, "hint") ?? ""
  }
}

/** The complaint for a reader; the hint on a line of its own, unless the message says it already. */
export const complaintInWords = ({ code, message, hint }: Complaint): string => {
  const advice = hint === "" || message.includes(hint) ? "" : `\n  hint: ${hint}`
  return `ballast: ${message} [${code}]${advice}\n`
}

/** Errors with a code of ours mean that what was asked for was wrong; any other one is a failure. */
export const exitCodeOf = ({ code }: Complaint): ExitCode =>
  code.startsWith("BALLAST_") ? exitCode.usage : exitCode.taskFailed
