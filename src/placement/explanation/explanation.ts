import type { Millis, TaskId, Unmet, WorkerId } from "../../model/index.ts"
import type { WaitFor } from "../pipeline/homing.ts"
import type { Parts } from "../strategy.ts"

/** What a strategy did that it may not do. */
export interface StrategyFault {
  readonly strategy: string
  readonly taskId: TaskId
  /** What it did, in words. */
  readonly message: string
  /** What it threw, where it threw. */
  readonly cause?: unknown
}

/** A worker that could be chosen, as the strategy saw it. */
export interface Candidate {
  readonly workerId: WorkerId
  /** The score with the multiplier; absent where the strategy does not score. */
  readonly score?: number
  /** Each factor's part of the score, in points before the multiplier. */
  readonly parts?: Parts
  /** The worker's priority multiplier, where it counted. */
  readonly multiplier?: number
}

/** A worker that fits and was not taken: the ledger refused it, or patience declined it. */
export interface RefusedWorker {
  readonly workerId: WorkerId
  /** Why, in words. */
  readonly reason: string
  /** Whether the task waits for a faster one rather than go there. */
  readonly declined?: boolean
}

/** A strategy that has left the decision to another. */
export interface Delegation {
  readonly strategy: string
  /** Why to that one, in a few words. */
  readonly because?: string
}

/**
 * Why a task was placed where it was, or was not. Plain data.
 *
 * Where `complete`, every worker of the pool is in exactly one of `candidates`, `filtered` and `refused`. Otherwise,
 * as the pool is large, `candidates` names the chosen one alone and `filtered` nobody, unless nobody can ever take
 * the task.
 */
export interface Explanation {
  readonly taskId: TaskId
  readonly at: Millis
  /**
   * The strategy that decided: the default one where the configured one was at fault. Where others left it the decision they
   * stand before it: `adaptive: performance_based`.
   */
  readonly strategy: string
  /** Those others, outermost first; left out where there are none. */
  readonly via?: ReadonlyArray<Delegation>
  /** `ahead`: nobody was free, and the run was sent to a worker whose runs are short, to begin there in its turn. */
  readonly outcome: "chosen" | "ahead" | "waits" | "never"
  readonly workerId: WorkerId | undefined
  /** Workers in the pool. */
  readonly workers: number
  readonly complete: boolean
  readonly candidates: ReadonlyArray<Candidate>
  readonly filtered: ReadonlyArray<Unmet>
  readonly refused: ReadonlyArray<RefusedWorker>
  /** The busy worker that it waits for, though others could take it. */
  readonly home?: WaitFor
  readonly tieRule: string
  /** Where so many fit that only some were scored: how many, and of how many. */
  readonly sampled?: { readonly scored: number; readonly fitting: number }
  readonly fault: StrategyFault | undefined
}

const figure = (value: number): string => String(Math.round(value * 10) / 10)

const inParts = ({ score, parts, multiplier }: Candidate): string => {
  if (score === undefined) return ""
  const named = Object.entries(parts ?? {}).map(([name, part]) => `${name} ${figure(part)}`)
  const sum = named.length > 1 || multiplier !== undefined ? ` = ${named.join(" + ")}` : ` for ${named.join("")}`
  const times = multiplier === undefined ? "" : `, × ${figure(multiplier)} for its priority`
  return ` with ${figure(score)} points${named.length === 0 ? "" : sum}${times}`
}

const named = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`

const againstOthers = (chosen: Candidate, { candidates, tieRule }: Explanation): string => {
  const others = candidates.filter(({ workerId }) => workerId !== chosen.workerId)
  if (others.length === 0) return ""
  if (chosen.score === undefined) return `, out of ${named(candidates.length, "worker")} that fit`
  const runnerUp = others.reduce((best, other) => ((other.score ?? 0) > (best.score ?? 0) ? other : best))
  return runnerUp.score === chosen.score
    ? `, level with ${runnerUp.workerId}: of equals ${tieRule}`
    : `, ahead of ${runnerUp.workerId} with ${figure(runnerUp.score ?? 0)}`
}

const whyNot = ({ filtered, refused, workers }: Explanation): string => {
  const parts = [
    ...filtered.map(({ workerId, reasons }) => `${workerId}: ${reasons.join(", ")}`),
    ...refused.map(({ workerId, reason, declined }) => `${workerId}: ${declined ? "" : "refused, "}${reason}`)
  ]
  if (parts.length > 0) return parts.join("; ")
  return workers === 0 ? "there are no workers" : `none of ${named(workers, "worker")} fits`
}

/** An explanation in one or a few sentences. */
export const explainInWords = (explanation: Explanation): string => {
  const { taskId, workerId, strategy, outcome, candidates, fault, filtered, refused, via = [] } = explanation
  const sentences: Array<string> = []
  if (outcome === "chosen") {
    const chosen = candidates.find((candidate) => candidate.workerId === workerId)
    const how = chosen === undefined ? "" : `${inParts(chosen)}${againstOthers(chosen, explanation)}`
    sentences.push(`${strategy} chose ${workerId} for task ${taskId}${how}.`)
    for (const { strategy: by, because } of via) if (because !== undefined) sentences.push(`${by}: ${because}.`)
    const { sampled } = explanation
    if (sampled !== undefined)
      sentences.push(`${sampled.scored} of the ${sampled.fitting} workers that fit were scored.`)
    if (filtered.length + refused.length > 0) sentences.push(`Not considered: ${whyNot(explanation)}.`)
  } else if (outcome === "ahead") {
    sentences.push(`Task ${taskId} was sent ahead to ${workerId}, where runs of its type are short: nobody was free.`)
  } else if (explanation.home !== undefined) {
    sentences.push(
      `Task ${taskId} waits for ${explanation.home.workerId}, where it is at home, though others could take it.`
    )
  } else {
    const patient = refused.some(({ declined }) => declined)
    const verb =
      outcome === "never"
        ? "can never run: no worker will do"
        : `waits: ${patient ? "no worker that is worth it is free" : "no worker can take it now"}`
    sentences.push(`Task ${taskId} ${verb} (${whyNot(explanation)}).`)
  }
  if (fault !== undefined) {
    sentences.push(`${fault.strategy} was at fault (${fault.message}), so ${strategy} decided.`)
  }
  return sentences.join(" ")
}
