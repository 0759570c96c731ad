import { Ballast } from "../../actors/index.ts"
import { toSettings } from "../../src/config/index.ts"
import type { Strategy } from "../../src/placement/index.ts"
import { quantile } from "../statistics.ts"
import { Account, workerIds } from "./account.ts"
import { Backlog, type Balanced, balancedAfter, type Look } from "./backlog.ts"
import type * as handlers from "./handlers.ts"
import { slice, type Task, type Timeline } from "./trace.ts"

/** Each task begins at the worker of its type, and only there, as long as that is there. */
const home: Strategy = {
  id: "home",
  pick: ({ type }, candidates) =>
    candidates.find(({ spec }) => spec.id === type)?.spec.id ??
    candidates.reduce((least, other) => (other.slots < least.slots ? other : least)).spec.id
}

/** How often load is judged, and how long backlogs must stay balanced: five such intervals. Milliseconds. */
export const checkInterval = 500
const lookEvery = 100

export const balanced: Balanced = { within: 1.5, lasting: 5 * checkInterval }

export interface Spike {
  readonly tasks: ReadonlyArray<Task>
  readonly timeline: Timeline
  /** Whether adaptation is on. */
  readonly adapts: boolean
  /** Milliseconds after the last arrival in which everything must have ended. */
  readonly patience: number
}

export interface Ran {
  /** Seconds; `undefined` where it never came. */
  readonly rebalanced: number | undefined
  readonly p99: number
  readonly moves: number
  /** Seconds of work that was done again. */
  readonly again: number
  readonly lost: number
  /** Tasks that were told complete more than once, with another result than theirs, or run by two at once. */
  readonly twice: number
  /** Seconds from the spike's end until all that had come by then was done. */
  readonly drained: number
  readonly looks: ReadonlyArray<Look>
}

const waitUntil = async (when: number): Promise<void> => {
  const ms = when - performance.now()
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms))
}

const numberOf = (taskId: string): number => Number(taskId.slice(1))

/** Every feature of adaptation by its name. */
const switchedTo = (on: boolean): Record<string, boolean> =>
  Object.fromEntries(Object.keys(toSettings({}).adaptation.features).map((name) => [name, on]))

const startRuntime = (adapts: boolean): Promise<Ballast<typeof handlers>> =>
  Ballast.start<typeof handlers>({
    handlers: new URL("./handlers.ts", import.meta.url),
    workers: workerIds.map((id) => ({ id, capacity: { concurrent: 200 } })),
    strategy: home,
    heartbeatInterval: checkInterval / 2,
    healthInterval: checkInterval,
    adaptation: { checkInterval, ...(!adapts && { features: switchedTo(false) }) },
    log: { level: "silent" }
  })

/** The same tasks at the same moments, a spike in them, one worker slowed down and one killed; on real threads. */
export const runSpike = async ({ tasks, timeline, adapts, patience }: Spike): Promise<Ran> => {
  const account = new Account()
  const backlog = new Backlog(account)
  const ballast = await startRuntime(adapts)
  const completed = new Map<number, number>()
  let moves = 0
  ballast.on((event) => {
    if (!("taskId" in event) || !/^t\d+$/.test(event.taskId)) return
    const number = numberOf(event.taskId)
    if (event._tag === "TaskPlaced") {
      const worker = workerIds.find((id) => id === event.reservation.workerId)
      if (worker !== undefined) backlog.placed(number, worker)
      if (event.migrationId !== undefined) moves += 1
    } else if (event._tag === "TaskCompleted") {
      completed.set(number, 1 + (completed.get(number) ?? 0))
      backlog.ended(number)
    }
  })
  const looks: Array<Look> = []
  const begun = performance.now()
  const clock = setInterval(() => looks.push(backlog.look(performance.now() - begun)), lookEvery)
  const later = (at: number, happen: () => void) => setTimeout(happen, Math.max(0, begun + at - performance.now()))
  const { throttle, kill, spike, end } = timeline
  const timers = [
    later(throttle.from, () => account.slow("c", throttle.times)),
    later(throttle.until, () => account.slow("c", 1)),
    later(kill, () =>
      ballast.submit("die", undefined, { maxCrashes: 1, preferredWorkers: ["b"] }).result.catch(() => {})
    )
  ]
  const sojourns: Array<number> = []
  let wrong = 0
  let drainedAt = spike.until
  const submit = async (task: Task): Promise<void> => {
    const { number, slices, expected } = task
    backlog.came(task)
    const payload = { number, slices, ms: slice, cells: account.cells }
    const options = { id: `t${number}`, expectedDuration: expected, maxCrashes: 100 }
    const result = await ballast.run(task.home, payload, options)
    const now = performance.now() - begun
    sojourns.push((now - task.at) / 1_000)
    if (task.at < spike.until) drainedAt = Math.max(drainedAt, now)
    if (result.number !== number || result.done !== slices) wrong += 1
  }
  try {
    const underWay: Array<Promise<void>> = []
    for (const task of tasks) {
      await waitUntil(begun + task.at)
      underWay.push(submit(task))
    }
    const all = Promise.allSettled(underWay)
    await Promise.race([all, waitUntil(begun + end + patience)])
    // With nothing left to do nothing is out of balance.
    await waitUntil(Math.max(performance.now(), begun + spike.until) + balanced.lasting + 2 * lookEvery)
  } finally {
    clearInterval(clock)
    for (const timer of timers) clearTimeout(timer)
    await ballast.shutdown({ timeout: 0 })
  }
  const needed = tasks.reduce((sum, { slices }) => sum + slices, 0)
  const rebalanced = balancedAfter(looks, spike.until, balanced)
  return {
    rebalanced: rebalanced === undefined ? undefined : rebalanced / 1_000,
    p99: quantile(
      sojourns.toSorted((a, b) => a - b),
      0.99
    ),
    moves,
    again: ((account.executed - needed) * slice) / 1_000,
    lost: tasks.length - completed.size,
    twice: [...completed.values()].filter((count) => count > 1).length + wrong + account.stale,
    drained: (drainedAt - spike.until) / 1_000,
    looks
  }
}
