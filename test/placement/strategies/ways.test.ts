import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { TaskSpec } from "../../../src/model/index.ts"
import { isStrategyId, strategies, strategyNamed } from "../../../src/placement/index.ts"
import { ScoredWorld, type Story, stories } from "./scored-world.ts"

type Way = (world: ScoredWorld, task: TaskSpec) => string | undefined

const ordinarily: Way = (world, task) => world.submit(task)

/** Who got each task of the story, and what the strategy got wrong. */
const played = (id: string, { members, steps }: Story, way: Way, options: { readonly pool?: boolean } = {}) => {
  if (!isStrategyId(id)) throw new Error(`there is no ${id}`)
  const world = new ScoredWorld(strategyNamed(id, { seed: 7 }), options)
  const chosen: Array<string | undefined> = []
  for (const each of members) world.join(each)
  for (const each of steps) {
    if (each._tag === "join") world.join(each.member)
    if (each._tag === "leave") world.leave(each.at)
    if (each._tag === "phase") world.setPhase(each.at, each.up)
    if (each._tag === "end") world.end(each.at, each.ms, each.ok)
    if (each._tag !== "submit") continue
    const task = world.task(each.task)
    const number = chosen.length
    chosen.push(
      way(world, {
        ...task,
        ...(number % 5 === 1 && { stickyKey: `k${number % 3}` }),
        ...(number % 5 === 2 && { model: `m-${number % 2}` })
      })
    )
  }
  return { chosen, faults: world.faults }
}

const ids = Object.keys(strategies)

describe.each(ids)("%s", (id) => {
  it("chooses the same on the quick way, after explanations, and once more", () => {
    fc.assert(
      fc.property(stories, (story) => {
        const usual = played(id, story, ordinarily)
        expect(usual.faults).toEqual([])
        expect(played(id, story, (world, task) => world.submitQuickly(task))).toEqual(usual)
        const explained: Way = (world, task) => {
          world.placement.explain(task, world.view, world.now)
          return world.submit(task)
        }
        expect(played(id, story, explained)).toEqual(usual)
        expect(played(id, story, ordinarily)).toEqual(usual)
      }),
      { numRuns: 60 }
    )
  })

  it("chooses the same by what is kept of the pool and by a look at each worker", () => {
    fc.assert(
      fc.property(stories, (story) => {
        expect(played(id, story, ordinarily, { pool: false })).toEqual(played(id, story, ordinarily))
      }),
      { numRuns: 60 }
    )
  })
})
