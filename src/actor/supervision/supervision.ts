/**
 * What a supervisor decides, as a pure function: `(state, event, now, random) → [state, commands]`. The actor around
 * it carries the commands out and nothing else.
 *
 * Each child has a goal and a status, and every event ends in the same step, which issues what brings the statuses
 * nearer to the goals (what a child's end means for them stands in `ends.ts`):
 *
 * | situation | commands |
 * |---|---|
 * | closing | stop the last child that is not down, one at a time; when all are down: `Closed` |
 * | closing, dynamic | `StopAll`; when all have ended: `Closed` |
 * | some child's group restarts | halt the last such child: its ref and mail stay; no start of the group before all are |
 * | some child was terminated, or is to be forgotten | stop it; in group strategies the same |
 * | a child must start and waits for nothing | start it; in order, each awaited, while starting up and in group strategies |
 * | one-for-all, and some child's backoff runs | nothing: the group starts together |
 * | all are up for the first time | `Ready` |
 */

import { type Draw, ended, failed, restart, startFailed } from "./ends.ts"
import type { ChildPolicy, Policy } from "./policy.ts"
import {
  type ChildEvent,
  type ChildState,
  type Closing,
  closeFor,
  goalAtRest,
  isAtRest,
  isQuiet,
  isWanted,
  knownToRun,
  newChild,
  put,
  type Supervision,
  type SupervisionCommand,
  type SupervisionEvent,
  supervision,
  suspend
} from "./state.ts"

export { type Backoff, backoffDelay } from "./backoff.ts"
export type { AutoShutdown, ChildPolicy, Directive, Policy, RestartType, Strategy } from "./policy.ts"
export {
  type ChildStatus,
  type Closing,
  isAtRest,
  type Supervision,
  type SupervisionCommand,
  type SupervisionEvent,
  statusOf,
  supervision
} from "./state.ts"

type Decision = readonly [Supervision, ReadonlyArray<SupervisionCommand>]

/** A dynamic supervisor that has begun, with one child in trouble. */
export const adopted = (policy: Policy, child: ChildPolicy): Supervision => ({
  ...supervision({ ...policy, dynamic: true }, []),
  phase: "running",
  children: [knownToRun(child)]
})

/** Decides what follows. `now` in milliseconds of a monotonic clock; `random`: 0 ≤ x < 1, for the jitter. */
export const decide = (state: Supervision, event: SupervisionEvent, now: number, random: number): Decision => {
  if (state.phase === "closed") return [state, []]
  switch (event._tag) {
    case "Begin":
      return step(state)
    case "Stop":
      return step(closeFor(state, { _tag: "Asked" }))
    case "Add":
      if (state.closing !== undefined) return [state, []]
      return step({ ...state, children: [...state.children, newChild(event.child, "new")] })
    case "Adopt":
      return [adopt(state, event.child, now), []]
    case "AllEnded":
      if (state.phase !== "closing" || state.closing === undefined) return [state, []]
      return [{ ...state, phase: "closed" }, [{ _tag: "Closed", why: state.closing }]]
    default: {
      const child = state.children.find(({ policy }) => policy.id === event.id)
      if (child !== undefined) return step(...happened(state, child, event, { now, random }))
      return [state, state.policy.dynamic ? untroubled(event) : []]
    }
  }
}

/** Of a child that a dynamic supervisor does not hold in its state, because nothing is to be decided about it. */
const untroubled = ({ _tag, id }: ChildEvent): ReadonlyArray<SupervisionCommand> => {
  if (_tag === "Terminate") return [{ _tag: "Stop", id }]
  return _tag === "Ended" ? [{ _tag: "Forget", id }] : []
}

const happened = (state: Supervision, child: ChildState, event: ChildEvent, draw: Draw): Decision => {
  switch (event._tag) {
    case "Started":
      if (child.status !== "starting") return [state, []]
      return [put(state, { ...child, status: "running", startedAt: draw.now, asked: undefined }), []]
    case "StartFailed":
      return startFailed(state, child, event, draw)
    case "Failed":
      return failed(state, child, event, draw)
    case "Suspended":
      if (!isWanted(state, child)) return [suspend(state, child), []]
      return restart(suspend(state, child), child, event.cause, true, draw)
    case "Ended":
      return ended(state, child, event.cause, draw)
    case "BackoffElapsed":
      // One that comes early belongs to a wait that is over, because the child was stopped and restarted meanwhile.
      if (child.waitsUntil === undefined || draw.now < child.waitsUntil) return [state, []]
      return [put(state, { ...child, waitsUntil: undefined }), []]
    case "Terminate": {
      const goal = child.goal === "gone" ? "gone" : goalAtRest(state, child)
      return [put(state, { ...child, goal, asked: undefined, waitsUntil: undefined }), []]
    }
    case "Restart":
      return [isAtRest(child) ? put(state, { ...child, goal: "up", asked: "again" }) : state, []]
    case "Delete":
      return [isAtRest(child) ? put(state, { ...child, goal: "gone" }) : state, []]
  }
}

/** Those that have run quietly need not be remembered any longer. */
const adopt = (state: Supervision, policy: ChildPolicy, now: number): Supervision => {
  if (state.closing !== undefined) return state
  const children = state.children.filter((child) => !isQuiet(state, child, now))
  const isKnown = children.some((child) => child.policy.id === policy.id)
  return { ...state, children: isKnown ? children : [...children, knownToRun(policy)] }
}

const mustStop = ({ status, goal }: ChildState): boolean => goal !== "up" && status !== "down"

const isOrdered = ({ phase, policy }: Supervision): boolean => phase === "starting" || policy.strategy !== "one-for-one"

/** Issues what brings the statuses nearer to the goals. */
const step = (state: Supervision, before: ReadonlyArray<SupervisionCommand> = []): Decision => {
  if (state.closing !== undefined) return close(state, state.closing, before)
  const commands = [...before]
  return startThose(stopThose(forgetThose(state, commands), commands), commands)
}

const isForgotten = ({ goal, status }: ChildState): boolean => goal === "gone" && status === "down"

const forgetThose = (state: Supervision, commands: Array<SupervisionCommand>): Supervision => {
  if (!state.children.some(isForgotten)) return state
  for (const child of state.children) if (isForgotten(child)) commands.push({ _tag: "Forget", id: child.policy.id })
  return { ...state, children: state.children.filter((child) => !isForgotten(child)) }
}

const stopThose = (state: Supervision, commands: Array<SupervisionCommand>): Supervision => {
  if (!state.children.some(mustStop)) return state
  const isNext = isOrdered(state) ? lastToStop(state) : (child: ChildState) => child.status !== "stopping"
  const children = state.children.map((child): ChildState => {
    if (!mustStop(child) || !isNext(child)) return child
    commands.push({ _tag: child.goal === "restart" ? "Halt" : "Stop", id: child.policy.id })
    return { ...child, status: "stopping", waitsUntil: undefined }
  })
  return { ...state, children }
}

const lastToStop = ({ children }: Supervision): ((child: ChildState) => boolean) => {
  const isBusy = children.some(({ status }) => status === "stopping")
  const last = isBusy ? undefined : children.findLast(mustStop)
  return (child) => child === last
}

const startThose = (state: Supervision, commands: Array<SupervisionCommand>): Decision => {
  const ordered = isOrdered(state)
  if (ordered && state.children.some(mustStop)) return [state, commands]
  const waits = ({ goal, waitsUntil }: ChildState): boolean => goal === "up" && waitsUntil !== undefined
  if (state.policy.strategy === "one-for-all" && state.children.some(waits)) return [state, commands]
  let isTurn = true
  const children = state.children.map((child): ChildState => {
    const { policy, status, goal, waitsUntil } = child
    if (!isTurn || goal !== "up" || status === "running") return child
    if (ordered) isTurn = false
    if ((status !== "down" && status !== "suspended") || waitsUntil !== undefined) return child
    commands.push({ _tag: "Start", id: policy.id })
    return { ...child, status: "starting" }
  })
  const isUp = children.every(({ status, goal }) => status === "running" || goal !== "up")
  if (state.phase !== "starting" || !isUp) return [{ ...state, children }, commands]
  return [{ ...state, children, phase: "running" }, [...commands, { _tag: "Ready" }]]
}

/** Strictly one after the other, the last first; a dynamic supervisor's children all at once. */
const close = (state: Supervision, why: Closing, before: ReadonlyArray<SupervisionCommand>): Decision => {
  if (state.policy.dynamic) {
    if (state.phase === "closing") return [state, before]
    return [{ ...state, children: [], phase: "closing" }, [...before, { _tag: "StopAll", why }]]
  }
  if (state.children.some(({ status }) => status === "stopping")) return [state, before]
  const last = state.children.findLast(({ status }) => status !== "down")
  if (last === undefined) return [{ ...state, phase: "closed" }, [...before, { _tag: "Closed", why }]]
  const stopping: ChildState = { ...last, status: "stopping", waitsUntil: undefined }
  return [put(state, stopping), [...before, { _tag: "Stop", id: last.policy.id }]]
}
