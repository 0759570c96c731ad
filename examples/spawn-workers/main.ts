/**
 * A pool that changes while it works: a second worker joins with a label of its own, a task asks for that label, and the
 * first worker is drained and leaves. Run it with `node examples/spawn-workers/main.ts` after `npm run build`.
 */
import { Ballast } from "ballast"
import type * as handlers from "./handlers.ts"

await using ballast = await Ballast.start<typeof handlers>({
  handlers: new URL("./handlers.ts", import.meta.url),
  workers: [{ id: "first" }]
})

const names = () => ballast.workers.list().map(({ id }) => id)
console.log(`workers: ${names().join(", ")}; a task ran on ${await ballast.run("whereAmI", undefined)}`)

await ballast.workers.spawn({
  id: "second",
  capacity: { concurrent: 4 },
  capabilities: { labels: { zone: "b" } }
})
const inZone = await ballast.run("whereAmI", undefined, { requires: { labels: { zone: "b" } } })
console.log(`workers: ${names().join(", ")}; a task for zone b ran on ${inZone}`)

await ballast.workers.drain("first")
await ballast.workers.retire("first")
console.log(`workers: ${names().join(", ")}; a task ran on ${await ballast.run("whereAmI", undefined)}`)
