/** A process of its own: what it is to do is its argument. It must end by itself. */
import { Ballast } from "../../../actors/index.ts"
import { cellsOf, handlersUrl } from "../given.ts"
import type * as handlers from "./plain.ts"

const ballast = await Ballast.start<typeof handlers>({
  handlers: handlersUrl("plain.ts"),
  workers: 2,
  log: { level: "silent" }
})

switch (process.argv[2]) {
  case "forgotten": {
    // Nobody takes any of these results.
    ballast.submit("boom", { code: "E" })
    ballast.submit("boom", { code: "E" }, { signal: new AbortController().signal })
    ballast.submit("exit", undefined, { maxCrashes: 1 })
    ballast.submit("add", { a: 1, b: 1 }, { retries: -1 })
    ballast.trySubmit("hang", undefined).cancel()
    await ballast.drain()
    break
  }
  case "busy":
    ballast.submit("hold", { cells: cellsOf() })
    ballast.submit("spin", undefined)
    await ballast.shutdown({ timeout: 50 })
    break
  case "crashing":
    for (let n = 0; n < 4; n++) ballast.submit("exit", undefined, { maxCrashes: 1 })
    await ballast.shutdown({ timeout: 10 })
    break
  default:
    await ballast.run("add", { a: 1, b: 1 })
}

await ballast.shutdown()
await new Promise((resolve) => setImmediate(resolve))
const ours = process.getActiveResourcesInfo().filter((name) => /Worker|MessagePort|Timeout/.test(name))
process.stdout.write(`left: ${ours.join(" ")}\n`)
