import * as fc from "fast-check"
import type { Policy } from "../src/actor/index.ts"
import { type KernelScenario, runKernel } from "./kernel-run.ts"
import { type Failure, median, type Property, type PropertyReport } from "./property.ts"
import { type Decide, type Happening, runSupervision, type SupervisionScenario } from "./supervision-model.ts"

interface Run {
  readonly problems: ReadonlyArray<string>
  readonly commands: number
  readonly reached: ReadonlySet<string>
}

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

const step: fc.Arbitrary<KernelScenario["steps"][number]> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({
      kind: fc.constantFrom("tell", "ready", "ask"),
      target: fc.nat({ max: 2 }),
      sender: fc.nat({ max: 1 }),
      does: fc.constantFrom("say", "say", "sleep", "crash", "crash later", "stop itself")
    })
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("passes"), ms: fc.nat({ max: 20 }) }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("turns"), count: fc.nat({ max: 8 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom("watch", "unwatch", "stop", "again"), target: fc.nat({ max: 2 }) })
  }
)

const kernelScenarios: fc.Arbitrary<KernelScenario> = fc.record({
  seed: fc.nat(),
  parent: fc.constantFrom("none", "one-for-one", "rest-for-one"),
  restart: restartType,
  maxRestarts: fc.constantFrom(0, 3, 1_000),
  backoff: fc.boolean(),
  mailbox: fc.constantFrom("unbounded", "backpressure", "reject"),
  steps: fc.array(step, { minLength: 30, maxLength: 150, size: "max" })
})

interface Kind<Scenario> {
  readonly name: string
  readonly promise: string
  readonly scenarios: fc.Arbitrary<Scenario>
  readonly run: (scenario: Scenario) => Run
  readonly is: (value: unknown) => value is Scenario
  readonly floors: Readonly<Record<string, number>>
  readonly medianFloor: number
}

const check = <Scenario>(kind: Kind<Scenario>, runs: number, seed: number): PropertyReport => {
  const commands: Array<number> = []
  const reached = new Map<string, number>()
  let shrinking = false
  const holds = fc.property(kind.scenarios, (scenario) => {
    const run = kind.run(scenario)
    if (shrinking) return run.problems.length === 0
    commands.push(run.commands)
    for (const what of run.reached) reached.set(what, 1 + (reached.get(what) ?? 0))
    shrinking = run.problems.length > 0
    return !shrinking
  })
  const details = fc.check(holds, { numRuns: runs, seed })
  const cases = new Set([...Object.keys(kind.floors), ...reached.keys()])
  return {
    property: kind.name,
    runs: commands.length,
    seed,
    medianCommands: median(commands),
    medianFloor: kind.medianFloor,
    reached: [...cases].map((what) => ({
      what,
      share: (reached.get(what) ?? 0) / commands.length,
      floor: kind.floors[what] ?? 0
    })),
    ...(details.failed && { failure: failureOf(kind, details) })
  }
}

const failureOf = <Scenario>(kind: Kind<Scenario>, details: fc.RunDetails<[Scenario]>): Failure => {
  const { seed, counterexamplePath, counterexample, errorInstance } = details
  const [scenario] = counterexample ?? []
  const thrown = errorInstance instanceof Error ? (errorInstance.stack ?? "") : ""
  const problems = scenario === undefined ? [] : kind.run(scenario).problems
  const message = `${problems.length > 0 ? problems.join("\n") : thrown}\nin ${JSON.stringify(scenario)}`
  return { property: kind.name, seed, path: counterexamplePath ?? "", counterexample: scenario, message }
}

const propertyOf = <Scenario>(kind: Kind<Scenario>): Property => ({
  name: kind.name,
  promise: kind.promise,
  run: (runs, seed) => check(kind, runs, seed),
  replay: ({ counterexample }) => {
    if (!kind.is(counterexample)) return "the kept case is no scenario"
    const { problems } = kind.run(counterexample)
    return problems.length === 0 ? undefined : problems.join("\n")
  }
})

const has = (value: unknown, field: string): boolean => typeof value === "object" && value !== null && field in value
const isSupervision = (value: unknown): value is SupervisionScenario => has(value, "policy") && has(value, "happenings")
const isKernel = (value: unknown): value is KernelScenario => has(value, "steps") && has(value, "mailbox")

/** What is checked of the running kernel: each by its own runs, so that a failure names the rule it breaks. */
const kernelProperty = (name: string, promise: string, floors: Readonly<Record<string, number>>): Property =>
  propertyOf({
    name,
    promise,
    scenarios: kernelScenarios,
    run: (scenario) => {
      const { problems, ...run } = runKernel(scenario)
      return { ...run, problems: problems.filter((problem) => problem.startsWith(`${name}: `)) }
    },
    is: isKernel,
    floors,
    medianFloor: 50
  })

const staticSupervision: Kind<SupervisionScenario> = {
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

const dynamicSupervision: Kind<SupervisionScenario> = {
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
    check({ ...kind, run: (scenario) => runSupervision(scenario, decision) }, runs, seed)
  )

export const supervisorProperties: ReadonlyArray<Property> = [
  ...[staticSupervision, dynamicSupervision].map((kind) => propertyOf(kind)),
  kernelProperty(
    "M6",
    "each accepted message is handled, returned to its asker, or a dead letter: exactly one of them",
    {
      restart: 0.2,
      "full mailbox": 0.1,
      "dead letter": 0.2,
      "mail kept through a restart": 0.1
    }
  ),
  kernelProperty("M1", "messages of one sender are handled in the order in which they were sent", { restart: 0.2 }),
  kernelProperty("W4", "a watcher is told of an end exactly once, and of a restart never", {
    notice: 0.2,
    restart: 0.2
  })
]
