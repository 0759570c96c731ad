import { describe, expect, it } from "vitest"
import type { Simulation } from "../actors/simulation/index.ts"
import { checkSeed } from "../actors/simulation/swarm/index.ts"
import { Epoch } from "../src/model/index.ts"
import { mutations as ledgerMutations } from "./mutations.ts"
import { checkRuntime, holds } from "./runtime.ts"
import { brokenLedgers } from "./swarm-mutations.ts"

/** A real runtime with one thing broken, and what has to be noticed. */
interface Mutation {
  readonly what: string
  readonly noticed: RegExp
  readonly breakIt: (simulation: Simulation) => void
}

const mutations: ReadonlyArray<Mutation> = [
  {
    what: "the end of a cancelled run is not heard",
    noticed: /I8/,
    breakIt: ({ runtime: { ledger } }) => {
      ledger.released = () => false
    }
  },
  {
    what: "a restarted coordinator does not ask what runs",
    noticed: /I7|I8/,
    breakIt: ({ runtime: { coordination } }) => {
      coordination.reconcile = () => {}
    }
  },
  {
    what: "a restarted coordinator believes that a run placed after it asked is lost",
    noticed: /threads/,
    breakIt: ({ runtime: { coordination } }) => {
      const reconcile = coordination.reconcile.bind(coordination)
      coordination.reconcile = (workerId, epochs, _latest, now) =>
        reconcile(workerId, epochs, Epoch(Number.MAX_SAFE_INTEGER), now)
    }
  },
  {
    what: "a submission that is lost with its turn is not told",
    noticed: /I7/,
    breakIt: ({ runtime: { coordination } }) => {
      coordination.lost = () => {}
    }
  },
  {
    what: "what has waited longest is shed",
    noticed: /A6/,
    breakIt: ({ runtime: { ledger } }) => {
      const shed = ledger.shed.bind(ledger)
      ledger.shed = (taskId, ...others) => {
        const oldest = [...ledger.tasks.values()].find(({ status }) => status === "queued")
        return shed(oldest?.spec.id ?? taskId, ...others)
      }
    }
  },
  {
    what: "nobody is found for a task before help comes, though workers are free",
    noticed: /I8: t\d+ waits, and \S+ is free for it/,
    breakIt: ({ runtime: { coordination, ledger } }) => {
      const { dispatch } = coordination
      const pass = dispatch.pass.bind(dispatch)
      dispatch.pass = (now) => {
        if (ledger.workers.has("relief-a")) pass(now)
      }
    }
  },
  {
    what: "a thread takes one run more than its worker has slots",
    noticed: /D1/,
    breakIt: ({ runtime: { ledger } }) => ledgerMutations.find(({ noticedBy }) => noticedBy === "D1")?.breakIt(ledger)
  }
]

describe("a broken runtime is noticed", () => {
  for (const { what, noticed, breakIt } of mutations) {
    it(what, async () => {
      const check = (scenario: Parameters<typeof holds>[0]) => holds(scenario, { prepare: breakIt })
      const { failure } = await checkRuntime("runtime", check, { runs: 200, seed: 20_263, shrink: false })
      expect(failure?.message).toMatch(noticed)
    })
  }
})

const budget = 200

/** The first seed of the swarm's safety mode that catches it, and what that says. */
const firstCaught = async (
  breakIt: (simulation: Simulation) => void
): Promise<{ readonly seed: number; readonly message: string } | undefined> => {
  for (let seed = 1; seed <= budget; seed += 1) {
    const { message } = await checkSeed("safety", seed, { prepare: breakIt })
    if (message !== undefined) return { seed, message }
  }
  return undefined
}

describe(`a broken ledger is caught within ${budget} seeds of the swarm`, () => {
  for (const { what, noticed, breakIt } of brokenLedgers) {
    it(what, async ({ annotate }) => {
      const caught = await firstCaught(({ runtime: { ledger } }) => breakIt(ledger))
      expect(caught?.message).toMatch(noticed)
      await annotate(`seed ${caught?.seed}: ${caught?.message}`)
    })
  }
})
