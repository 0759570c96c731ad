import { Simulation, type WorldOptions } from "../../actors/simulation/index.ts"
import { Submitter } from "../../actors/submitter.ts"
import {
  type BallastOptions,
  type SubmitOptions,
  toSettings,
  toWorkerSpec,
  type WorkerDefinition
} from "../../src/config/index.ts"
import { openMetrics } from "../../src/storage/index.ts"

const machine = { cores: 4, memoryGiB: 8, storageGiB: 10, hostname: "host", nodeVersion: "24.0.0" }

interface Given {
  readonly options?: Omit<BallastOptions, "handlers">
  readonly world?: Partial<WorldOptions>
  /** Slots of each worker. Default: one worker with one slot. */
  readonly slots?: ReadonlyArray<number>
  readonly restart?: WorkerDefinition["restart"]
  readonly seed?: number
}

/** Nothing goes wrong by itself, and a run takes at most so long. */
export const runsOf = (ms: number): Partial<WorldOptions> => ({
  step: ms,
  checkpoints: 0,
  failures: 0,
  hangs: 0,
  crashes: 0,
  latency: 0,
  boot: 1
})

/** A day: what is submitted first holds its slot for as long as a test takes, unless it is cancelled. */
export const long = 86_400_000

/** The real runtime under virtual time, its workers up. `submit` and `trySubmit` return once that has been dealt with. */
export const simulated = async (given: Given = {}) => {
  const { options = {}, world = runsOf(long), slots = [1], restart = {}, seed = 1 } = given
  const simulation = await Simulation.start({
    seed,
    settings: toSettings(options),
    strategy: "least_connections",
    store: openMetrics(),
    world
  })
  const { runtime, time } = simulation
  const submitter = new Submitter(runtime)
  for (const [index, concurrent] of slots.entries()) {
    const spec = toWorkerSpec({ capacity: { concurrent }, restart }, `w${index + 1}`, machine, slots.length)
    time.fork(runtime.workforce.spawn(spec))
  }
  const up = () => [...runtime.ledger.workers.values()].filter(({ phase }) => phase === "up").length === slots.length
  if (!(await simulation.runUntil(up, 10_000))) throw new Error("the workers do not come up")
  const submitWith =
    (wait: boolean) =>
    async (id: string, given: SubmitOptions = {}, payload: unknown = null) => {
      const handle = submitter.submit("work", payload, { id, ...given }, wait)
      await simulation.settle()
      return handle
    }
  return { simulation, runtime, submitter, submit: submitWith(true), trySubmit: submitWith(false) }
}
