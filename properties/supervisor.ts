import * as fc from "fast-check"
import type { Policy } from "../src/actor/index.ts"
import type { Property, PropertyReport } from "./property.ts"
import { checkScenarios, type ScenarioKind, scenarioProperty } from "./scenario-property.ts"
import { type Decide, type Happening, runSupervision, type SupervisionScenario } from "./supervision-model.ts"

const restartType = fc.constantFrom("permanent", "transient", "temporary")
const child = fc.nat({ max: 5 })
const rarely = fc.integer({ min: 0, max: 3 }).map((draw) => draw === 0)
const directive = fc.oneof(
  { weight: 60, arbitrary: fc.constant("restart" as const) },
  { weight: 8, arbitrary: fc.constantFrom("resume", "stop") },
  // Rare, because it ends the scenario.
  { weight: 1, arbitrary: fc.constant("escalate" as const) }
)
const draft = fc.record({ restart: restartType, backoff: fc.boolean(), significant: rarely })

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant("obeys"), child, well: fc.constant(false), directive }) },
  { weight: 26, arbitrary: fc.record({ kind: fc.constant("obeys"), child, well: fc.constant(true), directive }) },
  { weight: 9, arbitrary: fc.record({ kind: fc.constant("fails"), child, counts: fc.boolean(), directive }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("ends"), child, forGood: rarely }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom("terminate", "restart", "restart", "delete"), child }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("add"), child: draft }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("passes"), ms: fc.constantFrom(0, 1, 20, 50, 100, 300) }) }
)

const intensity = { maxRestarts: fc.constantFrom(0, 3, 20, 1_000, 1_000, 1_000), window: fc.constantFrom(100, 1_000) }

const policies: fc.Arbitrary<Policy> = fc.record({
  strategy: fc.constantFrom("one-for-one", "one-for-all", "rest-for-one"),
  autoShutdown: fc.constantFrom("never", "never", "any", "all", "all"),
  ...intensity
})

const dynamicPolicies: fc.Arbitrary<Policy> = fc.record({
  strategy: fc.constant("one-for-one"),
  dynamic: fc.constant(true),
  ...intensity
})

const supervisionScenarios = (policy: fc.Arbitrary<Policy>): fc.Arbitrary<SupervisionScenario> =>
  fc
    .record({
      policy,
      children: fc.array(draft, { minLength: 1, maxLength: 5 }),
      // A good start, more often than chance would have it: most of what is to be seen comes after it.
      startsWell: fc.integer({ min: 0, max: 9 }).map((draw) => draw < 9),
      happenings: fc.array(happening, { minLength: 300, maxLength: 600, size: "max" }),
      stop: fc.boolean()
    })
    .map(({ policy, children, startsWell, happenings, stop }) => {
      const obey = (index: number): Happening => ({ kind: "obeys", child: index, well: true, directive: "restart" })
      const start = startsWell ? children.map((_, index) => obey(index)) : []
      const end: ReadonlyArray<Happening> = stop ? [{ kind: "stop" }] : []
      return { policy, children, happenings: [...start, ...happenings, ...end] }
    })

const has = (value: unknown, field: string): boolean => typeof value === "object" && value !== null && field in value
const isSupervision = (value: unknown): value is SupervisionScenario => has(value, "policy") && has(value, "happenings")

const staticSupervision: ScenarioKind<SupervisionScenario> = {
  name: "supervision",
  promise: "the supervisor's decisions are those of a naive model (S1–S8, S10–S14)",
  scenarios: supervisionScenarios(policies),
  run: (scenario) => runSupervision(scenario),
  is: isSupervision,
  floors: {
    restart: 0.2,
    "group restart": 0.1,
    backoff: 0.1,
    "failure during a restart": 0.05,
    "failure while its group restarts": 0.01,
    "start fails in a group restart": 0.03,
    "group starts over": 0.02,
    "temporary goes with its group": 0.02,
    "permanent child stopped by somebody else": 0.05,
    "terminate between two lives": 0.02,
    "stop in the middle": 0.05,
    "stop during a backoff": 0.01,
    "stop during a group restart": 0.005,
    "stop by directive": 0.05,
    resume: 0.05,
    GaveUp: 0.05,
    Escalated: 0.05,
    AutoShutdown: 0.05,
    "significant end, and others remain": 0.01,
    StartFailed: 0.02,
    "stale timer": 0.001
  },
  medianFloor: 50
}

const dynamicSupervision: ScenarioKind<SupervisionScenario> = {
  name: "dynamic supervision",
  promise: "so are those of a dynamic supervisor, which holds no child but those in trouble (S1–S5, S10, S13, S14)",
  scenarios: supervisionScenarios(dynamicPolicies),
  run: (scenario) => runSupervision(scenario),
  is: isSupervision,
  floors: {
    restart: 0.2,
    backoff: 0.1,
    "failure during a restart": 0.05,
    "permanent child stopped by somebody else": 0.05,
    "terminate between two lives": 0.02,
    "stop in the middle": 0.05,
    "stop during a backoff": 0.01,
    "stop by directive": 0.05,
    resume: 0.05,
    GaveUp: 0.05,
    Escalated: 0.05
  },
  medianFloor: 50
}

/** The same for a supervisor that decides otherwise: a broken one must be noticed. */
export const checkSupervision = (decision: Decide, runs: number, seed: number): ReadonlyArray<PropertyReport> =>
  [staticSupervision, dynamicSupervision].map((kind) =>
    checkScenarios({ ...kind, run: (scenario) => runSupervision(scenario, decision) }, { runs, seed })
  )

export const supervisorProperties: ReadonlyArray<Property> = [
  scenarioProperty(staticSupervision),
  scenarioProperty(dynamicSupervision)
]
