import type { BallastEvent, BallastEventOf, BallastEventTag } from "../../../actors/index.ts"
import { Simulation, type WorldOptions } from "../../../actors/simulation/index.ts"
import { PartFaults } from "../../../actors/simulation/swarm/index.ts"
import type { WorkerTraits } from "../../../actors/simulation/world/worker-traits.ts"
import { Submitter } from "../../../actors/submitter.ts"
import type { FitRunner } from "../../../src/adaptation/index.ts"
import {
  type BallastOptions,
  type SubmitOptions,
  toSettings,
  toWorkerSpec,
  type WorkerDefinition
} from "../../../src/config/index.ts"
import { audit } from "../../../src/ledger/index.ts"
import type { Strategy, StrategyId } from "../../../src/placement/index.ts"
import { openMetrics } from "../../../src/storage/index.ts"

const machine = { cores: 4, memoryGiB: 8, storageGiB: 10, hostname: "host", nodeVersion: "24.0.0" }

/** Whatever comes goes to `w1`, however much that has. */
const crowded: Strategy = { id: "crowded", pick: () => "w1" }

/** Nothing goes wrong by itself. */
const quiet = { failures: 0, hangs: 0, crashes: 0, latency: 0, boot: 1, heeding: 1, heartbeatInterval: 1_000 } as const

interface Given {
  readonly options?: Omit<BallastOptions, "handlers">
  readonly world?: Partial<WorldOptions>
  readonly seed?: number
  readonly workers?: number
  readonly fitting?: FitRunner
  /** What workers have to give. Default: many slots. */
  readonly capacity?: WorkerDefinition["capacity"]
  /** What workers are like, beside their one core. */
  readonly traits?: Readonly<Record<string, WorkerTraits>>
  /** Default: whatever comes goes to `w1`. */
  readonly strategy?: Strategy | StrategyId
}

/**
 * The real runtime under virtual time: so many workers of one core and many slots, of which the first gets everything.
 * What is out of balance stays so until something is moved.
 */
export const crowdedWorld = async (given: Given = {}) => {
  const { options = {}, world = {}, seed = 1, workers = 3, fitting, traits = {} } = given
  const { capacity = { concurrent: 50 } } = given
  const simulation = await Simulation.start({
    seed,
    settings: toSettings({
      heartbeatInterval: 1_000,
      healthInterval: 1_000,
      ...options,
      adaptation: { checkInterval: 1_000, ...options.adaptation }
    }),
    strategy: given.strategy ?? crowded,
    store: openMetrics(),
    world: { ...quiet, ...world },
    ...(fitting && { fitting })
  })
  const { runtime, time, driver } = simulation
  const ids = Array.from({ length: workers }, (_, index) => `w${index + 1}`)
  for (const id of ids) {
    driver.describe(id, { cores: 1, ...traits[id] })
    time.fork(runtime.workforce.spawn(toWorkerSpec({ capacity }, id, machine, workers)))
  }
  const up = () => ids.every((id) => runtime.ledger.worker(id)?.phase === "up")
  if (!(await simulation.runUntil(up, 10_000)))
    throw new Error(`the workers do not come up: ${ids.map((id) => runtime.ledger.worker(id)?.phase).join(", ")}`)
  const events: Array<BallastEvent> = []
  runtime.bus.subscribe((event) => events.push(event))
  const submitter = new Submitter(runtime)
  let submitted = 0
  /** So many tasks of so much work, that say how long they take and save their state each half second. */
  const submit = (count: number, work: number, checkpointEvery = 500) =>
    Array.from({ length: count }, () => {
      submitted += 1
      const payload = { work, at: time.now, checkpointEvery }
      return submitter.submit("work", payload, { id: `t${submitted}`, expectedDuration: work }, true)
    })
  /** A task of which nobody knows how long it takes, nor how far it is; it saves its state each half second. */
  const serve = (work: number, more: SubmitOptions = {}) => {
    submitted += 1
    const id = `t${submitted}`
    submitter.submit("work", { work, at: time.now, checkpointEvery: 500, silent: true }, { id, ...more }, true)
    return id
  }
  const of = <Tag extends BallastEventTag>(tag: Tag): ReadonlyArray<BallastEventOf<Tag>> =>
    events.filter((event): event is BallastEventOf<Tag> => event._tag === tag)
  const isIdle = () => submitted === of("TaskCompleted").length
  return {
    simulation,
    runtime,
    driver,
    parts: new PartFaults(simulation),
    submit,
    serve,
    /** Until every task has completed; says whether that has come. */
    finish: (within = 3_600_000) => simulation.runUntil(isIdle, within),
    of,
    /** What does not hold once all is done. */
    leftOver: (): ReadonlyArray<string> => [
      ...audit(runtime.ledger),
      ...[...runtime.ledger.migrations.keys()].map((id) => `migration ${id} is under way`),
      ...repeated(of("TaskCompleted").map(({ taskId }) => taskId)).map((id) => `${id} completed twice`),
      ...(of("TaskCompleted").length === submitted ? [] : ["not every task has completed"])
    ]
  }
}

const repeated = (ids: ReadonlyArray<string>): ReadonlyArray<string> =>
  ids.filter((id, index) => ids.indexOf(id) !== index)
