/**
 * An actor on a worker thread, under a supervisor like any other: it may block its thread while this one goes on; when
 * the thread dies, a new one takes its place under the same ref, with the mail that was waiting; and a loop that never
 * ends is ended with its thread. Run it with `node examples/actors-on-threads/main.ts` after `npm run build`.
 */
import { Actor, ActorSystem } from "ballast/actor"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { Tally } from "./tally.ts"

const TallyOnThread = Actor.onThread<typeof Tally>({
  module: new URL("./tally.ts", import.meta.url),
  export: "Tally",
  resourceLimits: { maxOldGenerationSizeMb: 64 }
})

const program = Effect.gen(function* () {
  const system = yield* ActorSystem.make({
    onRestart: ({ actor, attempt, cause }) =>
      console.log(`restart ${attempt} of ${actor}: ${cause instanceof Error ? cause.message : cause}`)
  })
  const { supervisor, stop } = yield* system.supervise({
    name: "counting",
    dynamic: { shutdownTimeout: 200 },
    maxRestarts: 3,
    window: 5_000
  })
  const tally = supervisor.spawn(TallyOnThread, { name: "tally", backoff: { base: 10, max: 1_000, jitter: 0.2 } })

  tally.tell("Count", { text: "it runs on a thread of its own" })
  const before = yield* tally.ask("Words", {})
  console.log(`${before.words} words, counted on another thread: ${before.thread !== 0}`)

  let turns = 0
  const ticking = setInterval(() => {
    turns += 1
  }, 10)
  yield* tally.ask("Block", { ms: 200 })
  clearInterval(ticking)
  console.log(`while it blocked its thread, this one went on: ${turns > 1}`)

  tally.tell("Die", { code: 9 })
  for (const text of ["this was on its way", "and so was this"]) tally.tell("Count", { text })
  const after = yield* tally.ask("Words", {})
  console.log(`${after.words} words from the mail that was kept, on a new thread: ${after.thread !== before.thread}`)

  const endless = tally.ask("Block", { ms: Number.POSITIVE_INFINITY }, { timeout: 60_000 })
  const asking = yield* Effect.forkChild(Effect.flip(endless))
  yield* Effect.sleep(100)
  const { overran } = yield* stop
  console.log(`stopped in the middle of a loop without end: ${overran.join(", ")}`)
  const error = yield* Fiber.join(asking)
  console.log(`whoever had asked was told: ${error._tag}`)
})

await Effect.runPromise(Effect.scoped(program))
