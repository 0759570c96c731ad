import type { StandardSchemaV1 } from "../../../src/execution/worker/index.ts"
import { defineHandler } from "../../../src/execution/worker/index.ts"

/** Takes a numeral under `n`, gives the number under `n`. */
const numeral: StandardSchemaV1<{ readonly n: string }, { readonly n: number }> = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: async (value) => {
      const n = typeof value === "object" && value !== null && "n" in value ? Number(value.n) : Number.NaN
      return Number.isNaN(n) ? { issues: [{ message: "not a numeral", path: ["n"] }] } : { value: { n } }
    }
  }
}

const small: StandardSchemaV1<number> = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value) =>
      typeof value === "number" && value < 100 ? { value } : { issues: [{ message: "not below 100" }] }
  }
}

export const square = defineHandler({ payload: numeral, result: small, run: ({ n }) => n * n })

export const half = defineHandler({ payload: numeral, run: async ({ n }) => n / 2 })

export class NotAHandler extends Error {}
