import { type TaskRecord, unmetEver } from "../../src/ledger/index.ts"
import type { Millis, Requirements } from "../../src/model/index.ts"
import type { Scene } from "./scene.ts"

/** What is accepted so long after another task of its priority never goes before it, whatever it asks for. */
const mostLead: Millis = 30_000
/** With more lanes than these it is plainly the first in order: a look at all would cost more than it brings. */
const mostLanes = 64
/** Workers of a large pool of which one is asked what it could run. */
const asked = 64
/** Shapes of which the answer is kept. */
const kept = 1_024

/** What of the pool could ever run a shape. */
interface Ability {
  /** Work done in a millisecond by those that could. */
  readonly speed: number
  readonly isEverybody: boolean
  /** Runs learned from when it was worked out. */
  readonly runs: number
}

/**
 * Which lane is looked at next: what only some workers can run goes first while these would be at it the longest.
 *
 * A worker with a rare ability that takes what anybody could have done is missing later, when only what it alone can run is
 * left. A lane is a bottleneck if those who could run its tasks, doing nothing else, would need longer for them than the
 * whole pool for all that waits. Its first task goes before others of its priority that were accepted up to half a minute
 * before it. Where there is no bottleneck it is the first in order, and tasks of one lane keep theirs.
 *
 * Formula: waiting × mean work ÷ Σ speeds of those able, against the same of all lanes and all workers. Source: the lower
 * bound on a makespan with eligibility (a set of tasks ÷ what those able can do), of which the largest of a lane is taken.
 * What is not known counts nothing: a type that has never run is no bottleneck.
 * Cost: a look-up with one lane; otherwise O(lanes) a pass, at most 64, and O(lanes awake) a decision where there is one.
 */
export class Bottlenecks {
  readonly #scene: Scene
  readonly #abilities = new Map<string, Ability>()
  #all: Ability | undefined
  /** Lanes by shape that are such in this pass; `undefined` until it is asked. */
  #shapes: ReadonlySet<string> | undefined

  constructor(scene: Scene) {
    this.#scene = scene
  }

  /** Somebody has joined or left. */
  meetWorkers(): void {
    this.#abilities.clear()
    this.#all = undefined
  }

  /** A pass begins. */
  lookAgain(): void {
    this.#shapes = undefined
  }

  /** The task to place next. */
  get first(): TaskRecord | undefined {
    const { first, awake } = this.#scene.ledger
    if (first === undefined || awake.length < 2 || awake.length > mostLanes) return first
    this.#shapes ??= this.#find()
    if (this.#shapes.size === 0) return first
    let best = first
    let bestAt = this.#placeOf(first)
    for (const { first: task } of awake) {
      if (task === undefined || task.spec.priority !== first.spec.priority) continue
      const at = this.#placeOf(task)
      if (at > bestAt || (at === bestAt && task.seq >= best.seq)) continue
      best = task
      bestAt = at
    }
    return best
  }

  #placeOf({ rank, spec }: TaskRecord): number {
    return this.#shapes?.has(spec.requirements.shape) === true ? rank - mostLead : rank
  }

  #find(): ReadonlySet<string> {
    const found = new Set<string>()
    const { ledger, view } = this.#scene
    const { times } = view
    if (times === undefined || ledger.lanes.size > mostLanes) return found
    const lanes: Array<readonly [shape: string, needs: Millis, isEverybody: boolean]> = []
    let work = 0
    for (const [shape, { first, size }] of ledger.lanes) {
      if (first === undefined) continue
      const waiting = size * (times.workMs(first.spec.type) ?? 0)
      const { speed, isEverybody } = this.#abilityFor(first.spec.requirements)
      work += waiting
      lanes.push([shape, speed > 0 ? waiting / speed : 0, isEverybody])
    }
    this.#all = this.#upToDate(this.#all) ?? this.#worked(() => true)
    const together = this.#all.speed > 0 ? work / this.#all.speed : 0
    for (const [shape, needs, isEverybody] of lanes) if (!isEverybody && needs > together) found.add(shape)
    return found
  }

  #abilityFor(requirements: Requirements): Ability {
    const { shape } = requirements
    const known = this.#upToDate(this.#abilities.get(shape))
    if (known !== undefined) return known
    const ability = this.#worked((place) => {
      const worker = this.#scene.view.workers[place]
      return worker !== undefined && unmetEver(requirements, worker.spec).length === 0
    })
    if (this.#abilities.size >= kept) this.#abilities.clear()
    this.#abilities.set(shape, ability)
    return ability
  }

  /** Speeds change with what is learned: worked out anew once every worker may have ended something since. */
  #upToDate(ability: Ability | undefined): Ability | undefined {
    const { times, workers } = this.#scene.view
    const isOld = ability === undefined || (times?.runs ?? 0) - ability.runs >= workers.length
    return isOld ? undefined : ability
  }

  /** Of a large pool some are asked, evenly spread. */
  #worked(isAble: (place: number) => boolean): Ability {
    const { times, workers } = this.#scene.view
    const step = Math.max(1, workers.length / asked)
    let speed = 0
    let isEverybody = true
    for (let at = 0; at < workers.length; at += step) {
      const place = Math.floor(at)
      const worker = workers[place]
      if (worker === undefined) continue
      if (isAble(place)) speed += worker.spec.limits.slots * (times?.speedOf(worker.spec.id) ?? 1)
      else isEverybody = false
    }
    return { speed, isEverybody, runs: times?.runs ?? 0 }
  }
}
