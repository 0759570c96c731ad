import { type SubmitOptions, toMillis, toSettings } from "../../src/config/index.ts"
import { InvalidOptions, type Millis, type Problem, type TaskId } from "../../src/model/index.ts"
import type { Strategy, StrategyId } from "../../src/placement/index.ts"
import { openMetrics } from "../../src/storage/index.ts"
import type { VirtualTime } from "../../src/virtual-time/index.ts"
import { isProblem, toStrategy } from "../strategy-option.ts"
import { Submitter } from "../submitter.ts"
import { definitionProblems, type SimulationDefinition, workloadsOf } from "./definition.ts"
import { lookAt } from "./look.ts"
import { Observer } from "./observer.ts"
import type { Outcome } from "./outcome.ts"
import { Simulation } from "./simulation.ts"
import type { Job } from "./threads/job.ts"
import { ClosedTraffic, OpenTraffic, type Submit, type Traffic } from "./traffic.ts"
import {
  chanceOf,
  isClosed,
  type SimulatedTask,
  tasksOf,
  thinkTimes,
  typesOf,
  type Workload
} from "./workload/index.ts"
import { befall, join } from "./world/befall.ts"
import { namedWorkers } from "./world/simulated-workers.ts"
import { quietWorld } from "./world/world-options.ts"

/** Virtual milliseconds without a begin or an end of anything after which nothing more is expected. */
const patience = 600_000

const makeStrategy = ({ strategy, seed = 0 }: SimulationDefinition): Strategy | StrategyId | Problem =>
  toStrategy(typeof strategy === "function" ? strategy(chanceOf(`${seed}/strategy`)) : strategy)

const isPlain = (options: SubmitOptions): boolean => Object.keys(options).length === 0

/** Submits a task as any caller would. */
const submitWith =
  (submitter: Submitter): Submit =>
  ({ at, type, work, options, checkpointEvery, stateBytes }: SimulatedTask): TaskId => {
    const job: Job = {
      work,
      at,
      ...(checkpointEvery !== undefined && { checkpointEvery }),
      ...(stateBytes !== undefined && { stateBytes })
    }
    return submitter.submit(type, job, isPlain(options) ? undefined : options, true).id
  }

const trafficOf = (workload: Workload, seed: string, { time }: Simulation, submit: Submit): Traffic => {
  const { arrivals } = workload
  const tasks = tasksOf(workload, seed)
  if (!isClosed(arrivals)) return new OpenTraffic(time, tasks, submit)
  return new ClosedTraffic(time, tasks, submit, { clients: arrivals.clients, think: thinkTimes(arrivals, seed) })
}

/** Has it done now, and again and again after so many milliseconds. */
const every = (time: VirtualTime, ms: Millis, look: () => void): void => {
  look()
  time.after(ms, () => every(time, ms, look))
}

/**
 * Runs a world in virtual time, the real runtime in it, and says what came of it. The same definition and seed give the
 * same outcome and the same events, to the byte.
 *
 * @throws InvalidOptions all that is wrong with the definition, path and hint each
 */
export const simulate = async (definition: SimulationDefinition): Promise<Outcome> => {
  const { seed = 0, options = {}, faults = [], world, until, permute = false, runner, onEvent, watch } = definition
  const strategy = makeStrategy(definition)
  const problems = [...definitionProblems(definition), ...(isProblem(strategy) ? [strategy] : [])]
  if (problems.length > 0 || isProblem(strategy)) throw new InvalidOptions({ problems })
  const workloads = workloadsOf(definition)
  const store = openMetrics()
  const simulation = await Simulation.start({
    seed,
    settings: toSettings(options),
    strategy,
    store,
    world: {
      ...quietWorld,
      ...(options.heartbeatInterval !== undefined && { heartbeatInterval: toMillis(options.heartbeatInterval) }),
      ...world
    },
    permute,
    ...(runner !== undefined && { runner })
  })
  const { runtime, driver, time } = simulation
  driver.handlers = [...new Set(workloads.flatMap((workload) => [...typesOf(workload)]))]
  const observer = new Observer((taskId) => {
    for (const each of traffic) each.ended(taskId)
  })
  runtime.bus.subscribe(observer.onEvent)
  if (onEvent !== undefined) runtime.bus.subscribe(onEvent)
  for (const worker of namedWorkers(definition.workers)) join(simulation, worker)
  await simulation.settle()

  const submit = submitWith(new Submitter(runtime))
  const traffic = workloads.map((workload, index) => trafficOf(workload, `${seed}/${index}`, simulation, submit))
  for (const each of traffic) each.start()
  let faultsToCome = faults.length
  for (const fault of faults) {
    time.after(fault.at, () => {
      faultsToCome -= 1
      befall(simulation, fault)
    })
  }
  if (watch !== undefined) every(time, toMillis(watch.every), () => watch.look(lookAt(simulation)))

  const isOver = (): boolean => {
    if (traffic.some((each) => !each.isOver)) return false
    if (runtime.handles.unsettled === 0) return true
    if (faultsToCome > 0 || time.now - observer.progressAt <= patience) return false
    return driver.alive.every(({ working }) => working === 0)
  }
  await simulation.runUntil(isOver, until === undefined ? Number.POSITIVE_INFINITY : toMillis(until))
  const outcome = observer.outcome(
    simulation,
    seed,
    traffic.reduce((sum, { arrived }) => sum + arrived, 0)
  )
  await simulation.stop()
  await store.close()
  return outcome
}
