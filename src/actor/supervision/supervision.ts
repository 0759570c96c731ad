/**
 * What a supervisor decides, as a pure function: `(state, event, now, random) → [state, commands]`. The actor around
 * it carries the commands out and nothing else.
 *
 * Each child has a goal and a status, and every event ends in the same step, which issues what brings the statuses
 * nearer to the goals:
 *
 * | situation | commands |
 * |---|---|
 * | closing | stop the last child that is not down, one at a time; when all are down: `Closed` |
 * | some child's group restarts | halt the last such child: its ref and mail stay; no start of the group before all are |
 * | some child was terminated, or is to be forgotten | stop it; the same |
 * | a child must start and waits for nothing | start it; in order, each awaited, while starting up and in group strategies |
 * | all are up for the first time | `Started` |
 *
 * What a child's end leads to:
 *
 * | end | permanent | transient | temporary |
 * |---|---|---|---|
 * | by itself, in order | restart, with its ref and mail | stays down | is forgotten |
 * | by failure | restart | restart | is forgotten |
 * | start failed during a restart | restart, counted again | the same | is forgotten |
 * | start failed at the supervisor's own start | the supervisor's start fails | the same | the same |
 * | start failed that was asked for: a new child, one at rest | is forgotten, stays down | the same | is forgotten |
 * | because it was asked to | stays down | stays down | is forgotten |
 */

export type RestartType = "permanent" | "transient" | "temporary"

/** delay = min(max, base · 2ⁿ), spread by ± jitter (a share) and then clamped. Milliseconds. */
export interface Backoff {
  readonly base: number
  readonly max: number
  readonly jitter: number
}

export interface Policy {
  /** one-for-one: the failed child alone. rest-for-one: it and those started after it. */
  readonly strategy: "one-for-one" | "rest-for-one"
  /** Restarts allowed within `window` milliseconds; 0 gives up at the first failure. */
  readonly maxRestarts: number
  readonly window: number
}

export interface ChildPolicy {
  readonly id: string
  readonly restart: RestartType
  readonly backoff: Backoff | undefined
}

/** suspended: without an instance that works, after a failure, a failed start or a halt; ref and mail wait for a start. */
export type ChildStatus = "down" | "starting" | "running" | "suspended" | "stopping"

interface Child {
  readonly policy: ChildPolicy
  readonly status: ChildStatus
  /** `restart`: to be halted, then up again. `gone`: to be stopped and forgotten. */
  readonly goal: "up" | "restart" | "down" | "gone"
  /** The end of a backoff that is still running. */
  readonly waitsUntil: number | undefined
  /** Restarts in a row, without a quiet time between. */
  readonly restarts: number
  readonly startedAt: number
  /** Somebody waits for this start, of a new child or of one at rest: its failure is told to him and not tried again. */
  readonly asked: "new" | "again" | undefined
}

/** Why a supervisor closes. */
export type Closing =
  | { readonly _tag: "Asked" }
  | { readonly _tag: "StartFailed"; readonly child: string; readonly cause: unknown }
  | { readonly _tag: "GaveUp"; readonly child: string; readonly cause: unknown }

export interface Supervision {
  readonly policy: Policy
  /** In start order. */
  readonly children: ReadonlyArray<Child>
  /** Times of the latest restarts that count, within the window. */
  readonly restarts: ReadonlyArray<number>
  readonly phase: "starting" | "running" | "closed"
  readonly closing: Closing | undefined
}

export type SupervisionEvent =
  | { readonly _tag: "Begin" }
  | { readonly _tag: "Started"; readonly id: string }
  | { readonly _tag: "StartFailed"; readonly id: string; readonly cause: unknown }
  /** The child failed. `counts`: whether toward the intensity. */
  | { readonly _tag: "Failed"; readonly id: string; readonly cause: unknown; readonly counts: boolean }
  /** The child was halted; or it stopped by itself, and is kept because it is permanent. */
  | { readonly _tag: "Suspended"; readonly id: string; readonly cause: unknown }
  /** The child has ended for good: because it was asked to, or by itself. */
  | { readonly _tag: "Ended"; readonly id: string; readonly cause: unknown }
  | { readonly _tag: "BackoffElapsed"; readonly id: string }
  | { readonly _tag: "Stop" }
  | { readonly _tag: "Add"; readonly child: ChildPolicy }
  | { readonly _tag: "Terminate"; readonly id: string }
  | { readonly _tag: "Restart"; readonly id: string }
  | { readonly _tag: "Delete"; readonly id: string }

export type SupervisionCommand =
  | { readonly _tag: "Start"; readonly id: string }
  /** End its instance alone. Answered by `Suspended`. */
  | { readonly _tag: "Halt"; readonly id: string }
  /** End it for good. Answered by `Ended`. */
  | { readonly _tag: "Stop"; readonly id: string }
  /** Answered by `BackoffElapsed`; not before so many milliseconds. */
  | { readonly _tag: "Wait"; readonly id: string; readonly ms: number }
  | { readonly _tag: "Forget"; readonly id: string }
  /** For whoever watches restarts: nothing is to be done. */
  | {
      readonly _tag: "Restarting"
      readonly id: string
      readonly cause: unknown
      readonly attempt: number
      readonly delay: number
    }
  | { readonly _tag: "Ready" }
  | { readonly _tag: "Closed"; readonly why: Closing }

const childOf = (policy: ChildPolicy, asked?: "new"): Child => ({
  policy,
  status: "down",
  goal: "up",
  waitsUntil: undefined,
  restarts: 0,
  startedAt: 0,
  asked
})

/** A supervisor with these children, before it has begun. */
export const supervision = (policy: Policy, children: ReadonlyArray<ChildPolicy>): Supervision => ({
  policy,
  children: children.map((child) => childOf(child)),
  restarts: [],
  phase: "starting",
  closing: undefined
})

/** A supervisor of one child that is up already. */
export const adopted = (policy: Policy, child: ChildPolicy, now: number): Supervision => ({
  ...supervision(policy, []),
  phase: "running",
  children: [{ ...childOf(child), status: "running", startedAt: now }]
})

/** The delay before the n-th restart in a row (n from 1). `random`: 0 ≤ x < 1. */
export const backoffDelay = ({ base, max, jitter }: Backoff, attempt: number, random: number): number => {
  const delay = Math.min(max, base * 2 ** (attempt - 1))
  return Math.min(max, Math.max(0, delay * (1 + jitter * (2 * random - 1))))
}

type Decision = readonly [Supervision, ReadonlyArray<SupervisionCommand>]

/** What the outside sees: a child between two runs reads as `restarting` (S4). */
export const statusOf = ({ closing }: Supervision, { status, goal, waitsUntil }: Child): ChildStatus | "restarting" => {
  if (closing !== undefined) return status
  const between = status === "suspended" || status === "down"
  return goal === "restart" || (goal === "up" && (between || waitsUntil !== undefined)) ? "restarting" : status
}

const mustStop = ({ status, goal }: Child): boolean => goal !== "up" && status !== "down"

const change = (state: Supervision, id: string, by: (child: Child) => Child): Supervision => ({
  ...state,
  children: state.children.map((child) => (child.policy.id === id ? by(child) : child))
})

/** Decides what follows. `now` in milliseconds of a monotonic clock; `random`: 0 ≤ x < 1, for the jitter. */
export const decide = (state: Supervision, event: SupervisionEvent, now: number, random: number): Decision => {
  if (state.phase === "closed") return [state, []]
  switch (event._tag) {
    case "Begin":
      return step(state)
    case "Started":
      return step(
        change(state, event.id, (child) =>
          child.status === "starting" ? { ...child, status: "running", startedAt: now, asked: undefined } : child
        )
      )
    case "StartFailed":
      return step(...startFailed(state, event.id, event.cause, now, random))
    case "Suspended":
      return step(...suspended(state, event.id, event.cause, now, random))
    case "Failed":
      return step(...failed(state, event.id, event.cause, event.counts, now, random))
    case "Ended":
      return step(...ended(state, event.id, event.cause, now, random))
    case "BackoffElapsed":
      // One that comes early belongs to a wait that is over, because the child was stopped and restarted meanwhile.
      return step(
        change(state, event.id, (child) =>
          child.waitsUntil !== undefined && now >= child.waitsUntil ? { ...child, waitsUntil: undefined } : child
        )
      )
    case "Stop":
      return step({ ...state, closing: state.closing ?? { _tag: "Asked" } })
    case "Add":
      return step({ ...state, children: [...state.children, childOf(event.child, "new")] })
    case "Terminate":
      return step(
        change(state, event.id, (child) => ({
          ...child,
          goal: child.policy.restart === "temporary" || child.goal === "gone" ? "gone" : "down",
          asked: undefined,
          waitsUntil: undefined
        }))
      )
    case "Restart":
      return step(
        change(state, event.id, (child) => (isAtRest(child) ? { ...child, goal: "up", asked: "again" } : child))
      )
    case "Delete":
      return step(change(state, event.id, (child) => (isAtRest(child) ? { ...child, goal: "gone" } : child)))
  }
}

/** Stopped, and to stay so: the only state in which it may be restarted or deleted by hand. */
export const isAtRest = ({ status, goal }: Child): boolean => status === "down" && goal === "down"

type Partial = readonly [Supervision, ReadonlyArray<SupervisionCommand>]

const startFailed = (state: Supervision, id: string, cause: unknown, now: number, random: number): Partial => {
  const child = state.children.find(({ policy }) => policy.id === id)
  if (child === undefined) return [state, []]
  const after = suspend(state, id)
  if (child.goal !== "up" || state.closing !== undefined) return [after, []]
  if (state.phase === "starting") return [{ ...after, closing: { _tag: "StartFailed", child: id, cause } }, []]
  if (child.asked === "new") return [forget(after, id), []]
  if (child.asked === "again") return [change(after, id, (one) => ({ ...one, goal: "down", asked: undefined })), []]
  return restart(after, child, cause, true, now, random)
}

const failed = (
  state: Supervision,
  id: string,
  cause: unknown,
  counts: boolean,
  now: number,
  random: number
): Partial => {
  const child = state.children.find(({ policy }) => policy.id === id)
  if (child === undefined) return [state, []]
  const after = suspend(state, id)
  // It was to stop anyhow: how it got there makes no difference.
  if (child.goal !== "up" || state.closing !== undefined) return [after, []]
  if (child.policy.restart === "temporary") return [forget(after, id), []]
  if (state.phase === "starting") return [{ ...after, closing: { _tag: "StartFailed", child: id, cause } }, []]
  return restart(after, child, cause, counts, now, random)
}

const suspended = (state: Supervision, id: string, cause: unknown, now: number, random: number): Partial => {
  const child = state.children.find(({ policy }) => policy.id === id)
  if (child === undefined) return [state, []]
  const after = suspend(state, id)
  if (child.goal !== "up" || state.closing !== undefined) return [after, []]
  return restart(after, child, cause, true, now, random)
}

const ended = (state: Supervision, id: string, cause: unknown, now: number, random: number): Partial => {
  const child = state.children.find(({ policy }) => policy.id === id)
  if (child === undefined) return [state, []]
  // Its group restarts, but it was not halted for that: it came to its own end first.
  const stays = child.status !== "stopping" && child.policy.restart === "transient"
  const down = change(state, id, (one) => ({
    ...one,
    status: "down",
    goal: one.goal === "restart" ? (stays ? "down" : "up") : one.goal,
    waitsUntil: undefined
  }))
  if (child.goal !== "up" || state.closing !== undefined) return [down, []]
  switch (child.policy.restart) {
    case "permanent":
      return restart(down, child, cause, true, now, random)
    case "transient":
      return [change(down, id, (one) => ({ ...one, goal: "down" })), []]
    case "temporary":
      return [forget(down, id), []]
  }
}

/** Whoever was to be halted for the restart of its group is as good as halted. */
const suspend = (state: Supervision, id: string): Supervision =>
  change(state, id, (one) => ({ ...one, status: "suspended", goal: one.goal === "restart" ? "up" : one.goal }))

const forget = (state: Supervision, id: string): Supervision => change(state, id, (one) => ({ ...one, goal: "gone" }))

const restart = (
  state: Supervision,
  { policy: { id, backoff }, status, restarts, startedAt }: Child,
  cause: unknown,
  counts: boolean,
  now: number,
  random: number
): Partial => {
  const { maxRestarts, window, strategy } = state.policy
  const recent = state.restarts.filter((at) => at >= now - window)
  const recorded = counts ? [...recent, now] : recent
  if (counts && recorded.length > maxRestarts) {
    return [{ ...state, restarts: recorded, closing: { _tag: "GaveUp", child: id, cause } }, []]
  }
  const wasQuiet = status === "running" && now - startedAt > window
  const attempt = wasQuiet ? 1 : restarts + 1
  const delay = backoff === undefined ? 0 : backoffDelay(backoff, attempt, random)
  const waitsUntil = delay > 0 ? now + delay : undefined
  const index = state.children.findIndex(({ policy }) => policy.id === id)
  const children = state.children.map((child, position): Child => {
    if (position === index) return { ...child, goal: "up", waitsUntil, restarts: attempt }
    if (strategy === "one-for-one" || position < index || child.goal !== "up") return child
    // Without an instance there is nothing to take down; it starts in its turn.
    if (child.status !== "running" && child.status !== "starting") return child
    return { ...child, goal: child.policy.restart === "temporary" ? "gone" : "restart" }
  })
  const commands: Array<SupervisionCommand> = [{ _tag: "Restarting", id, cause, attempt, delay }]
  if (delay > 0) commands.push({ _tag: "Wait", id, ms: delay })
  return [{ ...state, restarts: recorded, children }, commands]
}

/** Issues what brings the statuses nearer to the goals. */
const step = (state: Supervision, before: ReadonlyArray<SupervisionCommand> = []): Decision => {
  const commands = [...before]
  if (state.closing !== undefined) return close(state, state.closing, commands)
  const children = state.children.filter(({ goal, status, policy }) => {
    const forgotten = goal === "gone" && status === "down"
    if (forgotten) commands.push({ _tag: "Forget", id: policy.id })
    return !forgotten
  })
  const next: Supervision = { ...state, children }
  const last = children.findLast(mustStop)
  if (last === undefined || children.some(({ status }) => status === "stopping")) return startThose(next, commands)
  const { id } = last.policy
  commands.push({ _tag: last.goal === "restart" ? "Halt" : "Stop", id })
  return startThose(stopping(next, id), commands)
}

const stopping = (state: Supervision, id: string): Supervision =>
  change(state, id, (child) => ({ ...child, status: "stopping", waitsUntil: undefined }))

const startThose = (state: Supervision, commands: Array<SupervisionCommand>): Decision => {
  const ordered = state.phase === "starting" || state.policy.strategy !== "one-for-one"
  if (ordered && state.children.some(mustStop)) return [state, commands]
  const starting = new Set<string>()
  for (const { policy, status, goal, waitsUntil } of state.children) {
    if (goal !== "up" || status === "running") continue
    if ((status === "down" || status === "suspended") && waitsUntil === undefined) {
      commands.push({ _tag: "Start", id: policy.id })
      starting.add(policy.id)
    }
    if (ordered) break
  }
  const children = state.children.map(
    (child): Child => (starting.has(child.policy.id) ? { ...child, status: "starting" } : child)
  )
  const up = children.every(({ status, goal }) => status === "running" || goal !== "up")
  const ready = state.phase === "starting" && up
  if (ready) commands.push({ _tag: "Ready" })
  return [{ ...state, children, phase: ready ? "running" : state.phase }, commands]
}

/** Strictly one after the other, the last first. */
const close = (state: Supervision, why: Closing, commands: Array<SupervisionCommand>): Decision => {
  if (state.children.some(({ status }) => status === "stopping")) return [state, commands]
  const last = state.children.findLast(({ status }) => status !== "down")
  if (last === undefined) return [{ ...state, phase: "closed" }, [...commands, { _tag: "Closed", why }]]
  return [stopping(state, last.policy.id), [...commands, { _tag: "Stop", id: last.policy.id }]]
}
