/**
 * Actors that come and go under a supervisor: one that fails is started anew after a backoff, under its ref and with its
 * mail; another goes on with what it knows, because the failure is the sender's; what fails again and again is given up.
 * The tree is printed as it stands. Run it with `node examples/supervise/main.ts` after `npm run build`.
 */
import { Actor, ActorSystem, formatInspection } from "ballast/actor"
import * as Effect from "effect/Effect"

const Account = Actor.make("Account", {
  protocol: { Deposit: Actor.message<{ amount: number }>(), Balance: Actor.ask<Record<never, never>, number>() },
  initial: 0,
  handlers: {
    Deposit: (balance, { amount }) => {
      if (Number.isNaN(amount)) throw new TypeError("what was deposited is not a number")
      if (amount <= 0) throw new RangeError(`cannot deposit ${amount}`)
      return balance + amount
    },
    Balance: (balance, _payload, { reply }) => {
      reply(balance)
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
  const { supervisor: branch, ended } = yield* system.supervise({
    name: "branch",
    dynamic: { maxChildren: 100, shutdownTimeout: 1_000 },
    maxRestarts: 2,
    window: 5_000
  })
  const backoff = { base: 20, max: 1_000, jitter: 0.2 }
  const ann = branch.spawn(Account, { name: "ann", backoff })
  const bob = branch.spawn(Account, {
    name: "bob",
    backoff,
    onFailure: (cause) => (cause instanceof RangeError ? "resume" : "restart")
  })

  for (const amount of [5, 0, 7]) {
    ann.tell("Deposit", { amount })
    bob.tell("Deposit", { amount })
  }
  console.log(`ann, who was restarted, has ${yield* ann.ask("Balance", {})}`)
  console.log(`bob, who was resumed, has ${yield* bob.ask("Balance", {})}`)
  console.log(formatInspection(system.inspect()))

  for (let times = 0; times < 2; times++) bob.tell("Deposit", { amount: Number.NaN })
  const { _tag } = yield* ended
  const answer = yield* Effect.flip(ann.ask("Balance", {}))
  console.log(`the branch ended: ${_tag}; asking ann: ${answer._tag}`)
  console.log(
    `dead letters: ${system.deadLetters
      .list()
      .map(({ actor, reason }) => `${actor} ${reason}`)
      .join(", ")}`
  )
})

await Effect.runPromise(Effect.scoped(program))
