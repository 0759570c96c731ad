/**
 * A producer ten times as fast as the workers, for as long as asked: what is taken in stays bounded, everything
 * submitted comes to an end, and memory stays flat.
 *
 *   npm run soak -- [--seconds 600] [--workers 2] [--factor 10] [--json]
 *
 * Prints one JSON object (with `--json` nothing else). Exits with 1 where the queue grew beyond its bound, a promise
 * did not settle, or the process's memory, each second after the first fifth of the time, left ± 10 % of its median.
 */
import { memoryUsage } from "node:process"
import { setTimeout as sleep } from "node:timers/promises"
import { parseArgs } from "node:util"
import { Ballast, QueueFull, Shed, type TaskHandle } from "../actors/index.ts"
import type * as handlers from "./soak-handlers.ts"

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "600" },
    workers: { type: "string", default: "2" },
    factor: { type: "string", default: "10" },
    json: { type: "boolean", default: false }
  }
})
const seconds = Number(values.seconds)
const workers = Number(values.workers)
const factor = Number(values.factor)

/** How long a task takes, ms; how many a worker runs at once; characters of a payload. */
const taskMs = 5
const slots = 4
const text = "x".repeat(4_096)
const maxQueue = 1_000
/** The producer's beat, ms. */
const beat = 10
const allowed = 0.1

const ends = { submitted: 0, completed: 0, refused: 0, shed: 0, other: 0 }
let open = 0

const follow = (task: TaskHandle<number>): void => {
  ends.submitted += 1
  open += 1
  task.result
    .then(
      () => {
        ends.completed += 1
      },
      (error: unknown) => {
        if (error instanceof QueueFull) ends.refused += 1
        else if (error instanceof Shed) ends.shed += 1
        else ends.other += 1
      }
    )
    .finally(() => {
      open -= 1
    })
}

const quantile = (numbers: ReadonlyArray<number>, share: number): number => {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
}

const ballast = await Ballast.start<typeof handlers>({
  handlers: new URL("./soak-handlers.ts", import.meta.url),
  workers: Array.from({ length: workers }, () => ({ capacity: { concurrent: slots } })),
  maxQueue,
  retain: 1_000,
  log: { level: "silent" }
})

const perBeat = Math.ceil((factor * workers * slots * beat) / taskMs)
const begin = performance.now()
const elapsed = (): number => (performance.now() - begin) / 1_000
const samples: Array<{ readonly at: number; readonly rss: number; readonly heap: number }> = []
const most = { queued: 0, intake: 0, open: 0 }
const priorities = ["critical", "high", "normal", "low", "minimal"] as const
let serial = 0
/** One that heeds backpressure: it goes on once its last has been taken in. */
let patient = Promise.resolve()
let isWaiting = false

while (elapsed() < seconds) {
  for (let each = 0; each < perBeat; each++) {
    serial += 1
    follow(ballast.trySubmit("work", { ms: taskMs, text }, { priority: priorities[serial % 5] ?? "normal" }))
  }
  if (!isWaiting) {
    isWaiting = true
    const task = ballast.submit("work", { ms: taskMs, text }, { priority: "high", queueTimeout: "1 minute" })
    follow(task)
    patient = task.accepted
      .catch(() => undefined)
      .then(() => {
        isWaiting = false
      })
  }
  await sleep(beat)
  const { tasks, intake } = ballast.stats()
  most.queued = Math.max(most.queued, tasks.queued + tasks.delayed)
  most.intake = Math.max(most.intake, intake)
  most.open = Math.max(most.open, open)
  if (elapsed() < samples.length + 1) continue
  const { rss, heapUsed } = memoryUsage()
  samples.push({ at: Math.round(elapsed()), rss, heap: heapUsed })
  if (!values.json)
    console.error(`${Math.round(elapsed())} s: ${Math.round(rss / 2 ** 20)} MiB, ${ends.completed} done`)
}
await patient
await ballast.drain()
await sleep(0)
await ballast.shutdown()

const settled = samples.filter(({ at }) => at > seconds / 5)
const rss = settled.map((sample) => sample.rss)
const median = quantile(rss, 0.5)
const deviation = Math.max(0, ...rss.map((bytes) => Math.abs(bytes / median - 1)))
const half = Math.floor(settled.length / 2)
const heapOf = (part: ReadonlyArray<{ readonly heap: number }>): number =>
  quantile(
    part.map(({ heap }) => heap),
    0.5
  )
const mib = (bytes: number): number => Math.round((10 * bytes) / 2 ** 20) / 10
const ok = most.queued <= maxQueue && most.intake <= 1 && open === 0 && ends.other === 0 && deviation <= allowed
console.log(
  JSON.stringify({
    seconds,
    workers,
    factor,
    ...ends,
    unsettled: open,
    most,
    maxQueue,
    rssMiB: { median: mib(median), least: mib(Math.min(...rss)), most: mib(Math.max(...rss)) },
    rssDeviation: Math.round(deviation * 1_000) / 1_000,
    /** Medians of the first and the second half, garbage included. */
    heapMiB: [mib(heapOf(settled.slice(0, half))), mib(heapOf(settled.slice(half)))],
    ok
  })
)
process.exitCode = ok ? 0 : 1
