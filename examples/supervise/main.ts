/**
 * Actors under a supervisor: an account that fails on a bad order is restarted under its name and goes on with its mail;
 * whoever asked is told at once; what fails again and again is given up. Run it with `node examples/supervise/main.ts`
 * after `npm run build`.
 */
import { Actor, ActorSystem } from "ballast/actor"
import * as Effect from "effect/Effect"

const Account = Actor.make("Account", {
  protocol: { Deposit: Actor.message<{ amount: number }>(), Balance: Actor.ask<Record<never, never>, number>() },
  initial: 0,
  handlers: {
    Deposit: (balance, { amount }) => {
      if (!(amount > 0)) throw new RangeError(`cannot deposit ${amount}`)
      return balance + amount
    },
    Balance: (balance, _payload, context) => {
      context.reply(balance)
      return balance
    }
  }
})

const program = Effect.gen(function* () {
  const system = yield* ActorSystem.make({
    name: "bank",
    onRestart: ({ actor, cause, attempt }) => console.log(`restart ${attempt} of ${actor}: ${cause}`),
    onGiveUp: ({ supervisor }) => console.log(`${supervisor} gave up`)
  })
  const { supervisor, ended } = yield* system.supervise({
    name: "branch",
    strategy: "one-for-one",
    maxRestarts: 2,
    window: 5_000,
    children: [{ id: "account", actor: Account, restart: "permanent" }]
  })
  const account = supervisor.ref("account", Account)
  if (account === undefined) return yield* Effect.die("the branch has no account")

  account.tell("Deposit", { amount: 5 })
  console.log(`balance ${yield* account.ask("Balance", {})}`)

  account.tell("Deposit", { amount: -1 })
  account.tell("Deposit", { amount: 7 })
  console.log(`balance after a restart ${yield* account.ask("Balance", {})}`)

  for (let times = 0; times < 2; times++) account.tell("Deposit", { amount: 0 })
  const { _tag } = yield* ended
  const answer = yield* Effect.result(account.ask("Balance", {}))
  console.log(`the branch ended: ${_tag}; asking the account: ${answer._tag}`)
})

await Effect.runPromise(Effect.scoped(program))
