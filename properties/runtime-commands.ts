import * as fc from "fast-check"
import type { WorkerSpec } from "../src/model/index.ts"
import { plainDrafts, type TaskDraft, taskDrafts, workerSpecs } from "../src/testing/index.ts"

/** Numbers that name tasks, workers and runs: each is taken modulo how many there are at that moment. */
type Pick = number

/** Where the coordinator's handler fails once: in what it does itself, or in what it asks of the ledger. */
export const faultSites = {
  coordination: ["nodeReady", "nodeGone", "reports", "workerFailed", "settle"],
  ledger: ["accept", "place", "complete", "fail", "requeue", "cancel", "workerLost", "due", "checkpoint", "released"]
} as const

export type FaultSite =
  | { readonly in: "coordination"; readonly part: (typeof faultSites.coordination)[number] }
  | { readonly in: "ledger"; readonly part: (typeof faultSites.ledger)[number] }

/** What is asked of a runtime, or befalls it; plain data, so that it can be shrunk, kept in a file and run again. */
export type RuntimeAction =
  | { readonly _tag: "Submit"; readonly draft: TaskDraft; readonly timeout?: number; readonly wait: boolean }
  | { readonly _tag: "Cancel"; readonly task: Pick }
  | {
      readonly _tag: "Crash"
      readonly worker: Pick
      /** `moving`: the source or target of a migration, where one is under way. */
      readonly aim: "any" | "moving"
      /** How many of its runs are to blame; absent where that is unknown. */
      readonly culprits?: number
    }
  /** The node's own handler throws, the next time it speaks to its thread. */
  | { readonly _tag: "KillNode"; readonly worker: Pick }
  /** The coordinator's handler throws, the next time it comes there: before anything is done, or after. */
  | { readonly _tag: "KillCoordinator"; readonly site: FaultSite; readonly after: boolean }
  | { readonly _tag: "Migrate"; readonly run: Pick; readonly worker: Pick }
  | { readonly _tag: "Abandon"; readonly migration: Pick }
  | { readonly _tag: "AddWorker"; readonly worker: WorkerSpec }
  | { readonly _tag: "Drain" | "Retire" | "Restart"; readonly worker: Pick }
  | { readonly _tag: "Advance"; readonly by: number }

export interface RuntimeCommand {
  readonly action: RuntimeAction
  /** Turns that are taken before the next command comes. */
  readonly turns: number
}

export interface RuntimeScenario {
  /** What the order of turns, the threads' fates and every jitter follow from. */
  readonly seed: number
  readonly strategy: "least_connections" | "round_robin" | "weighted_capacity" | "performance_based"
  readonly maxQueue: number
  readonly ageing: number
  readonly workers: ReadonlyArray<WorkerSpec>
  readonly commands: ReadonlyArray<RuntimeCommand>
  /** Whether the runtime is stopped in the midst of it all, or left to end what it has taken in. */
  readonly stopsAtOnce: boolean
  /** The longest step of a run, in milliseconds; the world's own where it is left out. */
  readonly step?: number
}

const pick = fc.nat({ max: 63 })
const workerIds = fc.constantFrom("w0", "w1", "w2", "w3")

/** Small workers, of which some are soon given up on. */
const workers: fc.Arbitrary<WorkerSpec> = fc
  .tuple(workerSpecs(workerIds), fc.constantFrom(1, 5, 5))
  .map(([spec, maxRestarts]) => ({ ...spec, restart: { ...spec.restart, maxRestarts } }))

const tagged = <Tag extends RuntimeAction["_tag"]>(tag: Tag): { readonly _tag: fc.Arbitrary<Tag> } => ({
  _tag: fc.constant(tag)
})

const sites: fc.Arbitrary<FaultSite> = fc.oneof(
  fc.constantFrom(...faultSites.coordination).map((part) => ({ in: "coordination" as const, part })),
  fc.constantFrom(...faultSites.ledger).map((part) => ({ in: "ledger" as const, part }))
)

const submissions: fc.Arbitrary<RuntimeAction> = fc.record(
  {
    ...tagged("Submit"),
    draft: taskDrafts,
    timeout: fc.integer({ min: 5, max: 200 }),
    wait: fc.constantFrom(true, true, false)
  },
  { requiredKeys: ["_tag", "draft", "wait"] }
)

/** Of tasks that can be sent ahead. */
const plainSubmissions: fc.Arbitrary<RuntimeAction> = fc.record({
  ...tagged("Submit"),
  draft: plainDrafts,
  wait: fc.constantFrom(true, true, false)
})

/** One action; the weights keep workers busy, and the coordinator alive. */
const actionsWith = (submitted: fc.Arbitrary<RuntimeAction>): fc.Arbitrary<RuntimeAction> =>
  fc.oneof(
    { weight: 34, arbitrary: submitted },
    { weight: 26, arbitrary: fc.record({ ...tagged("Advance"), by: fc.nat({ max: 40 }) }) },
    { weight: 2, arbitrary: fc.record({ ...tagged("Advance"), by: fc.nat({ max: 3_000 }) }) },
    { weight: 5, arbitrary: fc.record({ ...tagged("Cancel"), task: pick }) },
    { weight: 14, arbitrary: fc.record({ ...tagged("Migrate"), run: pick, worker: pick }) },
    { weight: 1, arbitrary: fc.record({ ...tagged("Abandon"), migration: pick }) },
    {
      weight: 4,
      arbitrary: fc.record(
        {
          ...tagged("Crash"),
          worker: pick,
          aim: fc.constantFrom("any", "moving", "moving"),
          culprits: fc.nat({ max: 2 })
        },
        { requiredKeys: ["_tag", "worker", "aim"] }
      )
    },
    { weight: 1, arbitrary: fc.record({ ...tagged("KillNode"), worker: pick }) },
    {
      weight: 2,
      arbitrary: fc.record({
        ...tagged("KillCoordinator"),
        site: sites,
        after: fc.boolean()
      })
    },
    { weight: 1, arbitrary: fc.record({ ...tagged("AddWorker"), worker: workers }) },
    {
      weight: 2,
      arbitrary: fc.record({ _tag: fc.constantFrom("Drain", "Retire", "Restart", "Restart"), worker: pick })
    }
  )

/** Whole scenarios: two or three small workers, and up to so many commands. */
export const runtimeScenarios = ({
  maxCommands = 150
}: {
  readonly maxCommands?: number
} = {}): fc.Arbitrary<RuntimeScenario> =>
  fc.oneof(
    { weight: 3, arbitrary: scenariosOf(actionsWith(submissions), maxCommands, 50) },
    { weight: 2, arbitrary: scenariosOf(actionsWith(plainSubmissions), maxCommands, 6) }
  )

const scenariosOf = (
  actions: fc.Arbitrary<RuntimeAction>,
  maxCommands: number,
  step: number
): fc.Arbitrary<RuntimeScenario> =>
  fc.record({
    seed: fc.nat(),
    strategy: fc.constantFrom("least_connections", "round_robin", "weighted_capacity", "performance_based"),
    maxQueue: fc.constantFrom(1_000, 1_000, 4),
    ageing: fc.constantFrom(200, 30_000),
    workers: fc.uniqueArray(workers, { minLength: 2, maxLength: 3, selector: ({ id }) => id }),
    commands: fc.array(fc.record({ action: actions, turns: fc.constantFrom(0, 1, 2, 3, 5, 8, 20) }), {
      maxLength: maxCommands,
      size: "max"
    }),
    stopsAtOnce: fc.constantFrom(false, false, false, true),
    step: fc.constant(step)
  })
