/**
 * Takes threads down one after another and looks at what is left behind.
 *
 *   npm run crashes -- [--count 10000] [--seed 1] [--workers 3] [--json]
 *
 * A mix of exits, late throws, forgotten rejections, endless loops and overflowing heaps, several at once on each
 * worker, among tasks that must complete, some under concurrency keys. Prints how many threads ended and how fast tasks
 * settled and workers came back; exits with 1 where anything is pending, lost, held, or left behind.
 */
import { readFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { Runtime } from "../actors/runtime.ts"
import { Submitter } from "../actors/submitter.ts"
import { toSettings, toWorkerSpec } from "../src/config/index.ts"
import { threadDriver } from "../src/execution/index.ts"
import { audit } from "../src/ledger/index.ts"
import { openMetrics } from "../src/storage/index.ts"

export interface CrashOptions {
  /** Threads to be taken down, at least. */
  readonly count: number
  readonly seed?: number
  readonly workers?: number
  /** How many of a thousand crashes are overflowing heaps, which take longest. */
  readonly heaps?: number
  /** Called as threads end. */
  readonly onProgress?: (ended: number) => void
}

interface Quantiles {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

export interface CrashReport {
  readonly seed: number
  /** Threads that ended before their time. */
  readonly ended: number
  readonly tasks: number
  /** Tasks by how their promise settled. */
  readonly settled: Readonly<Record<string, number>>
  /** What should not be; empty: all is well. */
  readonly complaints: ReadonlyArray<string>
  /** From the instant a task took its thread down until its promise settled; loops not counted. Milliseconds. */
  readonly settleMs: Quantiles
  /** From a thread's end, as it became known, until its worker took work again. Milliseconds. */
  readonly respawnMs: Quantiles
  /** Bytes of heap after a collection: when a tenth of the threads had ended, and at the end. */
  readonly heap: { readonly early: number; readonly late: number }
  readonly seconds: number
}

const quantiles = (values: ReadonlyArray<number>): Quantiles => {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number): number =>
    Number((sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0).toFixed(1))
  return { p50: at(0.5), p99: at(0.99), max: at(1) }
}

/** Mulberry32: the same seed, the same mix. */
const randomFrom = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Threads of this process, where the system tells. */
const threadCount = (): number | undefined => {
  try {
    const [, count] = /^Threads:\s+(\d+)$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? []
    return count === undefined ? undefined : Number(count)
  } catch {
    return undefined
  }
}

const collectGarbage = (): (() => void) => {
  setFlagsFromString("--expose-gc")
  const collect: unknown = runInNewContext("gc")
  return typeof collect === "function" ? () => void Reflect.apply(collect, undefined, []) : () => {}
}

const resources = (): ReadonlyArray<string> =>
  process.getActiveResourcesInfo().filter((name) => /Worker|MessagePort|Timeout|Immediate/.test(name))

/** Waits, at most so long, until nothing more has gone than there was before. */
const until = async (isSo: () => boolean, ms: number): Promise<boolean> => {
  const end = performance.now() + ms
  while (!isSo() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 5))
  return isSo()
}

const detected = { cores: 4, memoryGiB: 4, storageGiB: 4, hostname: "here", nodeVersion: process.versions.node }
const slots = 4
/** Tasks kept under way. */
const window = 48
const keys = ["a", "b", "c"]
const patience = 60_000

/** The same for each run: what brings a thread down, out of a thousand. */
const kinds = [
  { type: "exits", share: 300 },
  { type: "exitsLater", share: 250 },
  { type: "throwsLater", share: 200 },
  { type: "rejectsUnheard", share: 150 },
  { type: "loops", share: 70 },
  { type: "loopsLater", share: 30 }
]

const isLoop = (type: string): boolean => type.startsWith("loops")

/** Takes `count` threads down and gives the account. It needs the process for itself: it counts threads and heap. */
export const crash = async (options: CrashOptions): Promise<CrashReport> => {
  const { count, seed = 1, workers = 3, heaps = 2, onProgress = () => {} } = options
  const begun = performance.now()
  const random = randomFrom(seed)
  const collect = collectGarbage()
  const complaints: Array<string> = []
  const before = { threads: threadCount(), resources: resources() }
  const scope = Scope.makeUnsafe()
  const runtime = await Effect.runPromise(
    Effect.provideService(
      Runtime.make({
        settings: toSettings({ grace: 10, retain: 200, maxQueue: 1_000 }),
        strategy: "least_connections",
        driver: threadDriver({ handlers: new URL("./crash-handlers.ts", import.meta.url).href }),
        store: openMetrics({})
      }),
      Scope.Scope,
      scope
    )
  )
  const { ledger, bus } = runtime
  let ended = 0
  let early = 0
  const endedAt = new Map<string, number>()
  const respawns: Array<number> = []
  const settles: Array<number> = []
  bus.subscribe((event) => {
    if (event._tag === "WorkerExited") {
      ended += 1
      endedAt.set(event.workerId, performance.now())
      onProgress(ended)
    } else if (event._tag === "WorkerReady") {
      const since = endedAt.get(event.workerId)
      if (since !== undefined) respawns.push(performance.now() - since)
    } else if (event._tag === "WorkerGivenUp") complaints.push(`worker ${event.workerId} gave up: ${event.cause}`)
    else if (event._tag === "ActorRestarted") complaints.push(`${event.actor} was restarted: ${event.cause}`)
  })
  const definition = {
    capacity: { concurrent: slots },
    // What survives a collection of the young generation must fit in what Node adds to a full heap, 16 MiB, to end its
    // thread in order: where it does not, V8 ends the whole process.
    resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 },
    // The intensity is the default: tasks are to blame here, and no worker may be given up on for them.
    restart: { backoff: { base: 1, max: 1, jitter: 0 } }
  }
  const ids = Array.from({ length: workers }, (_, index) => `w${index + 1}`)
  for (const id of ids)
    await Effect.runPromise(runtime.workforce.spawn(toWorkerSpec(definition, id, detected, workers)))
  for (const id of ids) await Effect.runPromise(runtime.workforce.awaitUp(id))

  const submitter = new Submitter(runtime)
  const settled: Record<string, number> = {}
  const open = new Set<string>()
  let tasks = 0
  let wake = (): void => {}
  const settle = (id: string, how: string): void => {
    open.delete(id)
    settled[how] = (settled[how] ?? 0) + 1
    wake()
  }
  const tagOf = (error: unknown): string =>
    typeof error === "object" && error !== null && "_tag" in error ? String(error._tag) : String(error)

  const submitCrash = (): void => {
    const draw = random() * 1_000
    let sum = heaps
    let type = "eatsItsHeap"
    for (const kind of kinds) {
      if (draw < sum) break
      type = kind.type
      sum += kind.share
    }
    const stamp = new Float64Array(new SharedArrayBuffer(8))
    const key = random() < 0.3 ? keys[Math.floor(random() * keys.length)] : undefined
    const handle = submitter.submit(
      type,
      { stamp },
      {
        maxCrashes: 1,
        ...(isLoop(type) && { timeout: 20 }),
        ...(key !== undefined && { concurrencyKey: key })
      },
      true
    )
    open.add(handle.id)
    const expected = isLoop(type) ? ["TaskTimeout", "Quarantined"] : ["Quarantined", "WorkerOutOfMemory"]
    handle.result.then(
      () => {
        complaints.push(`${type} ${handle.id} completed`)
        settle(handle.id, "completed")
      },
      (error) => {
        const tag = tagOf(error)
        if (!expected.includes(tag)) complaints.push(`${type} ${handle.id} ended as ${tag}: ${error}`)
        if (!isLoop(type) && (stamp[0] ?? 0) > 0) {
          settles.push(performance.timeOrigin + performance.now() - (stamp[0] ?? 0))
        }
        settle(handle.id, tag)
      }
    )
  }
  const submitSurvivor = (): void => {
    const value = tasks
    const key = random() < 0.5 ? keys[Math.floor(random() * keys.length)] : undefined
    const handle = submitter.submit(
      "survives",
      { value },
      { maxCrashes: 1_000_000, ...(key !== undefined && { concurrencyKey: key }) },
      true
    )
    open.add(handle.id)
    handle.result.then(
      (answer) => {
        if (answer !== value) complaints.push(`${handle.id} gave ${answer} for ${value}`)
        settle(handle.id, "completed")
      },
      (error) => {
        complaints.push(`a task that does no harm failed: ${error}`)
        settle(handle.id, tagOf(error))
      }
    )
  }

  let seenAt = performance.now()
  let seen = 0
  while (ended < count) {
    while (open.size < window) {
      tasks += 1
      if (random() < 0.7) submitCrash()
      else submitSurvivor()
    }
    await Promise.race([
      new Promise<void>((resolve) => {
        wake = resolve
      }),
      new Promise<void>((resolve) => setTimeout(resolve, 1_000).unref())
    ])
    if (early === 0 && ended >= count / 10) {
      collect()
      early = process.memoryUsage().heapUsed
    }
    const now = performance.now()
    if (ended + tasks > seen) {
      seen = ended + tasks
      seenAt = now
    } else if (now - seenAt > patience) {
      complaints.push(`nothing has happened for ${patience} ms`)
      break
    }
  }
  const idle = await Effect.runPromise(Effect.timeoutOption(runtime.idle, patience))
  await until(() => open.size === 0, 1_000)
  if (idle._tag === "None" || open.size > 0) {
    const pending = [...open].slice(0, 10).map((id) => `${id} ${ledger.task(id)?.status} ${runtime.explain(id)}`)
    complaints.push(`${open.size} promises are open: ${pending.join("; ")}`)
  }
  // The last threads may still be on their way down or up.
  await until(() => [...ledger.workers.values()].every(({ phase, slots }) => phase === "up" && slots === 0), 10_000)
  for (const violation of audit(ledger)) complaints.push(violation)
  for (const { key } of ledger.state.waiting.keys()) complaints.push(`key ${key} is left`)
  for (const { spec, phase, slots, used, running, stopping } of ledger.workers.values()) {
    const held = slots + running.size + stopping.size + used.cpu + used.memory
    if (held > 0) complaints.push(`${spec.id} still holds something`)
    if (phase !== "up") complaints.push(`${spec.id} is ${phase}`)
  }
  if (ledger.migrations.size > 0) complaints.push(`${ledger.migrations.size} migrations are left`)
  if (runtime.handles.unsettled > 0) complaints.push(`${runtime.handles.unsettled} handles are unsettled`)
  collect()
  const late = process.memoryUsage().heapUsed
  await Effect.runPromise(Scope.close(scope, Exit.void))
  await until(() => resources().length <= before.resources.length, 5_000)
  const left = resources()
  if (left.length > before.resources.length) complaints.push(`left behind: ${left.join(" ")}`)
  const threads = (): number => threadCount() ?? 0
  if (before.threads !== undefined) {
    const allowed = before.threads
    if (!(await until(() => threads() <= allowed, 5_000))) {
      complaints.push(`${threads()} threads where there were ${before.threads}`)
    }
  }
  // A tenth and 4 MiB: the collector's own noise.
  if (early > 0 && late > early * 1.1 + 4 * 2 ** 20) complaints.push(`the heap grew from ${early} to ${late} bytes`)
  return {
    seed,
    ended,
    tasks,
    settled,
    complaints,
    settleMs: quantiles(settles),
    respawnMs: quantiles(respawns),
    heap: { early, late },
    seconds: Number(((performance.now() - begun) / 1_000).toFixed(1))
  }
}

const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`

const inWords = (report: CrashReport): string => {
  const { ended, tasks, settled, settleMs, respawnMs, heap, seconds } = report
  const how = Object.entries(settled).map(([tag, count]) => `${count} ${tag}`)
  return [
    `${ended} threads ended under ${tasks} tasks in ${seconds} s: ${how.join(", ")}`,
    `a task settled after its crash in ${settleMs.p50} ms (p99 ${settleMs.p99}, most ${settleMs.max})`,
    `a worker was back after its thread's end in ${respawnMs.p50} ms (p99 ${respawnMs.p99}, most ${respawnMs.max})`,
    `heap ${mib(heap.early)} after a tenth, ${mib(heap.late)} at the end`
  ].join("\n")
}

const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: {
      count: { type: "string", default: "10000" },
      seed: { type: "string", default: "1" },
      workers: { type: "string", default: "3" },
      json: { type: "boolean", default: false }
    }
  })
  const [count, seed, workers] = [values.count, values.seed, values.workers].map(Number)
  if (![count, seed, workers].every((value) => Number.isInteger(value)) || (count ?? 0) < 1 || (workers ?? 0) < 1) {
    console.error("--count, --seed and --workers are whole numbers")
    process.exitCode = 2
    return
  }
  const shown = new Set<number>()
  const report = await crash({
    count: count ?? 1,
    seed: seed ?? 1,
    workers: workers ?? 1,
    onProgress: (ended) => {
      const tenth = Math.floor((10 * ended) / (count ?? 1))
      if (values.json || tenth === 0 || shown.has(tenth)) return
      shown.add(tenth)
      console.error(`${ended} threads have ended`)
    }
  })
  console.log(values.json ? JSON.stringify(report, null, 2) : inWords(report))
  for (const complaint of report.complaints) console.error(complaint)
  if (report.complaints.length > 0) process.exitCode = 1
}

if (import.meta.main) await main()
