import { describe, expect, it } from "vitest"
import { ledgerInvariants } from "../src/testing/index.ts"
import { checkLedger } from "./ledger.ts"
import { mutations } from "./mutations.ts"

const budget = { runs: 200, seed: 20_261, shrink: false }

describe(`a broken ledger is noticed within ${budget.runs} runs`, () => {
  for (const { what, noticedBy, breakIt } of mutations) {
    // Some break what only the answers show.
    if (noticedBy !== "model") {
      it(`${what}: ${noticedBy}`, () => {
        const invariants = ledgerInvariants.filter(({ id }) => id === noticedBy)
        const replay = noticedBy === "replay"
        const { failure } = checkLedger(noticedBy, { invariants, replay, prepare: breakIt }, budget)
        expect(failure?.message).toContain(`${noticedBy}: `)
      })
    }

    it(`${what}: the model`, () => {
      const { failure } = checkLedger("model", { invariants: [], againstModel: true, prepare: breakIt }, budget)
      expect(failure?.message).toContain("model: ")
    })
  }
})
