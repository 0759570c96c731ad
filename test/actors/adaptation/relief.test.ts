import { afterEach, describe, expect, it } from "vitest"
import { InvalidOptions, type RemoteAssignment } from "../../../actors/index.ts"
import { doneIn } from "../../../actors/simulation/threads/run-plan.ts"
import { failureOf, next, type Plain, start } from "../given.ts"
import { crowdedWorld } from "./given.ts"

const minute = 60_000

/** Two services on `w1`, and `w2` that has nothing to do; each second `w1` tells what they use. */
const services = async (usage: Readonly<Record<string, number>>, features = {}) => {
  const world = await crowdedWorld({ workers: 2, options: { adaptation: { features } } })
  const { runtime, simulation } = world
  for (const _ of Object.keys(usage)) world.serve(10 * minute)
  const tell = () => {
    const runs = [...(runtime.ledger.worker("w1")?.running.values() ?? [])]
    runtime.used("w1", Object.fromEntries(runs.map(({ epoch, taskId }) => [epoch, usage[taskId] ?? 0])))
    simulation.time.after(1_000, tell)
  }
  tell()
  return world
}

describe("relief (C18, 2.17–2.19)", () => {
  it("a service that grows beyond what its worker has goes on elsewhere, from the state it saved", async () => {
    const { simulation, runtime, of, finish, leftOver } = await services({ t1: 0.9, t2: 0.4 })
    expect(await simulation.runUntil(() => of("MigrationReleased").length > 0, minute)).toBe(true)
    const [chosen] = of("MigrationChosen")
    expect(chosen).toMatchObject({ source: "w1", target: "w2" })
    expect(chosen?.benefitSeconds).toBeGreaterThan(1)
    expect(chosen?.explanation).toContain("core-seconds of overload avoided")
    const [released] = of("MigrationReleased")
    const { taskId } = released ?? {}
    expect(taskId).toBe(chosen?.taskId)
    expect(doneIn(released?.state)).toBeGreaterThan(0)
    // The next it saves is saved by its run on the target, and that has not begun anew.
    const before = of("TaskCheckpointed").length
    const savedOn = () =>
      of("TaskCheckpointed")
        .slice(before)
        .find((saved) => saved.taskId === taskId)
    expect(await simulation.runUntil(() => savedOn() !== undefined, minute)).toBe(true)
    expect(runtime.ledger.task(taskId ?? "")?.assignment).toMatchObject({ workerId: "w2", epoch: savedOn()?.epoch })
    expect(doneIn(savedOn()?.state)).toBe(doneIn(released?.state) + 1)
    expect(await finish()).toBe(true)
    expect(leftOver()).toEqual([])
  })

  it.each([
    ["while all fit, however often it is told", { t1: 0.1, t2: 0.1 }, {}],
    ["where it is switched off", { t1: 0.9, t2: 0.4 }, { relief: false }]
  ])("nothing moves %s", async (_, usage, features) => {
    const { simulation, of } = await services(usage, features)
    expect(await simulation.runUntil(() => of("LoadSampled").length >= 60, 5 * minute)).toBe(true)
    expect(of("MigrationChosen")).toEqual([])
  })
})

describe("an outside worker that tells what its runs use", () => {
  let ballast: Plain
  afterEach(() => ballast.shutdown({ timeout: 0 }))

  const outside = { requires: { labels: { isolation: "remote" } } } as const
  const capacity = { concurrent: 3, cpu: 1 } as const

  const pulled = async () => {
    ballast = await start({ workers: 1, adaptation: { checkInterval: "40 millis" } })
    const { remote } = ballast
    await remote.register("full", { capacity })
    const runs: Array<RemoteAssignment> = []
    for (const id of ["growing", "steady"]) {
      const coming = remote.nextAssignment("full")
      ballast.submit("echo", 1, { id, ...outside })
      const run = await coming
      if (run === undefined) throw new Error("nothing was assigned")
      await remote.updateStatus(run.taskId, run.epoch, { status: "running", state: id })
      runs.push(run)
    }
    return { remote, runs }
  }

  it("is asked to let one go, and another that waits is given it with its state", async () => {
    const { remote, runs } = await pulled()
    await remote.register("free", { capacity })
    const arriving = remote.nextAssignment("free", { wait: "1 minute" })
    const usage = Object.fromEntries(runs.map(({ epoch, taskId }) => [epoch, taskId === "growing" ? 0.9 : 0.4]))
    let moves = false
    const chosen = next(ballast, "MigrationChosen").finally(() => {
      moves = true
    })
    while (!moves) {
      const looked = next(ballast, "LoadSampled")
      await remote.heartbeat("full", { load: 1, usage })
      await Promise.race([looked, chosen])
    }
    const { taskId } = await chosen
    const run = runs.find((each) => each.taskId === taskId)
    if (run === undefined) throw new Error(`${taskId} was never given`)
    const { requests } = await remote.heartbeat("full")
    expect(requests).toMatchObject([{ taskId, action: "yield" }])
    await remote.updateStatus(taskId, run.epoch, { status: "released", state: `${taskId} so far` })
    expect(await arriving).toMatchObject({ taskId, state: `${taskId} so far` })
  })

  it("is told what is wrong with a use that is no quantity, or of something that is no epoch", async () => {
    const { remote } = await pulled()
    for (const usage of [{ 1: -1 }, { 1: Number.NaN }, Object.fromEntries([["a task", 1]])]) {
      const failure = await failureOf(remote.heartbeat("full", { usage }))
      expect(failure).toBeInstanceOf(InvalidOptions)
      expect(failure).toMatchObject({ message: expect.stringContaining("cores of each of its runs") })
    }
  })
})
