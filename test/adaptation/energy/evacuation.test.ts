import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  chooseEvacuations,
  consolidationDefaults,
  type EvacuationInput,
  type EvacuationWorker,
  type RestlessTask
} from "../../../src/adaptation/index.ts"
import { Epoch } from "../../../src/model/index.ts"
import { linearPower } from "../../../src/power/index.ts"

const settings = { ...consolidationDefaults, worth: 2, minHealth: 0.5 }
const worker = (workerId: string, given: Partial<EvacuationWorker> = {}): EvacuationWorker => ({
  workerId,
  isAwake: true,
  health: 1,
  power: { ...linearPower(60, 200), sleepWatts: 10 },
  slots: 4,
  running: 0,
  speed: 1,
  ...given
})
const task = (taskId: string, workerId: string, given: Partial<RestlessTask> = {}): RestlessTask => ({
  taskId,
  epoch: Epoch(1),
  type: "work",
  workerId,
  isMovable: true,
  remainingSeconds: 600,
  moveSeconds: 1,
  ...given
})
const input = (given: Partial<EvacuationInput>): EvacuationInput => ({
  tasks: [],
  workers: [worker("awake"), worker("rests", { isAwake: false, running: 1 })],
  fits: () => true,
  room: 2,
  ...given
})
const moves = (given: Partial<EvacuationInput>) =>
  chooseEvacuations(input(given), settings).map(({ task: { taskId }, target }) => `${taskId} → ${target}`)

describe("evacuation", () => {
  it("moves what runs on a worker that is to rest, the longest first, no more than may move at once", () => {
    const tasks = [
      task("short", "rests", { remainingSeconds: 10 }),
      task("long", "rests"),
      task("mid", "rests", { remainingSeconds: 99 })
    ]
    expect(moves({ tasks })).toEqual(["long → awake", "mid → awake"])
    expect(moves({ tasks, room: 0 })).toEqual([])
  })

  it("leaves a worker alone where one of its tasks cannot go, or has nearly ended", () => {
    expect(moves({ tasks: [task("a", "rests"), task("b", "rests", { isMovable: false })] })).toEqual([])
    expect(moves({ tasks: [task("a", "rests", { remainingSeconds: 1, moveSeconds: 5 })] })).toEqual([])
    expect(moves({ tasks: [task("a", "rests")] })).toEqual(["a → awake"])
  })

  it("goes to nobody who is not well, nor to one of whom that is not known (G7)", () => {
    const rests = worker("rests", { isAwake: false, running: 1 })
    const workers = [worker("sick", { health: 0.4 }), worker("odd", { health: Number.NaN }), rests]
    expect(moves({ tasks: [task("a", "rests")], workers })).toEqual([])
    expect(moves({ tasks: [task("a", "rests")], workers: [...workers, worker("well", { health: 0.5 })] })).toEqual([
      "a → well"
    ])
  })

  it("slows nobody down: not to one that is far slower", () => {
    const workers = [worker("awake", { speed: 0.5 }), worker("rests", { isAwake: false })]
    expect(moves({ tasks: [task("a", "rests")], workers })).toEqual([])
  })

  it("fills the one that does most for its energy first, and never beyond its slots", () => {
    const workers = [
      worker("dear", { power: linearPower(100, 400) }),
      worker("cheap", { running: 3 }),
      worker("rests", { isAwake: false, running: 2 })
    ]
    const tasks = [task("a", "rests"), task("b", "rests", { remainingSeconds: 500 })]
    expect(moves({ tasks, workers })).toEqual(["a → cheap", "b → dear"])
  })

  it("whatever there is: only movable tasks, from workers that rest, to ones that are awake and have room", () => {
    let moved = 0
    const some = fc.record({
      isAwake: fc.boolean(),
      running: fc.integer({ min: 0, max: 4 }),
      speed: fc.double({ min: 0.3, max: 3, noNaN: true })
    })
    const one = fc.record({
      on: fc.nat(5),
      isMovable: fc.nat(9).map((of) => of > 0),
      remainingSeconds: fc.double({ min: 0, max: 1e4, noNaN: true }),
      moveSeconds: fc.double({ min: 0, max: 20, noNaN: true })
    })
    fc.assert(
      fc.property(
        fc.array(some, { minLength: 2, maxLength: 6 }),
        fc.array(one, { maxLength: 8 }),
        fc.nat(4),
        (given, ones, room) => {
          const workers = given.map((each, index) => worker(`w${index}`, each))
          const tasks = ones.map(({ on, ...rest }, index) => task(`t${index}`, `w${on % workers.length}`, rest))
          const chosen = chooseEvacuations(input({ tasks, workers, room }), settings)
          expect(chosen.length).toBeLessThanOrEqual(room)
          const taken = new Map<string, number>()
          for (const { task: each, target } of chosen) {
            const [from, to] = [each.workerId, target].map((id) => workers.find(({ workerId }) => workerId === id))
            expect([each.isMovable, from?.isAwake, to?.isAwake]).toEqual([true, false, true])
            expect(to?.speed).toBeGreaterThanOrEqual(settings.pace * (from?.speed ?? 0))
            taken.set(target, (taken.get(target) ?? 0) + 1)
          }
          for (const [id, more] of taken) {
            const target = workers.find(({ workerId }) => workerId === id)
            expect((target?.running ?? 0) + more).toBeLessThanOrEqual(target?.slots ?? 0)
          }
          expect(new Set(chosen.map(({ task: { taskId } }) => taskId)).size).toBe(chosen.length)
          moved += chosen.length
        }
      ),
      { numRuns: 500 }
    )
    expect(moved).toBeGreaterThan(50)
  })
})
