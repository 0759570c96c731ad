import { type Complaint, complaintOf } from "../complaint.ts"

/** One line of the output: how one task ended. */
export type ResultLine = { readonly id: string; readonly type: string } & (
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly error: Complaint }
)

/** The line as text. A result that JSON cannot say (a cycle, a BigInt) makes it the line of a failure. */
export const formatResultLine = (line: ResultLine): string => {
  try {
    return `${JSON.stringify(line.ok ? { ...line, result: line.result ?? null } : line)}\n`
  } catch (error) {
    const { id, type } = line
    const why = error instanceof Error ? error.message : String(error)
    const complaint: Complaint = {
      ...complaintOf(error),
      code: "BALLAST_RESULT_NOT_JSON",
      message: `the task completed, but its result cannot be written: ${why}`,
      hint: "return plain data from the handler"
    }
    return `${JSON.stringify({ id, type, ok: false, error: complaint })}\n`
  }
}
