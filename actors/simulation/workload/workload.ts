import * as Schema from "effect/Schema"
import type { Millis } from "../../../src/model/index.ts"
import { Arrivals, arrivalTimes, isClosed } from "./arrivals.ts"
import { chanceOf } from "./chance.ts"
import { samplerOf } from "./service-time.ts"
import { defaultType, type RecordedTask, type SimulatedTask } from "./task.ts"
import { TaskKind } from "./task-kind.ts"
import { makersOf, pickerOf, type TaskMaker } from "./task-maker.ts"

/** What there is to do: when tasks arrive, and of which kinds they are. A replay needs no kinds. */
export const Workload = Schema.Struct({ arrivals: Arrivals, kinds: Schema.Array(TaskKind) })
export type Workload = typeof Workload.Type

/** The types of the tasks that may arrive. */
export const typesOf = ({ arrivals, kinds }: Workload): ReadonlySet<string> =>
  new Set((arrivals.type === "replay" ? arrivals.tasks : kinds).map(({ type = defaultType }) => type))

/** A recorded task that no kind is like. */
const asRecorded = ({ at, work, type = defaultType, options = {} }: RecordedTask): SimulatedTask => ({
  at,
  type,
  work,
  options
})

function* replayed(tasks: ReadonlyArray<RecordedTask>, makers: ReadonlyMap<string, TaskMaker>) {
  for (const task of tasks) {
    const maker = makers.get(task.type ?? defaultType)
    yield maker === undefined ? asRecorded(task) : maker.make(task.at, task.work, task.options)
  }
}

function* drawn(times: Iterable<Millis>, makers: ReadonlyArray<TaskMaker>, pick: () => number) {
  for (const at of times) {
    const maker = makers[pick()]
    if (maker !== undefined) yield maker.make(at, maker.workTime())
  }
}

/**
 * The tasks in the order of arrival, each made when it is asked for; the same seed gives the same. When they arrive,
 * of which kind they are, how much work they are, what they declare and which keys they carry follow from the seed
 * each by itself: a change of the one leaves the others as they are. Of closed arrivals only the first `clients` have a
 * time, 0; the others are to follow as tasks end.
 *
 * @param workload one without `workloadProblems`
 * @param seed any text
 */
export function* tasksOf({ arrivals, kinds }: Workload, seed: string): Generator<SimulatedTask, void, undefined> {
  const makers = makersOf(kinds, seed)
  if (arrivals.type === "replay") {
    // Of several kinds of the same type, the first.
    const byType = new Map(makers.map((maker, i) => [kinds[i]?.type ?? defaultType, maker] as const).reverse())
    yield* replayed(arrivals.tasks, byType)
    return
  }
  const times = arrivalTimes(arrivals, chanceOf(`${seed}/arrivals`))
  yield* drawn(times, makers, pickerOf(kinds, chanceOf(`${seed}/kinds`)))
}

/** How long clients think between the end of a task and their next, at each call; 0 where they don't. */
export const thinkTimes = (arrivals: Arrivals, seed: string): (() => Millis) => {
  const think = isClosed(arrivals) ? arrivals.think : undefined
  return think === undefined ? () => 0 : samplerOf(think, chanceOf(`${seed}/think`))
}
