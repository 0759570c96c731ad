import * as fc from "fast-check"
import { type KernelScenario, runKernel } from "./kernel-run.ts"
import { type Failure, median, type Property, type PropertyReport } from "./property.ts"
import { type Happening, runSupervision, type SupervisionScenario } from "./supervision-model.ts"

interface Run {
  readonly problems: ReadonlyArray<string>
  readonly commands: number
  readonly reached: ReadonlySet<string>
}

const restartType = fc.constantFrom("permanent", "transient", "temporary")
const child = fc.nat({ max: 5 })

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant("obeys"), child, well: fc.boolean().map((no) => !no) }) },
  { weight: 20, arbitrary: fc.record({ kind: fc.constant("obeys"), child, well: fc.constant(true) }) },
  { weight: 9, arbitrary: fc.record({ kind: fc.constant("fails"), child, counts: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("ends"), child }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom("terminate", "restart", "restart", "delete"), child }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("add"), restart: restartType }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("passes"), ms: fc.constantFrom(0, 1, 20, 50, 100, 300) }) }
)

const supervisionScenarios: fc.Arbitrary<SupervisionScenario> = fc
  .record({
    policy: fc.record({
      strategy: fc.constantFrom("one-for-one", "rest-for-one"),
      maxRestarts: fc.constantFrom(0, 3, 20, 1_000, 1_000),
      window: fc.constantFrom(100, 1_000)
    }),
    children: fc.array(fc.record({ restart: restartType, backoff: fc.boolean() }), { minLength: 1, maxLength: 5 }),
    // A good start, more often than chance would have it: most of what is to be seen comes after it.
    startsWell: fc.integer({ min: 0, max: 9 }).map((draw) => draw < 9),
    happenings: fc.array(happening, { minLength: 150, maxLength: 350, size: "max" }),
    stop: fc.boolean()
  })
  .map(({ policy, children, startsWell, happenings, stop }) => {
    const obey = (index: number): Happening => ({ kind: "obeys", child: index, well: true })
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

export const supervisorProperties: ReadonlyArray<Property> = [
  propertyOf({
    name: "supervision",
    promise: "the supervisor's decisions are those of a naive model (S1–S6, S8, S10, S11, S13)",
    scenarios: supervisionScenarios,
    run: runSupervision,
    is: isSupervision,
    floors: {
      restart: 0.2,
      "group restart": 0.1,
      "gave up": 0.05,
      backoff: 0.1,
      "failure during a restart": 0.05,
      "failure while its group restarts": 0.01,
      "terminate between two lives": 0.02,
      "stop in the middle": 0.1,
      "stale timer": 0.001
    },
    medianFloor: 50
  }),
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
