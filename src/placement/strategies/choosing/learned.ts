import { Retained } from "../../../collections/index.ts"
import { hash32, mix32 } from "../../../hashing/index.ts"
import { takesWork } from "../../../ledger/index.ts"
import type { Millis, TaskId, TaskSpec } from "../../../model/index.ts"
import type { DelegatingStrategy, EndedRun, Strategy } from "../../strategy.ts"
import type { PlacementView } from "../../view.ts"
import { Bandit, type BanditOptions, type Expected } from "./bandit.ts"
import type { StrategyChange } from "./dynamic.ts"
import { learnedMemory } from "./learned-memory.ts"

export interface LearnedOptions extends BanditOptions {
  /** At least one; the first decides until others have been seen. */
  readonly strategies: ReadonlyArray<Strategy>
  readonly seed: number
  /** Told each time another one turns out to be the best. Must not throw. */
  readonly onChange?: (change: StrategyChange) => void
}

export const learnedDefaults: Omit<LearnedOptions, "strategies"> = {
  seed: 0,
  discount: 0.998,
  explore: 0.1,
  block: 20
}

/** Decisions whose runs are waited for. */
const maxOpen = 10_000

/** A run that failed has cost its time, and a second one. */
const failed = Math.log(2)

/** Bounds between loads that are told apart. */
const loads = [0.5, 0.8] as const

/** How long tasks take, by their order of magnitude in milliseconds. */
const lengthOf = (expected: Millis | undefined): string =>
  expected === undefined || !(expected > 0)
    ? "unknown"
    : String(Math.min(6, Math.max(0, Math.floor(Math.log10(expected)))))

const lengthInWords = (length: string): string =>
  length === "unknown" ? "tasks of unknown length" : `tasks of some ${10 ** Number(length)} ms`

interface Context {
  readonly own: Bandit
  /** The best that was last told of. */
  told: number
  /** Runs seen since. */
  since: number
}

interface Decided {
  readonly context: string
  readonly arm: number
}

/**
 * Learned: which of several strategies does best with such tasks at such a load, found out by trying.
 *
 * Contexts are the order of magnitude of a task's expected duration × the load of the cluster (below 50 %, below 80 %,
 * above). In each, discounted Thompson sampling chooses for a block of decisions at a time; what a strategy has cost is the
 * logarithm of its tasks' slowdowns. A context that has seen little leans on what all contexts have seen.
 * Formula: cost = ln((end − acceptance) ÷ expected duration), + ln 2 where the run failed; with nothing expected, the
 * run's own time at its worker's speed. No more than the share `explore` of decisions goes to others than the best.
 * Source: Thompson sampling with discounted observations, for costs that change over time.
 * Ties: as in the strategy that decides. Cost: a look-up for each decision, and a look at all workers for every eighth of
 * their number.
 * Not for a few hundred tasks: there is nothing learned by then, only tried. Use dynamic, which replays.
 */
export const learned = (options: Pick<LearnedOptions, "strategies"> & Partial<LearnedOptions>): DelegatingStrategy => {
  const { strategies, seed, onChange, ...bandit } = { ...learnedDefaults, ...options }
  const [first] = strategies
  if (first === undefined) throw new Error("learned has no strategies")
  const contexts = new Map<string, Context>()
  /** All contexts together. */
  const all = new Bandit(strategies.length, seed, bandit)
  const open = new Map<TaskId, Decided>()
  const kept = new Retained<TaskId>(maxOpen, (taskId) => open.delete(taskId))
  let load = 0
  /** Decisions since the load was looked at. */
  let since = 0
  /** The latest decision, to be noted once it is acted upon. */
  let latest: (Decided & { readonly taskId: TaskId }) | undefined

  const contextOf = ({ type, expectedDuration }: TaskSpec, { times }: PlacementView): string =>
    `${lengthOf(expectedDuration ?? times?.workMs(type))} ${load}`

  const banditOf = (context: string): Context => {
    const known = contexts.get(context)
    if (known !== undefined) return known
    const made = { own: new Bandit(strategies.length, mix32(seed, hash32(context)), bandit), told: 0, since: 0 }
    contexts.set(context, made)
    return made
  }

  /** Of an arm, what all contexts say of it against the others, on the ground of this context. */
  const expectedIn =
    (own: Bandit): Expected =>
    (arm) => {
      const mean = all.mean(arm)
      const overall = all.overall
      return mean === undefined || overall === undefined ? undefined : (own.overall ?? overall) + mean - overall
    }

  const decide = (task: TaskSpec, view: PlacementView): Decided => {
    const context = contextOf(task, view)
    const own = contexts.get(context)?.own
    return { context, arm: own === undefined ? all.best(() => undefined) : own.choice(expectedIn(own)) }
  }

  const nameOf = (arm: number): string => (strategies[arm] ?? first).id

  const words = (context: string, own: Bandit): string => {
    const [length = "", bucket = ""] = context.split(" ")
    const means = strategies.flatMap(({ id }, arm) => {
      const mean = own.mean(arm)
      return mean === undefined ? [] : [`${id} ${Math.exp(mean).toFixed(2)}`]
    })
    const at = Number(bucket) === 0 ? "below 50 %" : Number(bucket) === 1 ? "50 to 80 %" : "above 80 %"
    return `${lengthInWords(length)} at a load ${at}: mean slowdowns ${means.length === 0 ? "not seen yet" : means.join(", ")}`
  }

  const observe = ({ task, workerId, ms, ok, acceptedAt }: EndedRun, { times }: PlacementView, now: Millis) => {
    const sojourn = acceptedAt === undefined ? ms : now - acceptedAt
    const expected =
      task.expectedDuration ?? times?.workMs(task.type) ?? ms * (times?.speedOf(workerId, task.type) ?? 1)
    return Math.log(Math.max(sojourn, 1e-3) / Math.max(expected, 1e-3)) + (ok ? 0 : failed)
  }

  /** Not of each back and forth: once a block's worth of runs was seen since the last time. */
  const tellOfChange = (name: string, context: Context, now: Millis): void => {
    const best = context.own.best(expectedIn(context.own))
    context.since += 1
    if (best === context.told || context.since < bandit.block) return
    const from = nameOf(context.told)
    context.told = best
    context.since = 0
    onChange?.({ strategy: "learned", at: now, from, to: nameOf(best), reason: words(name, context.own) })
  }

  return {
    id: "learned",
    delegates: strategies,
    memory: learnedMemory(strategies, all, contexts, (context) => banditOf(context).own),
    delegate: (task, view) => {
      latest = { ...decide(task, view), taskId: task.id }
      return strategies[latest.arm] ?? first
    },
    because: (task, view) => {
      const { context } = decide(task, view)
      const own = contexts.get(context)?.own
      return own === undefined ? "nothing like it was seen yet" : words(context, own)
    },
    proposed: (task, _worker, view) => {
      const { context, arm } = latest?.taskId === task.id ? latest : decide(task, view)
      const { own } = banditOf(context)
      own.took(arm, expectedIn(own))
      if (!open.has(task.id)) kept.add(task.id)
      open.set(task.id, { context, arm })
      since += 1
      if (since * 8 < view.workers.length) return
      since = 0
      load = loadIn(view)
    },
    ended: (run, view, now) => {
      const decided = open.get(run.task.id)
      if (decided === undefined) return
      open.delete(run.task.id)
      const context = banditOf(decided.context)
      const { own } = context
      const cost = observe(run, view, now)
      all.saw(decided.arm, cost)
      own.saw(decided.arm, cost)
      tellOfChange(decided.context, context, now)
    }
  }
}

/** Which of the loads told apart the cluster is at. */
const loadIn = ({ workers }: PlacementView): number => {
  let slots = 0
  let used = 0
  for (const worker of workers) {
    if (!takesWork(worker.phase)) continue
    slots += worker.spec.limits.slots
    used += worker.slots
  }
  const load = slots > 0 ? used / slots : 0
  return loads.filter((bound) => load >= bound).length
}
