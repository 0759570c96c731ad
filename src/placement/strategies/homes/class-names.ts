import { Generations } from "../../../collections/index.ts"
import type { TaskSpec } from "../../../model/index.ts"
import { hintsOf } from "../keyed/routing-key.ts"

/** Models whose names are kept, for each of so many types. */
const keptModels = 1_024
const keptTypes = 256

const none: ReadonlyArray<string> = []

/** The classes of tasks that are likely to run alike: by type, model and affinity hints. */
export class ClassNames {
  readonly #familyOf: (model: string) => string
  /** Of tasks without hints, by type and model: most are, and names cost more to make than to find. */
  readonly #known = new Generations<string, Generations<string, ReadonlyArray<string>>>(keptTypes)
  #latest: TaskSpec | undefined
  #ofLatest = none

  constructor(familyOf: (model: string) => string) {
    this.#familyOf = familyOf
  }

  /** The class a task is of, and that of its model's family where it has a model; none where it has neither model nor hints. */
  of(task: TaskSpec): ReadonlyArray<string> {
    if (task === this.#latest) return this.#ofLatest
    const { type, model, affinity } = task
    if (model === undefined && affinity === undefined) return none
    const names = affinity === undefined && model !== undefined ? this.#find(type, model, task) : this.#make(task)
    this.#latest = task
    this.#ofLatest = names
    return names
  }

  #find(type: string, model: string, task: TaskSpec): ReadonlyArray<string> {
    let ofType = this.#known.get(type)
    if (ofType === undefined) {
      ofType = new Generations(keptModels)
      this.#known.set(type, ofType)
    }
    let names = ofType.get(model)
    if (names === undefined) {
      names = this.#make(task)
      ofType.set(model, names)
    }
    return names
  }

  #make(task: TaskSpec): ReadonlyArray<string> {
    const { type, model } = task
    const hints = hintsOf(task)
    const own = JSON.stringify([type, model ?? "", hints])
    return model === undefined ? [own] : [own, JSON.stringify([type, "family", this.#familyOf(model), hints])]
  }
}
