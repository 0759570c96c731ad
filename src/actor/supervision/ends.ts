/**
 * What a child's end leads to, in a supervisor that is not closing, for a child that was to be up:
 *
 * | end | permanent | transient | temporary |
 * |---|---|---|---|
 * | by itself, in order | restart, with its ref and mail | stays down ¹ | is forgotten ¹ |
 * | by failure, directive restart | restart | restart | is forgotten ¹ |
 * | by failure, directive resume | goes on | goes on | goes on |
 * | by failure, directive stop | stays down | stays down ¹ | is forgotten ¹ |
 * | by failure, directive escalate | the supervisor fails with its cause | the same | the same |
 * | by failure while others start up for the first time ² | the supervisor's start fails | the same | is forgotten ¹ |
 * | start failed during a restart | as by failure; a restart counts again; there is no resume | the same | – |
 * | start failed at the supervisor's own start | the supervisor's start fails | the same | the same |
 * | start failed that was asked for: a new child, one at rest | is forgotten, stays down | the same | is forgotten |
 * | because it was asked to, by name | stays down | stays down | is forgotten |
 * | because its group restarts | starts again in its turn | the same | is forgotten |
 *
 * ¹ Where it is significant, this may stop the supervisor. ² Directives resume and stop hold all the same.
 * A restart beyond the intensity gives up instead. In a dynamic supervisor `stays down` is `is forgotten`.
 *
 * Who is restarted with a child: one-for-one nobody; one-for-all all others that run; rest-for-one those after it that
 * run. So if another child fails to start in a group restart, one-for-all starts the whole group over (what had come
 * up is halted again), and rest-for-one goes on from the failed child.
 */

import { backoffDelay } from "./backoff.ts"
import type { Directive } from "./policy.ts"
import {
  type ChildEvent,
  type ChildState,
  closeFor,
  goalAtRest,
  isWanted,
  put,
  type Supervision,
  type SupervisionCommand,
  suspend
} from "./state.ts"

type Decision = readonly [Supervision, ReadonlyArray<SupervisionCommand>]

/** When it is decided, and a number from 0 up to 1, for the jitter. */
export interface Draw {
  readonly now: number
  readonly random: number
}

type StartFailed = Extract<ChildEvent, { _tag: "StartFailed" }>
type Failed = Extract<ChildEvent, { _tag: "Failed" }>

export const startFailed = (
  state: Supervision,
  child: ChildState,
  { cause, directive = "restart" }: StartFailed,
  draw: Draw
): Decision => {
  const after = suspend(state, child)
  if (!isWanted(state, child)) return [after, []]
  if (child.asked === "new") return [put(after, { ...child, status: "suspended", goal: "gone" }), []]
  if (child.asked === "again") {
    return [put(after, { ...child, status: "suspended", goal: goalAtRest(state, child), asked: undefined }), []]
  }
  if (state.phase === "starting") return [closeFor(after, { _tag: "StartFailed", child: child.policy.id, cause }), []]
  return direct(after, child, directive === "resume" ? "restart" : directive, cause, true, draw)
}

export const failed = (state: Supervision, child: ChildState, event: Failed, draw: Draw): Decision => {
  const { id, cause, counts, directive = "restart" } = event
  if (!isWanted(state, child)) return [suspend(state, child), []]
  if (child.status === "starting") return startFailed(state, child, { _tag: "StartFailed", id, cause, directive }, draw)
  if (directive === "resume") return [state, [{ _tag: "Resume", id }]]
  const backoff = event.backoff ?? child.policy.backoff
  return direct(
    suspend(state, child),
    { ...child, policy: { ...child.policy, backoff } },
    directive,
    cause,
    counts,
    draw
  )
}

/** A child without a working instance, which is wanted: by its directive. */
const direct = (
  state: Supervision,
  child: ChildState,
  directive: Exclude<Directive, "resume">,
  cause: unknown,
  counts: boolean,
  draw: Draw
): Decision => {
  const { id } = child.policy
  if (directive === "stop") return [stay(state, child), []]
  if (directive === "restart" && child.policy.restart === "temporary") return [stay(state, child), []]
  if (state.phase === "starting") return [closeFor(state, { _tag: "StartFailed", child: id, cause }), []]
  if (directive === "escalate") return [closeFor(state, { _tag: "Escalated", child: id, cause }), []]
  return restart(state, child, cause, counts, draw)
}

export const ended = (state: Supervision, child: ChildState, cause: unknown, draw: Draw): Decision => {
  const { restart: type } = child.policy
  const byItself = child.status !== "stopping"
  // Its group restarts, but it was not halted for that: it came to its own end first.
  const cameFirst = child.goal === "restart" && byItself && type === "transient"
  const goal = child.goal === "restart" ? "up" : child.goal
  const down = put(state, { ...child, status: "down", goal, waitsUntil: undefined })
  if (state.closing !== undefined) return [down, []]
  if (cameFirst) return [stay(down, child), []]
  if (child.goal !== "up") return [down, []]
  return type === "permanent" ? restart(down, child, cause, true, draw) : [stay(down, child), []]
}

/** It has ended otherwise than on request and is not restarted: where it is significant, the supervisor may follow. */
const stay = (state: Supervision, child: ChildState): Supervision => {
  const { id, significant = false } = child.policy
  const children = state.children.map(
    (one): ChildState => (one.policy.id === id ? { ...one, goal: goalAtRest(state, child), asked: undefined } : one)
  )
  const after = { ...state, children }
  const { autoShutdown = "never" } = state.policy
  if (!significant || autoShutdown === "never") return after
  const others = children.some(({ policy, goal }) => policy.significant && (goal === "up" || goal === "restart"))
  return autoShutdown === "all" && others ? after : closeFor(after, { _tag: "AutoShutdown", child: id })
}

export const restart = (
  state: Supervision,
  { policy: { id, backoff }, status, restarts, startedAt }: ChildState,
  cause: unknown,
  counts: boolean,
  { now, random }: Draw
): Decision => {
  const { maxRestarts, window } = state.policy
  const recent = since(state.restarts, now - window)
  const recorded = counts ? [...recent, now] : recent
  if (counts && recorded.length > maxRestarts) {
    const after = closeFor({ ...state, restarts: recorded }, { _tag: "GaveUp", child: id, cause })
    return [after, [{ _tag: "GivingUp", id, cause }]]
  }
  const wasQuiet = status === "running" && now - startedAt > window
  const attempt = wasQuiet ? 1 : restarts + 1
  const delay = backoff === undefined ? 0 : backoffDelay(backoff, attempt, random)
  const waitsUntil = delay > 0 ? now + delay : undefined
  const inGroup = groupOf(state, id)
  const children = state.children.map((child, position): ChildState => {
    if (child.policy.id === id) return { ...child, goal: "up", waitsUntil, restarts: attempt }
    if (!inGroup(position) || child.goal !== "up") return child
    // Without an instance there is nothing to take down; it starts in its turn.
    if (child.status !== "running" && child.status !== "starting") return child
    return { ...child, goal: child.policy.restart === "temporary" ? "gone" : "restart" }
  })
  const commands: Array<SupervisionCommand> = [{ _tag: "Restarting", id, cause, attempt, delay }]
  if (delay > 0) commands.push({ _tag: "Wait", id, ms: delay })
  return [{ ...state, restarts: recorded, children }, commands]
}

/** Times are in their order. */
const since = (times: ReadonlyArray<number>, begin: number): ReadonlyArray<number> => {
  const [first] = times
  if (first === undefined || first >= begin) return times
  const index = times.findIndex((at) => at >= begin)
  return index < 0 ? [] : times.slice(index)
}

const groupOf = ({ policy, children }: Supervision, id: string): ((position: number) => boolean) => {
  if (policy.strategy === "one-for-one") return () => false
  if (policy.strategy === "one-for-all") return () => true
  const first = children.findIndex((child) => child.policy.id === id)
  return (position) => position > first
}
