/** What a value crosses on its way to its worker and back. */
export interface Border {
  readonly beyond: "thread" | "process" | "run"
  /** Whether the value crosses by being copied. */
  copies(value: unknown): boolean
}

/** Between threads: what can be cloned, and what is transferred. */
export const threadBorder: Border = {
  beyond: "thread",
  copies: (value) => {
    try {
      structuredClone(value)
      return true
    } catch {
      return false
    }
  }
}
