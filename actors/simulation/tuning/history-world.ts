import * as Schema from "effect/Schema"
import { SubmitOptions, WorkerDefinition } from "../../../src/config/index.ts"
import type { RanLine, RecordedSession, RecordedWorker } from "../../../src/storage/index.ts"
import type { SimulationDefinition } from "../definition.ts"
import type { RecordedTask, TaskKind } from "../workload/index.ts"
import type { Fault } from "../world/fault.ts"
import type { SimulatedWorker } from "../world/worker-traits.ts"
import { recordedSpeeds } from "./recorded-speeds.ts"
import type { Stretch } from "./stretches.ts"

const isDefinition = Schema.is(WorkerDefinition)
const isOptions = Schema.is(SubmitOptions)

/** Checkpoints of fewer runs say nothing of their type. */
const leastCheckpointed = 0.5

/** The world in which a history took place: its workers as fast as they were, its tasks when they came. */
export class HistoryWorld {
  readonly #session: RecordedSession
  readonly #speeds: ReturnType<typeof recordedSpeeds>
  readonly #types: ReadonlySet<string>
  readonly #kinds: ReadonlyArray<TaskKind>
  readonly #workers = new Map<RecordedWorker, SimulatedWorker>()

  constructor(session: RecordedSession) {
    this.#session = session
    this.#speeds = recordedSpeeds(session)
    this.#types = new Set(session.runs.map(({ ran }) => ran))
    this.#kinds = kindsOf(session.runs, (run) => this.#workOf(run))
  }

  /** When runs arrived, in their order. Milliseconds since the opening. */
  get arrivals(): ReadonlyArray<number> {
    return this.#session.runs.map(({ at }) => at)
  }

  /** When the run at this place arrived. */
  arrivalOf(place: number): number {
    return this.#session.runs[place]?.at ?? 0
  }

  /** One stretch of it, its time beginning with the first run that warms up. */
  of({ warmFrom, until }: Stretch): Pick<SimulationDefinition, "workers" | "workload" | "faults"> {
    const { runs, workers } = this.#session
    const own = runs.slice(warmFrom, until)
    const begin = own[0]?.at ?? 0
    const end = own.at(-1)?.at ?? begin
    const present = workers.filter(({ joinedAt, leftAt = end + 1 }) => joinedAt <= begin && leftAt > begin)
    // Where nobody was there in time, whoever came first was there from the beginning.
    const first = present.length > 0 ? present : workers.slice(0, 1)
    const known = new Set(first.map(({ id }) => id))
    const late = workers.filter(({ id, joinedAt }) => {
      // One that comes back in the same stretch stays away: no id joins twice.
      if (joinedAt <= begin || joinedAt > end || known.has(id)) return false
      known.add(id)
      return true
    })
    return {
      workers: first.map((worker) => this.#workerOf(worker)),
      workload: {
        arrivals: { type: "replay", tasks: own.map((run) => this.#taskOf(run, begin)) },
        kinds: this.#kinds
      },
      faults: [
        ...late.map(
          (worker): Fault => ({
            type: "join",
            at: worker.joinedAt - begin,
            worker: this.#workerOf(worker)
          })
        ),
        ...[...first, ...late].flatMap(
          ({ id, leftAt }): ReadonlyArray<Fault> =>
            leftAt === undefined || leftAt > end ? [] : [{ type: "leave", at: leftAt - begin, worker: id }]
        )
      ]
    }
  }

  #workerOf(worker: RecordedWorker): SimulatedWorker {
    const known = this.#workers.get(worker)
    if (known !== undefined) return known
    const { id, definition } = worker
    const speed: Record<string, number> = { "*": this.#speeds.speedOf(id) }
    for (const type of this.#types) speed[type] = this.#speeds.speedOf(id, type)
    const made = { ...(isDefinition(definition) ? definition : {}), id, speed }
    this.#workers.set(worker, made)
    return made
  }

  #workOf({ ms, worker, ran }: RanLine): number {
    return ms * this.#speeds.speedOf(worker, ran)
  }

  #taskOf(run: RanLine, begin: number): RecordedTask {
    const { options, ran } = run
    return {
      at: run.at - begin,
      work: this.#workOf(run),
      type: ran,
      ...(isOptions(options) && { options })
    }
  }
}

/** Types whose runs saved their state, each as often as the middle one of them did. */
const kindsOf = (runs: ReadonlyArray<RanLine>, workOf: (run: RanLine) => number): ReadonlyArray<TaskKind> => {
  const byType = new Map<string, Array<RanLine>>()
  for (const run of runs) {
    const own = byType.get(run.ran) ?? []
    own.push(run)
    byType.set(run.ran, own)
  }
  return [...byType].flatMap(([type, own]): ReadonlyArray<TaskKind> => {
    const steps = own.flatMap((run) => (run.checkpoints === undefined ? [] : [workOf(run) / (run.checkpoints + 1)]))
    if (steps.length < leastCheckpointed * own.length) return []
    const checkpointEvery = steps.toSorted((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0
    return checkpointEvery > 0 ? [{ type, work: { type: "constant", ms: 0 }, checkpointEvery }] : []
  })
}
