/** What was asked for cannot be done as it was asked: told without a stack trace, exit code 2. */
export class UsageError extends Error {
  readonly _tag = "UsageError"
  override readonly name = "UsageError"
  readonly code: string
  readonly hint: string

  constructor(code: string, message: string, hint: string) {
    super(message)
    this.code = code
    this.hint = hint
  }
}
