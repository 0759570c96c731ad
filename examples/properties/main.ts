/**
 * Properties of one's own work. A placement strategy under those that Ballast's own are held to: random pools, tasks,
 * crashes and migrations, and after each step nothing is oversubscribed, run twice or lost; a strategy only proposes, so
 * even a careless one cannot break them. Then actors under many orders of turns, which finds an update that gets lost in
 * some of them, and names the seed. Run it with `node examples/properties/main.ts` after `npm run build`.
 */
import { Actor, type ActorRef } from "ballast/actor"
import type { Strategy } from "ballast/placement"
import { type ActorTest, eachSeed, ledgerScenarios, proposedBy, runLedger } from "ballast/testing"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"

const emptiest: Strategy = {
  id: "emptiest",
  score: (_task, worker) => worker.spec.limits.slots - worker.slots
}

const careless: Strategy = {
  id: "careless",
  pick: () => "a worker that does not exist"
}

for (const strategy of [emptiest, careless]) {
  let placed = 0
  const holds = fc.property(ledgerScenarios(), (scenario) => {
    const { violations, events } = runLedger(scenario, { propose: proposedBy(strategy) })
    placed += events.filter(({ _tag }) => _tag === "TaskPlaced").length
    return violations.length === 0
  })
  const { failed, numRuns, seed } = fc.check(holds, { numRuns: 100, seed: 7 })
  console.log(
    `${strategy.id}: ${failed ? `broken, seed ${seed}` : `${numRuns} runs hold`}, ${placed > 0 ? "tasks were placed" : "nothing was placed"}`
  )
}

const account = {
  Add: Actor.message<{ amount: number }>(),
  Set: Actor.message<{ balance: number }>(),
  Balance: Actor.ask<Record<never, never>, number>()
}
const Account = Actor.make("Account", {
  protocol: account,
  initial: 0,
  handlers: {
    Add: (balance, { amount }) => balance + amount,
    Set: (_balance, { balance }) => balance,
    Balance: (balance, _payload, { reply }) => {
      reply(balance)
      return balance
    }
  }
})

/** Deposits once: by telling the account, or by asking for its balance and setting it anew. */
const Depositor = Actor.make("Depositor", {
  protocol: {
    Tell: Actor.message<{ to: ActorRef<typeof account> }>(),
    AskAndSet: Actor.message<{ to: ActorRef<typeof account> }>()
  },
  initial: 0,
  handlers: {
    Tell: (times, { to }) => {
      to.tell("Add", { amount: 1 })
      return times + 1
    },
    AskAndSet: (times, { to }) =>
      Effect.map(to.ask("Balance", {}), (balance) => {
        to.tell("Set", { balance: balance + 1 })
        return times + 1
      })
  }
})

for (const way of ["Tell", "AskAndSet"] as const) {
  const nothingIsLost = (test: ActorTest): void => {
    const to = test.spawn(Account)
    test.system.spawn(Depositor).tell("Tell", { to })
    test.system.spawn(Depositor).tell(way, { to })
    test.settle()
    const balance = test.run(to.ask("Balance", {}))
    if (balance !== 2) throw new Error(`2 were deposited, and ${balance} is there`)
  }
  try {
    eachSeed({ seeds: 200 }, nothingIsLost)
    console.log(`${way}: 200 orders of turns hold`)
  } catch (error) {
    console.log(`${way}: ${error instanceof Error ? error.message : error}`)
  }
}
