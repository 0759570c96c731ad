/**
 * Ballast inside a program: handlers by name in worker threads, typed results, many inputs at once, an error with its
 * own fields, and why a task ran where it ran. Run it with `node examples/embed/main.ts` after `npm run build`.
 */
import { Ballast } from "ballast"
import type * as handlers from "./handlers.ts"

await using ballast = await Ballast.start<typeof handlers>({
  handlers: new URL("./handlers.ts", import.meta.url),
  workers: 2
})

const task = ballast.submit(
  "stretch",
  { word: "keel", rounds: 5_000 },
  { id: "keel", priority: "high", requires: { cpu: 0.5 }, timeout: "30 seconds" }
)
const { digest } = await task.result
console.log(`${task.id} is ${task.status}: ${digest.slice(0, 8)}`)

const words = ["anchor", "bow", "cable", "deck"]
const all = await ballast.map(
  "stretch",
  words.map((word) => ({ word, rounds: 1_000 })),
  { concurrency: 4 }
)
console.log(`${all.length} words in their order, on ${new Set(all.map(({ worker }) => worker)).size} workers`)

await ballast.run("divide", { by: 0 }).catch((error: unknown) => {
  if (error instanceof Error) console.log(`${error.name}: ${error.message}`)
})

console.log(ballast.explain("keel"))
