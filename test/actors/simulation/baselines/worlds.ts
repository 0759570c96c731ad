import * as fc from "fast-check"
import type { BaselineTask, Server } from "../../../../actors/simulation/baselines/index.ts"
import type { Chance } from "../../../../actors/simulation/workload/index.ts"

/** Mulberry32: a generator of the tests' own. */
export const chanceFrom = (seed: number): Chance => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export const exponential =
  (mean: number): ((chance: Chance) => number) =>
  (chance) =>
    -Math.log1p(-chance()) * mean

/** Poisson arrivals, `rate` per ms. */
export const poissonTasks = (
  count: number,
  rate: number,
  work: (chance: Chance) => number,
  chance: Chance
): ReadonlyArray<BaselineTask> => {
  let at = 0
  return Array.from({ length: count }, () => {
    at += exponential(1 / rate)(chance)
    return { at, work: work(chance), type: "work" }
  })
}

export const equalServers = (count: number, slots = 1): ReadonlyArray<Server> =>
  Array.from({ length: count }, (_, index) => ({ id: `s${index}`, speed: 1, slots }))

/** A task of type "work" that any server may run. */
export const task = (at: number, work: number): BaselineTask => ({ at, work, type: "work" })

/** Small worlds of whole numbers, so that ties and simultaneous events are common. */
export interface World {
  readonly servers: ReadonlyArray<Server>
  readonly tasks: ReadonlyArray<BaselineTask>
}

const typeNames = ["a", "b", "c"] as const

const serverBody = fc.record({
  speed: fc.oneof(
    fc.integer({ min: 1, max: 4 }),
    fc.dictionary(fc.constantFrom(...typeNames), fc.integer({ min: 0, max: 4 }))
  ),
  slots: fc.constantFrom(1, 1, 2, 3, Number.POSITIVE_INFINITY),
  slow: fc.array(
    fc
      .record({
        from: fc.nat({ max: 30 }),
        lasting: fc.integer({ min: 1, max: 20 }),
        factor: fc.constantFrom(0, 0.25, 0.5)
      })
      .map(({ from, lasting, factor }) => ({ from, until: from + lasting, factor })),
    { maxLength: 2 }
  )
})

const taskBody = (servers: number) =>
  fc.record({
    gap: fc.constantFrom(0, 0, 1, 3),
    work: fc.integer({ min: 0, max: 12 }),
    type: fc.constantFrom(...typeNames),
    eligible: fc.option(fc.uniqueArray(fc.nat({ max: servers - 1 })))
  })

export const world: fc.Arbitrary<World> = fc.array(serverBody, { minLength: 1, maxLength: 4 }).chain((bodies) =>
  fc.array(taskBody(bodies.length), { maxLength: 25, size: "max" }).map((tasks) => {
    let at = 0
    return {
      servers: bodies.map((body, index) => ({ id: `s${index}`, ...body })),
      tasks: tasks.map(({ gap, work, type, eligible }) => {
        at += gap
        return { at, work, type, ...(eligible === null ? {} : { eligible }) }
      })
    }
  })
)
