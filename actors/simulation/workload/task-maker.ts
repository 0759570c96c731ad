import type { SubmitOptions } from "../../../src/config/index.ts"
import type { Millis } from "../../../src/model/index.ts"
import { type Chance, chanceOf } from "./chance.ts"
import { samplerOf } from "./service-time.ts"
import { defaultType, type SimulatedTask } from "./task.ts"
import type { TaskKind } from "./task-kind.ts"

/** Makes the tasks of one kind; each thing about them is drawn from numbers of its own. */
export interface TaskMaker {
  readonly workTime: () => Millis
  /** `own`: options that this task alone has. */
  readonly make: (at: Millis, work: Millis, own?: SubmitOptions) => SimulatedTask
}

const noOptions: SubmitOptions = {}

const keyed = (type: string, keys: NonNullable<TaskKind["keys"]>, chance: Chance): (() => SubmitOptions) => {
  const limit = keys.limit === undefined ? noOptions : { concurrencyLimit: keys.limit }
  return () => {
    const carries = chance() < keys.share
    const key = Math.floor(chance() * keys.count)
    return carries ? { concurrencyKey: `${type}-${key}`, ...limit } : noOptions
  }
}

/** What the kind adds to the options of one task; nothing where it is all the same to it. */
const optionsMaker = (
  { declared, keys }: TaskKind,
  type: string,
  name: string
): ((work: Millis) => SubmitOptions) | undefined => {
  const key = keys && keyed(type, keys, chanceOf(`${name}/keys`))
  if (declared === undefined) return key
  const { error } = declared
  const chance = chanceOf(`${name}/declared`)
  const declare = (work: Millis): number => work * (1 + error * (2 * chance() - 1))
  return key === undefined
    ? (work) => ({ expectedDuration: declare(work) })
    : (work) => ({ expectedDuration: declare(work), ...key() })
}

/** `name`: that from which the numbers follow. */
const makerOf = (kind: TaskKind, name: string): TaskMaker => {
  const { type = defaultType, options = noOptions, checkpointEvery, stateBytes } = kind
  const added = optionsMaker(kind, type, name)
  const checkpoints = {
    ...(checkpointEvery !== undefined && { checkpointEvery }),
    ...(stateBytes !== undefined && { stateBytes })
  }
  const optionsOf = (work: Millis, own: SubmitOptions | undefined): SubmitOptions => {
    if (added === undefined) return own === undefined ? options : { ...options, ...own }
    return { ...options, ...added(work), ...own }
  }
  return {
    workTime: samplerOf(kind.work, chanceOf(`${name}/work`)),
    make: (at, work, own) => ({ at, type, work, options: optionsOf(work, own), ...checkpoints })
  }
}

/**
 * One for each kind, whose numbers follow from the seed, its type and how many of that type stand before it: another
 * kind beside it changes none of them.
 */
export const makersOf = (kinds: ReadonlyArray<TaskKind>, seed: string): ReadonlyArray<TaskMaker> => {
  const seen = new Map<string, number>()
  return kinds.map((kind) => {
    const { type = defaultType } = kind
    const nth = seen.get(type) ?? 0
    seen.set(type, nth + 1)
    return makerOf(kind, `${seed}/${type}/${nth}`)
  })
}

/** Draws the place of a kind in the list, each by its share. */
export const pickerOf = (kinds: ReadonlyArray<TaskKind>, chance: Chance): (() => number) => {
  let total = 0
  const bounds = kinds.map(({ share = 1 }) => {
    total += share
    return total
  })
  return () => {
    const point = chance() * total
    return bounds.findIndex((bound) => point < bound)
  }
}
