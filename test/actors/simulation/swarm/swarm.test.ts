import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Simulation } from "../../../../actors/simulation/index.ts"
import {
  checkSeed,
  readScenario,
  replay,
  runScenario,
  runSwarm,
  ScenarioThrew,
  type SwarmCase,
  type SwarmCommand,
  type SwarmMode,
  type SwarmProgress,
  type SwarmScenario,
  scenarioOf
} from "../../../../actors/simulation/swarm/index.ts"
import { Milli } from "../../../../src/model/index.ts"

const modes: ReadonlyArray<SwarmMode> = ["safety", "liveness"]

/** The least share of seeds that must come across each hard case for a swarm to mean something. */
const floors: Partial<Record<SwarmCase, number>> = {
  "full worker": 0.7,
  "held key": 0.35,
  "crash in mid-migration": 0.1,
  migration: 0.1,
  "coordinator restart": 0.3,
  "node failure": 0.3,
  quarantine: 0.15,
  "worker given up": 0.1,
  shed: 0.05,
  "sent ahead": 0.05,
  recalled: 0.02,
  "crash at placed": 0.04,
  "crash at begun": 0.04,
  "crash at checkpointed": 0.04,
  "crash at ended": 0.04,
  "crash at offered": 0.04,
  "crash at yielded": 0.01,
  "crash at moved": 0.01,
  "out of memory": 0.1,
  death: 0.1,
  hang: 0.2,
  slow: 0.1,
  flapping: 0.1,
  limit: 0.08,
  ejected: 0.02,
  resting: 0.01,
  maintenance: 0.01,
  "slow start": 0.02,
  "part failure": 0.2,
  "part failure in mid-migration": 0.02,
  "adaptation gave up": 0.03,
  misreport: 0.08,
  "moved by itself": 0.03,
  "heartbeats missing": 0.2,
  "taken for dead": 0.02,
  "strategy fault": 0.05,
  "wall clock": 0.1,
  storm: 0.1,
  burst: 0.2,
  "late decision": 0.2
}

describe("over 150 seeds a mode (of 2,000: npm run simulate -- swarm --mode … --seed … --seeds 2000)", () => {
  for (const mode of modes) {
    it(`${mode}: no promise is broken, and the hard cases are reached`, async () => {
      const { violations, failures, reached, medianCommands } = await runSwarm({ mode, seeds: 150 })
      expect(failures.map(({ seed, message, story }) => [`seed ${seed}`, message, ...story].join("\n"))).toEqual([])
      expect(violations).toBe(0)
      expect(medianCommands).toBeGreaterThanOrEqual(50)
      const rare = Object.entries(floors).filter(([what, floor]) => (reached[what] ?? 0) < 150 * floor)
      expect(rare).toEqual([])
    })
  }
})

/** Books a little too much whenever a run has gone down with its worker. */
const bookTooMuch = ({ runtime: { ledger } }: Simulation): void => {
  const { state } = ledger
  const apply = state.apply.bind(state)
  state.apply = (event) => {
    const lost = event._tag === "TaskRequeued" && event.reason === "worker-lost"
    const workerId = lost ? ledger.task(event.taskId)?.assignment?.workerId : undefined
    const task = apply(event)
    const worker = workerId === undefined ? undefined : state.workers.get(workerId)
    if (worker !== undefined) worker.used.cpu = Milli(worker.used.cpu + 1)
    return task
  }
}

describe("a seed", () => {
  it("gives the same scenario alone as among others, and the same story, to the byte", async () => {
    const scenario = scenarioOf("liveness", 17)
    expect(scenarioOf("liveness", 17)).toEqual(scenario)
    const [first, second] = [
      await runScenario(scenario, { logged: true }),
      await runScenario(scenario, { logged: true, watched: false })
    ]
    expect(first.log.length).toBeGreaterThan(100)
    expect(second.log).toEqual(first.log)
    const alone = await runSwarm({ mode: "liveness", seed: 17, seeds: 1 })
    const { reached } = await checkSeed("liveness", 17)
    expect(Object.keys(alone.reached).filter((what) => alone.reached[what] === 1)).toEqual(
      expect.arrayContaining([...reached])
    )
  })

  it("has nothing in common with the next", () => {
    const scenarios = Array.from({ length: 20 }, (_, seed) => scenarioOf("safety", seed))
    expect(new Set(scenarios.map(({ seed }) => seed)).size).toBe(20)
    expect(new Set(scenarios.map(({ strategy }) => strategy)).size).toBeGreaterThan(8)
  })

  it("gives plain data: what comes back from a file is the same run", async () => {
    const scenario = scenarioOf("safety", 5)
    const reread: SwarmScenario = JSON.parse(JSON.stringify(scenario))
    const logOf = async (of: SwarmScenario) => (await runScenario(of, { logged: true })).log
    expect(await logOf(reread)).toEqual(await logOf(scenario))
  })
})

it("threads that share the seeds come to the same result, and say how far they are", async () => {
  const states: Array<number> = []
  const shared = await runSwarm({
    mode: "safety",
    seed: 3,
    seeds: 9,
    jobs: 2,
    onProgress: ({ done }) => states.push(done)
  })
  expect(shared).toEqual(await runSwarm({ mode: "safety", seed: 3, seeds: 9 }))
  expect(states).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
})

describe("a broken promise", () => {
  let folder = ""
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "swarm-"))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it("is told by its name, with few steps, and kept in a file that replays it", async () => {
    const { violations, failures } = await runSwarm({ mode: "safety", seeds: 12, prepare: bookTooMuch, keep: folder })
    const [failure] = failures
    expect(violations).toBeGreaterThan(0)
    expect(failure?.message).toMatch(/^I5: w\d+ has \d+ cpu booked, and \d+ is held/)
    expect(failure?.story.length).toBeLessThanOrEqual(8)
    expect(failure?.story.length).toBeLessThan(scenarioOf("safety", failure?.seed ?? 0).commands.length)
    const kept = readScenario(failure?.file ?? "")
    expect(kept).toEqual(failure?.scenario)
    if (kept === undefined) return
    expect((await runScenario(kept, { prepare: bookTooMuch })).violations.join("\n")).toBe(failure?.message)
    expect((await replay(kept)).message).toBeUndefined()
  })

  it("is told while it is made smaller, scenario by scenario", async () => {
    const states: Array<SwarmProgress> = []
    const { failures } = await runSwarm({
      mode: "safety",
      seeds: 12,
      prepare: bookTooMuch,
      onProgress: (progress) => states.push(progress)
    })
    expect(states.slice(0, 12).map(({ done, shrinking }) => [done, shrinking])).toEqual(
      Array.from({ length: 12 }, (_, at) => [at + 1, undefined])
    )
    const shrinking = states.slice(12)
    expect(new Set(shrinking.map(({ done, seeds }) => `${done} of ${seeds}`))).toEqual(new Set(["12 of 12"]))
    for (const { seed } of failures) {
      const tried = shrinking.flatMap((state) => (state.shrinking?.seed === seed ? [state.shrinking.tried] : []))
      expect(tried.length).toBeGreaterThan(10)
      expect(tried).toEqual(tried.map((_, at) => at + 1))
    }
  })
})

/** A fault that gets out of the runtime: whoever has a worker restarted is thrown at. */
const throwOnRestart = ({ runtime }: Simulation): void => {
  runtime.workforce.restart = () => {
    throw new RangeError("no restart today")
  }
}

describe("a run that throws", () => {
  const isRestart = ({ action }: SwarmCommand): boolean => action._tag === "Restart"
  /** Those with a restart among their commands. */
  const seeds = Array.from({ length: 60 }, (_, index) => index + 1).filter(
    (seed) => scenarioOf("safety", seed).commands.findIndex(isRestart) > 0
  )

  it("hands over the run up to there with what was thrown: its story ends with the command under way", async () => {
    const scenario = scenarioOf("safety", seeds[0] ?? 0)
    const at = scenario.commands.findIndex(isRestart)
    expect(at).toBeGreaterThan(0)
    const thrown: unknown = await runScenario(scenario, { prepare: throwOnRestart }).catch((error: unknown) => error)
    if (!(thrown instanceof ScenarioThrew)) throw new Error(`${thrown}`)
    expect(thrown.cause).toBeInstanceOf(RangeError)
    expect(thrown.run.story).toEqual((await runScenario(scenario)).story.slice(0, at + 1))
    expect(thrown.run.commands).toBe(at + 1)
    expect(thrown.run.violations).toEqual([expect.stringMatching(/^threw: RangeError: no restart today\n/)])
    expect(thrown.message.endsWith(["after", ...thrown.run.story].join("\n"))).toBe(true)
  })

  it("is told with its story, made smaller and kept as any broken promise is", async () => {
    const folder = mkdtempSync(join(tmpdir(), "swarm-"))
    try {
      const { violations, failures } = await runSwarm({
        mode: "liveness",
        seeds: 8,
        prepare: throwOnRestart,
        keep: folder
      })
      expect(violations).toBeGreaterThan(0)
      for (const { message, story, scenario, file } of failures) {
        expect(message).toMatch(/^threw: RangeError: no restart today\n/)
        // A worker must have come to be restarted.
        expect(story.length).toBeLessThanOrEqual(3)
        expect(story.at(-1)).toMatch(/^\d+ ms: Restart /)
        expect(scenario.commands).toHaveLength(story.length)
        const kept = readScenario(file ?? "")
        expect(kept).toEqual(scenario)
        expect((await replay(scenario)).message).toBeUndefined()
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it("says first what did not hold before", async () => {
    const bookAndThrow = ({ runtime, time }: Simulation): void => {
      runtime.workforce.restart = (workerId) => {
        const worker = runtime.ledger.state.workers.get(workerId)
        if (worker !== undefined) worker.used.cpu = Milli(worker.used.cpu + 1)
        time.advance(1_000)
        throw new RangeError("no restart today")
      }
    }
    const messages: Array<string> = []
    for (const seed of seeds) {
      const { message = "" } = await checkSeed("safety", seed, { prepare: bookAndThrow })
      // Nobody saw it where nothing happened between the two, or where it had gone right by then.
      if (message.includes("I5 ") && message.includes("threw:")) messages.push(message)
    }
    expect(messages.length).toBeGreaterThan(0)
    for (const message of messages) expect(message).toMatch(/^I5 .*\n(I5 .*\n)*threw: RangeError: no restart today\n/)
  })
})

it("setting the wall clock an hour forward or back changes nothing that happens", async () => {
  const jumping = Array.from({ length: 60 }, (_, seed) => scenarioOf("liveness", seed)).filter(({ commands }) =>
    commands.some(({ action }) => action._tag === "WallClock")
  )
  expect(jumping.length).toBeGreaterThan(5)
  for (const scenario of jumping.slice(0, 10)) {
    const still = scenario.commands.map((command) =>
      command.action._tag === "WallClock" ? { ...command, action: { ...command.action, by: 0 } } : command
    )
    const { log } = await runScenario(scenario, { logged: true })
    expect((await runScenario({ ...scenario, commands: still }, { logged: true })).log).toEqual(log)
  }
})
