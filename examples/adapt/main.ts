/**
 * A runtime that adapts: a pool that grows while tasks wait too long and shrinks once fewer will do, and a worker that
 * becomes slow, gets no work for a time, and then its share again. Run it with `node examples/adapt/main.ts` after
 * `npm run build`; it takes some ten seconds.
 */
import { Ballast, type BallastEvent, type BallastEventOf, type BallastEventTag } from "ballast"
import type * as handlers from "./handlers.ts"

await using ballast = await Ballast.start<typeof handlers>({
  handlers: new URL("./handlers.ts", import.meta.url),
  workers: { min: 1, max: 4 },
  // Shorter than the defaults, so that there is something to see within seconds.
  adaptation: {
    scaling: { targetWait: "100 millis", idleTime: "1 second", coolDown: "200 millis" },
    health: { sweepInterval: "100 millis", ejection: { baseTime: "1 second" } }
  },
  log: { level: "silent" }
})

/** The next event of this kind of which `wanted` is true. */
const next = <Tag extends BallastEventTag>(
  tag: Tag,
  wanted: (event: BallastEventOf<Tag>) => boolean = () => true
): Promise<BallastEventOf<Tag>> =>
  new Promise((resolve) => {
    const isOne = (event: BallastEvent): event is BallastEventOf<Tag> => event._tag === tag
    const stop = ballast.on((event) => {
      if (!isOne(event) || !wanted(event)) return
      stop()
      resolve(event)
    })
  })

const slow = new SharedArrayBuffer(4)
/** From now on the worker of this number is slow; 0: none is. */
const slowDown = (worker: number) => Atomics.store(new Int32Array(slow), 0, worker)

const ranOn: Array<string> = []
const ranOnSecond = () => ranOn.filter((workerId) => workerId === "w2").length
let isOpen = true
/** Has one task run after the other. */
const client = async (): Promise<void> => {
  while (isOpen) ranOn.push(await ballast.run("work", { ms: 60, slow }))
}

console.log(`it begins with ${ballast.workers.list().length}`)
const grown = next("PoolScaled", ({ to }) => to === 4)
const clients = Array.from({ length: 16 }, client)
console.log(`it has ${(await grown).to} while tasks wait`)

// Until it is known how long tasks usually take there.
while (ranOnSecond() < 30) await next("TaskCompleted")
slowDown(2)
const { workerId, message } = await next("WorkerEjected")
const before = { all: ranOn.length, there: ranOnSecond() }
console.log(`${workerId} gets no work: ${message}`)

slowDown(0)
await next("WorkerReturned")
const meanwhile = { all: ranOn.length - before.all, there: ranOnSecond() - before.there }
console.log(
  `meanwhile ${meanwhile.all - meanwhile.there} tasks ran on the others, and there what it had: ${meanwhile.there}`
)
const seen = ranOnSecond()
while (ranOnSecond() < seen + 5) await next("TaskCompleted")
console.log(`${workerId} has its share again`)

isOpen = false
await Promise.all(clients)
const { to } = await next("PoolScaled", (event) => event.to === 1)
const { completed, failed } = ballast.stats().tasks
console.log(
  `it has ${to} again; ${completed === ranOn.length && failed === 0 ? "no task was lost" : "tasks were lost"}`
)
