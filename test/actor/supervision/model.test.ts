import { describe, expect, it } from "vitest"
import { checkSupervision } from "../../../properties/supervisor.ts"
import { decide, type Supervision, type SupervisionEvent } from "../../../src/actor/index.ts"

type Decide = typeof decide
type Child = Supervision["children"][number]

/** Decides by a state, an event or a moment that is not the true one. */
const misled =
  (mislead: (state: Supervision, event: SupervisionEvent, now: number) => Parameters<Decide>): Decide =>
  (...[state, event, now, random]) => {
    const [after, commands] = decide(...withRandom(mislead(state, event, now), random))
    return [{ ...after, policy: state.policy }, commands]
  }

const withRandom = ([state, event, now]: Parameters<Decide>, random: number): Parameters<Decide> => [
  state,
  event,
  now,
  random
]

const on = <Tag extends SupervisionEvent["_tag"]>(
  tag: Tag,
  change: (state: Supervision, event: Extract<SupervisionEvent, { _tag: Tag }>, now: number) => Supervision
): Decide => misled((state, event, now) => [isOf(event, tag) ? change(state, event, now) : state, event, now, 0])

const isOf = <Tag extends SupervisionEvent["_tag"]>(
  event: SupervisionEvent,
  tag: Tag
): event is Extract<SupervisionEvent, { _tag: Tag }> => event._tag === tag

const changed = (state: Supervision, id: string, by: (child: Child) => Child): Supervision => ({
  ...state,
  children: state.children.map((child) => (child.policy.id === id ? by(child) : child))
})

const policed = (state: Supervision, policy: Partial<Supervision["policy"]>): Supervision => ({
  ...state,
  policy: { ...state.policy, ...policy }
})

const faults: Readonly<Record<string, Decide>> = {
  "S1: a restart at the very edge of the window counts no more": misled((state, event, now) => [
    { ...state, restarts: state.restarts.filter((at) => at > now - state.policy.window) },
    event,
    now,
    0
  ]),
  "S1: one restart more than allowed": misled((state, event, now) => [
    policed(state, { maxRestarts: state.policy.maxRestarts + 1 }),
    event,
    now,
    0
  ]),
  "S3: a sibling that fails while its group restarts counts again": on("Failed", (state, { id }) =>
    changed(state, id, (child) => (child.goal === "restart" ? { ...child, goal: "up" } : child))
  ),
  "S5: a temporary child that fails is restarted": on("Failed", (state, { id }) =>
    changed(state, id, (child) => ({ ...child, policy: { ...child.policy, restart: "transient" } }))
  ),
  "S6: one-for-all spares those before the failed one": on("Failed", (state) =>
    state.policy.strategy === "one-for-all" ? policed(state, { strategy: "rest-for-one" }) : state
  ),
  "S7: after a failed start rest-for-one starts the whole group over": on("StartFailed", (state) =>
    state.policy.strategy === "rest-for-one" ? policed(state, { strategy: "one-for-all" }) : state
  ),
  "S8: children start all at once": on("Begin", (state) => ({ ...state, phase: "running" })),
  "S11: terminating a child forgets its spec": on("Terminate", (state, { id }) =>
    changed(state, id, (child) => ({ ...child, policy: { ...child.policy, restart: "temporary" } }))
  ),
  "S12: the first significant end stops the supervisor, where all are to end": misled((state, event, now) => [
    state.policy.autoShutdown === "all" ? policed(state, { autoShutdown: "any" }) : state,
    event,
    now,
    0
  ]),
  "S13: no time is quiet enough to forget": misled((state, event, now) => [
    { ...state, children: state.children.map((child) => ({ ...child, startedAt: now })) },
    event,
    now,
    0
  ]),
  "S13: a timer of a life that is over ends the backoff of the next": on("BackoffElapsed", (state, { id }, now) =>
    changed(state, id, (child) => (child.waitsUntil === undefined ? child : { ...child, waitsUntil: now }))
  ),
  "S14: what is escalated is restarted": misled((state, event, now) => [
    state,
    event._tag === "Failed" && event.directive === "escalate" ? { ...event, directive: "restart" } : event,
    now,
    0
  ]),
  "S14: what is resumed is restarted": misled((state, event, now) => [
    state,
    event._tag === "Failed" && event.directive === "resume" ? { ...event, directive: "restart" } : event,
    now,
    0
  ]),
  "S10: a dynamic supervisor holds for ever who was in trouble once": on("Adopt", (state) =>
    policed(state, { window: Number.POSITIVE_INFINITY })
  ),
  "S5: a dynamic supervisor lets a permanent child go that somebody else stopped": on("Ended", (state, { id }) =>
    state.policy.dynamic
      ? changed(state, id, (child) => ({ ...child, policy: { ...child.policy, restart: "transient" } }))
      : state
  )
}

describe("a broken supervisor differs from the model within 500 runs", () => {
  for (const [what, fault] of Object.entries(faults)) {
    it(what, () => {
      const failures = checkSupervision(fault, 500, 20_280).flatMap(({ failure }) => failure ?? [])
      expect(failures.length).toBeGreaterThan(0)
    })
  }

  it("one that is whole does not", () => {
    const failures = checkSupervision(decide, 500, 20_280).flatMap(({ failure }) => failure ?? [])
    expect(failures).toEqual([])
  })
})
