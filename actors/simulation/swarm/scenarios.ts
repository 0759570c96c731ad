import * as fc from "fast-check"
import type { WorkerId, WorkerSpec } from "../../../src/model/index.ts"
import { plainDrafts, taskDrafts, workerSpecs } from "../../../src/testing/index.ts"
import {
  decidedPhases,
  type FaultSite,
  faultSites,
  misreports,
  runSteps,
  type SwarmAction,
  type SwarmCommand,
  type SwarmMode,
  type SwarmScenario,
  strategyFaults
} from "./action.ts"
import { swarmStrategies } from "./swarm-strategies.ts"

const hour = 3_600_000

const pick = fc.nat({ max: 63 })

/** Small workers, of which some are soon given up on. */
const workersOf = (...ids: ReadonlyArray<string>): fc.Arbitrary<WorkerSpec> =>
  fc
    .tuple(workerSpecs(fc.constantFrom(...ids)), fc.constantFrom(1, 5, 5))
    .map(([spec, maxRestarts]) => ({ ...spec, restart: { ...spec.restart, maxRestarts } }))

const workers = workersOf("w0", "w1", "w2", "w3")
const guests = workersOf("w3", "w4", "w5", "w6", "w7")

const tagged = <Tag extends SwarmAction["_tag"]>(tag: Tag): { readonly _tag: fc.Arbitrary<Tag> } => ({
  _tag: fc.constant(tag)
})

const sites: fc.Arbitrary<FaultSite> = fc.oneof(
  fc.constantFrom(...faultSites.coordination).map((part) => ({ in: "coordination" as const, part })),
  { weight: 2, arbitrary: fc.constantFrom(...faultSites.ledger).map((part) => ({ in: "ledger" as const, part })) }
)

/** From a moment to longer than a silent worker is put up with. */
const spans = fc.constantFrom(5, 50, 500, 5_000, 70_000)

const waits = fc.constantFrom(true, true, false)

type Drafts = typeof taskDrafts

const submissions: fc.Arbitrary<SwarmAction> = fc.record(
  { ...tagged("Submit"), draft: taskDrafts, timeout: fc.integer({ min: 5, max: 200 }), wait: waits },
  { requiredKeys: ["_tag", "draft", "wait"] }
)

/** Of tasks that can be sent ahead. */
const plainSubmissions: fc.Arbitrary<SwarmAction> = fc.record({ ...tagged("Submit"), draft: plainDrafts, wait: waits })

/** Of tasks that say how long they take, or don't, and would mostly run on one worker. */
const longDrafts: Drafts = fc
  .tuple(
    plainDrafts,
    fc.constantFrom<ReadonlyArray<WorkerId>>(["w0"], ["w0"], []),
    fc.constantFrom(500, 5_000, undefined)
  )
  .map(([draft, preferredWorkers, expectedDuration]) => {
    const { deadlineIn: _1, queueTimeout: _2, expectedDuration: _3, ...rest } = draft
    return { ...rest, preferredWorkers, ...(expectedDuration !== undefined && { expectedDuration }) }
  })

const longSubmissions: fc.Arbitrary<SwarmAction> = fc.record({ ...tagged("Submit"), draft: longDrafts, wait: waits })

const crashes: fc.Arbitrary<SwarmAction> = fc.record(
  {
    ...tagged("Crash"),
    worker: pick,
    aim: fc.constantFrom("any", "moving", "moving"),
    culprits: fc.nat({ max: 2 })
  },
  { requiredKeys: ["_tag", "worker", "aim"] }
)

/** What befalls threads. */
const threadFaults: fc.Arbitrary<SwarmAction> = fc.oneof(
  { weight: 4, arbitrary: crashes },
  {
    weight: 8,
    arbitrary: fc.record({
      ...tagged("CrashAt"),
      // Runs move more rarely than they begin and end.
      step: fc.constantFrom(...runSteps, "offered", "yielded", "moved", "moved"),
      who: fc.constantFrom("source", "target"),
      what: fc.constantFrom("thread", "thread", "thread", "node", "node", "mover")
    })
  },
  { weight: 1, arbitrary: fc.record({ ...tagged("KillNode"), worker: pick }) },
  { weight: 1, arbitrary: fc.record({ ...tagged("OutOfMemory"), worker: pick }) },
  { weight: 1, arbitrary: fc.record({ ...tagged("Death"), worker: pick }) },
  { weight: 2, arbitrary: fc.record({ ...tagged("Hang"), worker: pick, for: spans }) },
  {
    weight: 1,
    arbitrary: fc.record({ ...tagged("Slow"), worker: pick, factor: fc.constantFrom(0.1, 0.5), for: spans })
  },
  {
    weight: 1,
    arbitrary: fc.record({
      ...tagged("Flap"),
      worker: pick,
      times: fc.integer({ min: 3, max: 12 }),
      every: fc.constantFrom(5, 500, 5_000)
    })
  },
  { weight: 1, arbitrary: fc.record({ ...tagged("Limit"), worker: pick, fewer: fc.integer({ min: 1, max: 3 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ ...tagged("Phase"), worker: pick, event: fc.constantFrom(...decidedPhases, "rest") })
  },
  { weight: 1, arbitrary: fc.record({ ...tagged("Mute"), worker: pick, for: spans }) },
  { weight: 1, arbitrary: fc.record({ ...tagged("LateBeats"), worker: pick, by: spans, for: spans }) }
)

/** What befalls the runtime itself and its machine. */
const runtimeFaults: fc.Arbitrary<SwarmAction> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ ...tagged("KillCoordinator"), site: sites, after: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      ...tagged("StrategyFault"),
      how: fc.constantFrom(...strategyFaults),
      times: fc.integer({ min: 2, max: 6 })
    })
  },
  {
    weight: 3,
    arbitrary: fc.record({
      ...tagged("KillPart"),
      part: pick,
      skip: fc.constantFrom(0, 0, 1, 3),
      after: fc.boolean(),
      times: fc.constantFrom(1, 1, 1, 8)
    })
  },
  { weight: 1, arbitrary: fc.record({ ...tagged("Misreport"), worker: pick, what: fc.constantFrom(...misreports) }) },
  { weight: 1, arbitrary: fc.record({ ...tagged("WallClock"), by: fc.constantFrom(hour, -hour, 17, -17) }) }
)

const migrations: fc.Arbitrary<SwarmAction> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ ...tagged("Migrate"), run: pick, worker: pick }) },
  {
    weight: 6,
    arbitrary: fc.record({ ...tagged("MigrateLate"), run: pick, worker: pick, after: fc.constantFrom(0, 5, 50, 500) })
  },
  { weight: 1, arbitrary: fc.record({ ...tagged("Abandon"), migration: pick }) }
)

const comings: fc.Arbitrary<SwarmAction> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ ...tagged("AddWorker"), worker: workers }) },
  {
    weight: 4,
    arbitrary: fc.record({ _tag: fc.constantFrom("Drain", "Retire", "Restart", "Restart"), worker: pick })
  },
  {
    weight: 1,
    arbitrary: fc.record({
      ...tagged("Storm"),
      join: fc.array(guests, { maxLength: 4 }),
      leave: fc.array(pick, { maxLength: 3 })
    })
  }
)

/** One action; the weights keep workers busy, and the coordinator alive. */
const actionsWith = (submitted: fc.Arbitrary<SwarmAction>, drafts: Drafts): fc.Arbitrary<SwarmAction> =>
  fc.oneof(
    { weight: 34, arbitrary: submitted },
    {
      weight: 1,
      arbitrary: fc.record({ ...tagged("Burst"), draft: drafts, count: fc.integer({ min: 2, max: 20 }), wait: waits })
    },
    { weight: 26, arbitrary: fc.record({ ...tagged("Advance"), by: fc.nat({ max: 40 }) }) },
    { weight: 2, arbitrary: fc.record({ ...tagged("Advance"), by: fc.nat({ max: 3_000 }) }) },
    // Long enough to notice that a worker says nothing any more.
    { weight: 1, arbitrary: fc.record({ ...tagged("Advance"), by: fc.constantFrom(10_000, 100_000) }) },
    { weight: 5, arbitrary: fc.record({ ...tagged("Cancel"), task: pick }) },
    { weight: 20, arbitrary: migrations },
    { weight: 10, arbitrary: threadFaults },
    { weight: 4, arbitrary: runtimeFaults },
    { weight: 3, arbitrary: comings }
  )

export interface ScenarioOptions {
  /** How it ends. Default: one in four is stopped. */
  readonly mode?: SwarmMode
  /** Default 150. */
  readonly maxCommands?: number
}

/** Whole scenarios: two or three small workers, and up to so many commands. */
export const swarmScenarios = (options: ScenarioOptions = {}): fc.Arbitrary<SwarmScenario> =>
  fc.oneof(
    { weight: 3, arbitrary: scenariosOf(actionsWith(submissions, taskDrafts), 50, options) },
    { weight: 2, arbitrary: scenariosOf(actionsWith(plainSubmissions, plainDrafts), 6, options) },
    { weight: 1, arbitrary: unevenScenarios(options) }
  )

/** Workers of unlike speed, longer runs that save often, most wished to one worker: there is something to even out. */
const unevenScenarios = (options: ScenarioOptions): fc.Arbitrary<SwarmScenario> =>
  fc
    .tuple(
      scenariosOf(actionsWith(longSubmissions, longDrafts), 500, options),
      fc.tuple(...["w0", "w1", "w2", "w3"].map(() => fc.constantFrom(0.1, 0.5, 1, 1, 4))),
      fc.constantFrom(500, 2_000),
      fc.constantFrom(undefined, { min: 1, max: 3 }, { min: 2, max: 5 })
    )
    .map(([scenario, speeds, checkInterval, pool]) => ({
      ...(pool !== undefined && { pool }),
      ...scenario,
      commands: scenario.commands.map(stretched),
      checkpoints: 20,
      speeds: Object.fromEntries(speeds.map((speed, index) => [`w${index}`, speed])),
      checkInterval
    }))

/** The same in a world in which runs take seconds. */
const stretched = (command: SwarmCommand): SwarmCommand =>
  command.action._tag === "Advance" && command.action.by <= 40
    ? { ...command, action: { ...command.action, by: command.action.by * 25 } }
    : command

const scenariosOf = (
  actions: fc.Arbitrary<SwarmAction>,
  step: number,
  { mode, maxCommands = 150 }: ScenarioOptions
): fc.Arbitrary<SwarmScenario> =>
  fc.record({
    seed: fc.nat(),
    strategy: fc.constantFrom(...swarmStrategies),
    maxQueue: fc.constantFrom(1_000, 1_000, 4),
    ageing: fc.constantFrom(200, 30_000),
    workers: fc.uniqueArray(workers, { minLength: 2, maxLength: 3, selector: ({ id }) => id }),
    commands: fc.array(fc.record({ action: actions, turns: fc.constantFrom(0, 1, 2, 3, 5, 8, 20) }), {
      maxLength: maxCommands,
      size: "max"
    }),
    stopsAtOnce: mode === undefined ? fc.constantFrom(false, false, false, true) : fc.constant(mode === "safety"),
    stopsAfter: fc.constantFrom(0, 0, 20, 2_000, 100_000),
    rests: fc.constantFrom(0, 60_000),
    step: fc.constant(step)
  })

/** Seeds that follow one another have nothing in common after this. */
const scattered = (seed: number): number => {
  let hash = (seed | 0) + 0x9e3779b9
  hash = Math.imul(hash ^ (hash >>> 16), 0x21f0aaad)
  hash = Math.imul(hash ^ (hash >>> 15), 0x735a2d97)
  return (hash ^ (hash >>> 15)) | 0
}

/** fast-check's parameters for the one scenario of a seed. */
export const onlyOf = (seed: number) => ({ seed: scattered(seed), numRuns: 1 }) as const

/** The same for a seed whether it is drawn alone, or broken and made smaller. */
export const unbiased = (mode: SwarmMode): fc.Arbitrary<SwarmScenario> => fc.noBias(swarmScenarios({ mode }))

/** The scenario of a seed. */
export const scenarioOf = (mode: SwarmMode, seed: number): SwarmScenario => {
  const [scenario] = fc.sample(unbiased(mode), onlyOf(seed))
  if (scenario === undefined) throw new Error(`there is no scenario of seed ${seed}`)
  return scenario
}
