import { describe, expect, it } from "vitest"
import type { BallastEvent } from "../../../../actors/index.ts"
import {
  type RunStep,
  runScenario,
  type SwarmAction,
  type SwarmRun,
  scenarioOf
} from "../../../../actors/simulation/swarm/index.ts"

const tame: ReadonlyArray<SwarmAction["_tag"]> = ["Submit", "Burst", "Advance", "Migrate"]

type Crash = Extract<SwarmAction, { readonly _tag: "CrashAt" }>

/** What tame scenarios with one crash in them come to. */
const crashing = async (step: RunStep, what: Crash["what"]): Promise<ReadonlyArray<SwarmRun>> => {
  const action: Crash = { _tag: "CrashAt", step, who: "source", what }
  const runs: Array<SwarmRun> = []
  for (let seed = 1; seed <= 40; seed += 1) {
    const scenario = scenarioOf("liveness", seed)
    const others = scenario.commands.filter((command) => tame.includes(command.action._tag))
    const run = await runScenario({ ...scenario, commands: [{ action, turns: 0 }, ...others] }, { logged: true })
    expect(run.violations).toEqual([])
    if (run.reached.has(what === "thread" ? `crash at ${step}` : "node failure")) runs.push(run)
  }
  expect(runs.length).toBeGreaterThan(10)
  return runs
}

const eventsOf = ({ log }: SwarmRun): ReadonlyArray<BallastEvent> => log.map((line) => JSON.parse(line))

/** The first end of a run that got to the ledger: by what it said, or because its worker was lost. */
const firstEnd = (run: SwarmRun): "heard" | "lost" | undefined => {
  for (const event of eventsOf(run)) {
    if (event._tag === "TaskRequeued" && event.reason === "worker-lost") return "lost"
    if (event._tag === "TaskCompleted") return "heard"
  }
  return undefined
}

const count = (runs: ReadonlyArray<SwarmRun>, end: "heard" | "lost"): number =>
  runs.filter((run) => firstEnd(run) === end).length

describe("a thread ends", () => {
  it("before the acknowledgement of a move: the source never lets go", async () => {
    for (const run of await crashing("offered", "thread")) {
      const events = eventsOf(run)
      const offered = events.find((event) => event._tag === "MigrationOffered")
      const released = events.flatMap((event) => (event._tag === "MigrationReleased" ? event.migrationId : []))
      expect(released).not.toContain(offered?.migrationId)
    }
  })

  it("after the release: the run goes on at the target, and then the source is found to be gone", async () => {
    let followed = 0
    for (const run of await crashing("yielded", "thread")) {
      const events = eventsOf(run)
      const at = events.findIndex((event) => event._tag === "MigrationReleased")
      // Where its target had gone by itself meanwhile, what has let go goes back to the queue.
      if (events.slice(0, at).some((event) => event._tag === "WorkerExited" && event.reason === "crashed")) continue
      followed += 1
      const release = events[at]
      if (release?._tag !== "MigrationReleased") throw new Error("nothing is released")
      const offered = events.find(
        (event) => event._tag === "MigrationOffered" && event.migrationId === release.migrationId
      )
      const source = offered?._tag === "MigrationOffered" ? offered.source : undefined
      const next = events.slice(at).find((event) => event._tag === "WorkerExited" && event.workerId === source)
      expect(next).toBeDefined()
    }
    expect(followed).toBeGreaterThan(5)
  })

  it("before a result: nothing is heard of the run", async () => {
    const runs = await crashing("begun", "thread")
    expect(count(runs, "lost")).toBeGreaterThan(3 * count(runs, "heard"))
  })

  it("with a result on its way: that is heard all the same", async () => {
    const runs = await crashing("ended", "thread")
    expect(count(runs, "heard")).toBeGreaterThan(3 * count(runs, "lost"))
  })
})

it("a node fails with a result on its way: that is lost, and the run is not", async () => {
  const runs = await crashing("ended", "node")
  expect(count(runs, "lost")).toBeGreaterThan(3 * count(runs, "heard"))
})
