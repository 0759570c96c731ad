import { describe, expect, it } from "vitest"
import { crowdedWorld } from "./given.ts"

const adaptation = "ballast/adaptation"
const mover = `${adaptation}/migration-coordinator`
const minute = 60_000

/** The parts of adaptation that run, whichever they are. */
const { parts } = await crowdedWorld()
const living = parts.parts.filter((path) => path.startsWith(`${adaptation}/`))

/** Each part, failing in a message of its own: early and late, before it has done anything and after. */
const failures = living.flatMap((path) =>
  [0, 1, 7].flatMap((skip) => [false, true].map((after) => ({ path, skip, after, when: after ? "after" : "before" })))
)

describe("a part of adaptation that fails is started anew, and nothing is lost or stays behind", () => {
  it("there are parts to fail", () => {
    expect(living.length).toBeGreaterThanOrEqual(3)
  })

  it.each(failures)("$path, in the message after $skip, $when its work", async ({ path, skip, after }) => {
    const { parts, submit, finish, leftOver, of, simulation } = await crowdedWorld()
    submit(12, 20_000)
    parts.once(path, { _tag: "KillPart", part: 0, skip, after, times: 1 })
    expect(await finish()).toBe(true)
    await simulation.advance(minute)
    expect(leftOver()).toEqual([])
    const failed = of("ActorRestarted").filter(({ actor }) => actor === path)
    // A part that got no such message in all this time has nothing to fail in.
    expect(failed.length).toBeLessThanOrEqual(1)
    expect(parts.down).toEqual([])
    expect(of("LoadSampled").at(-1)?.at).toBeGreaterThan(simulation.time.now - 3_000)
  })

  it.each(living)(
    "%s again and again, until their supervisor is started anew: what is out of balance is still moved",
    async (path) => {
      const { parts, submit, finish, leftOver, of, simulation } = await crowdedWorld()
      for (let time = 0; time < 8; time += 1) {
        parts.fail(path)
        await simulation.settle()
      }
      expect(of("ActorRestarted").map(({ actor }) => actor)).toContain(adaptation)
      expect(parts.down).not.toEqual([])
      expect(await simulation.runUntil(() => parts.down.length === 0, minute)).toBe(true)
      submit(12, 60_000)
      expect(await finish()).toBe(true)
      expect(of("MigrationChosen").length).toBeGreaterThan(0)
      expect(leftOver()).toEqual([])
    }
  )

  it("what a worker says of itself is heard again after their supervisor was started anew", async () => {
    const { parts, runtime, simulation } = await crowdedWorld()
    for (let time = 0; time < 8; time += 1) {
      parts.fail(`${adaptation}/health-monitor`)
      await simulation.settle()
    }
    expect(await simulation.runUntil(() => parts.down.length === 0, minute)).toBe(true)
    const beat = { eventLoopDelay: 3, eventLoopUtilization: 0.123, heapUsed: 1, running: 0, queued: 0 }
    runtime.report("w2", beat)
    await simulation.settle()
    expect(runtime.vitals.beat("w2")).toEqual(beat)
  })

  it("what was moved rests, also where whoever moved it has failed since", async () => {
    const { parts, submit, finish, of, simulation } = await crowdedWorld()
    submit(12, 60_000)
    for (let second = 0; second < 60; second += 1) {
      await simulation.advance(1_000)
      if (second % 3 === 2) parts.fail(mover)
    }
    expect(await finish()).toBe(true)
    const moves = of("MigrationChosen")
    expect(moves.length).toBeGreaterThan(2)
    const again = moves.flatMap(({ taskId, at }, index) => {
      const before = moves.slice(0, index).findLast((other) => other.taskId === taskId)
      return before !== undefined && at - before.at < 30_000 ? [`${taskId} after ${at - before.at} ms`] : []
    })
    expect(again).toEqual([])
  })
})

describe("a move whose task never lets go", () => {
  /** A task that saves nothing is to move all the same. */
  const offered = async () => {
    const world = await crowdedWorld()
    const { submit, simulation, runtime } = world
    const [task] = submit(1, 600_000, 600_000)
    await simulation.advance(1_000)
    const assignment = runtime.ledger.task(task?.id ?? "")?.assignment
    if (assignment === undefined) throw new Error("it does not run")
    const move = { taskId: assignment.taskId, epoch: assignment.epoch, target: "w2" }
    simulation.time.fork(runtime.coordinator.ask("Migrate", move))
    await simulation.settle()
    expect(runtime.ledger.migrations.size).toBe(1)
    return world
  }

  it("is called off after a time: its target's room is free again, and it runs on where it is", async () => {
    const { simulation, runtime, finish, of, leftOver } = await offered()
    await simulation.advance(3 * minute)
    expect(runtime.ledger.migrations.size).toBe(0)
    expect(runtime.ledger.worker("w2")?.slots).toBe(0)
    expect(of("MigrationAborted")).toHaveLength(1)
    expect(await finish()).toBe(true)
    expect(leftOver()).toEqual([])
    expect(of("TaskPlaced")).toHaveLength(1)
  })

  it.each(["once", "again and again"])("is called off also where whoever watches it fails %s", async (how) => {
    const { simulation, runtime, parts, of } = await offered()
    for (let time = 0; time < (how === "once" ? 1 : 8); time += 1) {
      parts.fail(mover)
      await simulation.settle()
    }
    await simulation.advance(4 * minute)
    expect(runtime.ledger.migrations.size).toBe(0)
    expect(of("MigrationAborted")).toHaveLength(1)
  })
})
