import { MessagePort } from "node:worker_threads"
import * as Schema from "effect/Schema"
import {
  defaultRetryBackoff,
  type Millis,
  type Problem,
  priorities,
  type RetryBackoff,
  type TaskSpec
} from "../model/index.ts"
import { RequirementsInput, requirementHints, requirementProblems, toRequirements } from "./requirements.ts"
import { Count, DurationInput, Natural, problemsOf, Quantity, Signal, toMillis } from "./validate.ts"

/** The most retries a task can be given: what fails that often will not succeed by itself. */
const mostRetries = 1_000

const Times = Natural.check(Schema.isLessThanOrEqualTo(mostRetries))

/** The wait before the n-th retry: base × 2ⁿ⁻¹, spread by ± jitter (a share of it), then clamped to 0 … max. */
const BackoffInput = Schema.Struct({
  /** Default 100 ms. */
  base: Schema.optional(DurationInput),
  /** Default 30 s. */
  max: Schema.optional(DurationInput),
  /** 0–1; at 1 the wait is anything between nothing and twice what it would be. Default 0.5. */
  jitter: Schema.optional(Quantity.check(Schema.isLessThanOrEqualTo(1)))
})

const RetriesInput = Schema.Struct({ times: Times, backoff: Schema.optional(BackoffInput) })

const Text = Schema.String.check(Schema.isNonEmpty())

/** What a thread can hand over to another: buffers, ports, streams. */
const Transferable = Schema.declare(
  (input): input is ArrayBuffer | MessagePort => input instanceof ArrayBuffer || input instanceof MessagePort,
  { expected: "an ArrayBuffer or a MessagePort" }
)

export const SubmitOptions = Schema.Struct({
  /** The caller's own id; a second submit with it gives the first one's handle. Generated where absent. */
  id: Schema.optional(Text),
  /** Default normal. */
  priority: Schema.optional(Schema.Literals(priorities)),
  requires: Schema.optional(RequirementsInput),
  /** Tasks with the same key run one at a time, or as many as `concurrencyLimit`. */
  concurrencyKey: Schema.optional(Text),
  concurrencyLimit: Schema.optional(Count),
  /** Tasks with the same key stay on one worker, whatever the strategy, as long as it has room: see the option `sticky`. */
  stickyKey: Schema.optional(Text),
  /** What the task is akin to, such as `{ language: "de" }`: keyed strategies and `affinity_based` go by it. */
  affinity: Schema.optional(Schema.Record(Schema.String, Schema.String)),
  /** Ids of workers, the best first: it goes to the first that has room, whatever the strategy, or else to any other. */
  preferredWorkers: Schema.optional(Schema.Array(Text)),
  /** The model it runs on; goes with `affinity`, and names its family. */
  model: Schema.optional(Text),
  /** Whose work it is: `fair_share` and the order `fair` share out by it. */
  tenant: Schema.optional(Text),
  expectedDuration: Schema.optional(DurationInput),
  /** Bytes. */
  stateSize: Schema.optional(Quantity),
  /** The longest one run may take. */
  timeout: Schema.optional(DurationInput),
  /** The longest it may wait before it first runs. */
  queueTimeout: Schema.optional(DurationInput),
  /** By when it must have ended, from now. */
  deadline: Schema.optional(DurationInput),
  /** Further runs after a failing one, at most 1,000, and how long each waits. Default 0. */
  retries: Schema.optional(Schema.Union([Times, RetriesInput])),
  /** Workers it may take down before it is quarantined. Default 2. */
  maxCrashes: Schema.optional(Count),
  /**
   * Parts of the payload that are moved to the worker rather than copied. What is moved cannot be sent twice: such a
   * task has one run, and fails with `WorkerLost` where its worker is lost.
   */
  transfer: Schema.optional(Schema.Array(Transferable)),
  /** Cancels the task when it aborts. */
  signal: Schema.optional(Signal)
})

/** How one task is to be run; everything but nothing is required. */
export type SubmitOptions = typeof SubmitOptions.Type

const hints = {
  ...requirementHints,
  id: "a text that is not empty",
  priority: `one of ${priorities.join(", ")}`,
  concurrencyLimit: "a whole number, at least 1",
  timeout: 'such as "30 seconds"',
  queueTimeout: 'such as "1 minute"',
  deadline: 'such as "5 minutes"',
  expectedDuration: 'such as "4 seconds"',
  retries: `a whole number from 0 to ${mostRetries}, or { times, backoff: { base, max, jitter } }`,
  times: `a whole number from 0 to ${mostRetries}`,
  backoff: 'such as { base: 100, max: "30 seconds", jitter: 0.5 }',
  base: 'such as "100 millis"',
  max: 'such as "30 seconds"',
  jitter: "a share, 0 to 1",
  maxCrashes: "a whole number, at least 1",
  transfer: "a list of ArrayBuffers or MessagePorts that are part of the payload"
}

const noProblems: ReadonlyArray<Problem> = []

/** What is wrong with the options of one submit. */
export const submitProblems = (options: SubmitOptions | undefined): ReadonlyArray<Problem> => {
  if (options === undefined) return noProblems
  const problems = problemsOf(SubmitOptions, options, "options", hints)
  return problems.length > 0 || options.requires === undefined
    ? problems
    : requirementProblems(options.requires, "options.requires")
}

const noWorkers: ReadonlyArray<string> = []
const noOptions: SubmitOptions = {}

const timesOf = (retries: SubmitOptions["retries"]): number =>
  typeof retries === "object" ? retries.times : (retries ?? 0)

const toBackoff = ({ base, max, jitter }: typeof BackoffInput.Type): RetryBackoff => ({
  base: base === undefined ? defaultRetryBackoff.base : toMillis(base),
  max: max === undefined ? defaultRetryBackoff.max : toMillis(max),
  jitter: jitter ?? defaultRetryBackoff.jitter
})

const plainSpec = (id: string, type: string, payload: unknown): TaskSpec => ({
  id,
  madeUpId: true,
  type,
  payload,
  priority: "normal",
  requirements: toRequirements(undefined),
  concurrencyLimit: 1,
  preferredWorkers: noWorkers,
  retries: 0,
  maxCrashes: 2
})

/** The task with every default filled in. The options are known to be sound. `now` counts only with a deadline. */
export const toTaskSpec = (
  id: string,
  type: string,
  payload: unknown,
  options: SubmitOptions = noOptions,
  now: Millis
): TaskSpec => {
  if (options === noOptions) return plainSpec(id, type, payload)
  const { concurrencyKey, stickyKey, affinity, model, tenant, expectedDuration, stateSize } = options
  const { timeout, queueTimeout, deadline, retries } = options
  return {
    id,
    ...(options.id === undefined && { madeUpId: true }),
    type,
    payload,
    priority: options.priority ?? "normal",
    requirements: toRequirements(options.requires),
    concurrencyLimit: options.concurrencyLimit ?? 1,
    preferredWorkers: options.preferredWorkers ?? noWorkers,
    retries: timesOf(options.retries),
    maxCrashes: options.maxCrashes ?? 2,
    ...(typeof retries === "object" && retries.backoff !== undefined && { retryBackoff: toBackoff(retries.backoff) }),
    ...(concurrencyKey !== undefined && { concurrencyKey }),
    ...(stickyKey !== undefined && { stickyKey }),
    ...(affinity !== undefined && { affinity }),
    ...(model !== undefined && { model }),
    ...(tenant !== undefined && { tenant }),
    ...(stateSize !== undefined && { stateSize }),
    ...(expectedDuration !== undefined && { expectedDuration: toMillis(expectedDuration) }),
    ...(timeout !== undefined && { timeout: toMillis(timeout) }),
    ...(queueTimeout !== undefined && { queueTimeout: toMillis(queueTimeout) }),
    ...(deadline !== undefined && { deadline: now + toMillis(deadline) })
  }
}
