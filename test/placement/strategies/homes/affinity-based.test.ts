import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { hash32 } from "../../../../src/hashing/index.ts"
import type { TaskSpec } from "../../../../src/model/index.ts"
import { leastConnections, type PlacementView } from "../../../../src/placement/index.ts"
import { affinityBased, affinityBasedDefaults } from "../../../../src/placement/strategies/homes/affinity-based.ts"
import { AffinityMemory } from "../../../../src/placement/strategies/homes/affinity-memory.ts"
import { modelFamilyOf } from "../../../../src/placement/strategies/homes/model-family.ts"
import { record, workerSpec } from "../../pool.ts"
import { choiceOf, Desk, fitting, keyed, naiveOrder } from "../keyed/keyed.ts"

const specs = (count: number, slots = 4) =>
  Array.from({ length: count }, (_, index) => workerSpec(`w${index}`, { slots }))

/** The class of a task that says of itself only its model. */
const nameOf = (model: string): string => JSON.stringify(["work", model, ""])

/** Models of which the ring gives each worker of `specs(count)` one, in the order of the workers. */
const modelsFor = (count: number): ReadonlyArray<string> => {
  const workers = specs(count).map((spec) => record(spec))
  return workers.map(({ spec }) => {
    for (let number = 0; ; number += 1) {
      const model = `m${number}`
      if (naiveOrder(workers, hash32(nameOf(model)))[0] === spec.id) return model
    }
  })
}

const asking = (id: string, model: string): TaskSpec => keyed(id, { model })

interface Entry {
  readonly name: string
  readonly workerId: string
  readonly at: number
  /** Of a run that has ended. */
  readonly ms?: number
}

/** Follows what is new, from a plain mean on. */
const mean = (samples: ReadonlyArray<number>): number | undefined =>
  samples.length === 0
    ? undefined
    : samples.reduce((value, sample, index) => value + (sample - value) * Math.max(0.1, 1 / (index + 1)), 0)

/** What a whole log says of a class, gone through from its beginning. */
const replay = (log: ReadonlyArray<Entry>, name: string, now: number, staysWarm: number) => {
  const cold: Array<number> = []
  const warm: Array<number> = []
  const homes = new Map<string, { since?: number | undefined; used: number; own: Array<number> }>()
  for (const { workerId, at, ms } of log.filter((entry) => entry.name === name)) {
    const home = homes.get(workerId) ?? { used: at, own: [] }
    homes.delete(workerId)
    homes.set(workerId, home)
    if (ms === undefined && at - home.used >= staysWarm) home.since = undefined
    home.used = at
    if (ms === undefined) continue
    if (home.since !== undefined && home.since <= at - ms) {
      home.own.push(ms)
      warm.push(ms)
    } else cold.push(ms)
    home.since ??= at
  }
  const [c, w] = [mean(cold), mean(warm)]
  const whole = c ?? (w === undefined ? 1 : w / 0.7)
  const both = c !== undefined && w !== undefined
  const warmMs = both ? w : whole * 0.7
  const benefit = both ? Math.max(0, c - w) : whole * 0.3
  const alive = [...homes].reverse().filter(([, { used }]) => now - used < staysWarm)
  return {
    known: homes.size > 0,
    warmMs,
    benefit,
    homes: alive.map(([id, { own }]) => ({ id, ms: mean(own) ?? warmMs }))
  }
}

/** Where the task goes, by the log alone. */
const naive = (
  task: TaskSpec,
  log: ReadonlyArray<Entry>,
  { workers }: PlacementView,
  now: number,
  staysWarm: number
) => {
  const able = fitting(task, workers)
  const loadOf = (id: string): number => {
    const worker = able.find(({ spec }) => spec.id === id)
    return worker === undefined ? Number.NaN : worker.slots / worker.spec.limits.slots
  }
  const least = able.toSorted((a, b) => loadOf(a.spec.id) - loadOf(b.spec.id))[0]?.spec.id
  if (task.model === undefined || least === undefined) return least
  const given = naiveOrder(workers, hash32(nameOf(task.model)))[0] ?? ""
  const cold = loadOf(given) <= loadOf(least) ? given : least
  const said = [task.model, `family ${modelFamilyOf(task.model)}`].map((name) => replay(log, name, now, staysWarm))
  const what = said.find(({ known }) => known)
  if (what === undefined) return cold
  const { warmMs, benefit, homes } = what
  const open = homes.filter(({ id }) => !Number.isNaN(loadOf(id)))
  const costs = open.map(({ id, ms }) => ({ id, ms: ms * (1 + loadOf(id)) }))
  const [best] = costs.toSorted((a, b) => a.ms - b.ms)
  return best !== undefined && best.ms <= (warmMs + benefit) * (1 + loadOf(least)) ? best.id : cold
}

describe("affinity based", () => {
  it("chooses as its rule does that is worked out anew from the whole log each time", () => {
    const step = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({ model: fc.constantFrom(undefined, "llama-1", "llama-2", "bert-base", "bert-large") })
      },
      { weight: 4, arbitrary: fc.record({ ends: fc.nat(30), ms: fc.integer({ min: 1, max: 50 }) }) },
      { weight: 2, arbitrary: fc.record({ wait: fc.integer({ min: 1, max: 60 }) }) },
      { weight: 1, arbitrary: fc.record({ leaves: fc.nat(4) }) },
      { weight: 1, arbitrary: fc.record({ joins: fc.nat(4) }) }
    )
    const reached = { home: 0, elsewhere: 0 }
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 80 }), (steps) => {
        const desk = new Desk(affinityBased({ staysWarm: 150 }), specs(4, 3))
        const log: Array<Entry> = []
        const note = (task: TaskSpec, workerId: string, ms?: number) => {
          if (task.model === undefined) return
          for (const name of [task.model, `family ${modelFamilyOf(task.model)}`]) {
            log.push({ name, workerId, at: desk.now, ...(ms !== undefined && { ms }) })
          }
        }
        let tasks = 0
        for (const each of steps) {
          if ("wait" in each) desk.now += each.wait
          if ("leaves" in each) desk.ledger.removeWorker(`w${each.leaves}`, desk.now)
          if ("joins" in each) {
            desk.ledger.addWorker(workerSpec(`w${each.joins}`, { slots: 3 }), desk.now)
            desk.ledger.setPhase(`w${each.joins}`, "up", desk.now)
          }
          desk.meet()
          if ("ends" in each) {
            const runs = desk.view.workers.flatMap(({ running }) => [...running.values()])
            const run = runs[each.ends % Math.max(1, runs.length)]
            if (run === undefined) continue
            const task = desk.ledger.task(run.taskId)?.spec
            desk.end(run.taskId, each.ms)
            if (task !== undefined) note(task, run.workerId, each.ms)
          }
          if (!("model" in each)) continue
          const { model } = each
          const task = model === undefined ? keyed(`t${tasks++}`) : asking(`t${tasks++}`, model)
          const expected = naive(task, log, desk.view, desk.now, 150)
          const least = choiceOf(leastConnections({ ties: "first" }), task, desk.view)
          expect(desk.submit(task)).toBe(expected)
          if (model !== undefined) reached[expected === least ? "elsewhere" : "home"] += 1
          if (expected !== undefined) note(task, expected)
        }
      }),
      { numRuns: 300 }
    )
    expect(Math.min(reached.home, reached.elsewhere)).toBeGreaterThan(200)
  })

  it("learns what being warm saves, and gives up a home only for more than that", () => {
    const desk = new Desk(affinityBased(), specs(2, 10))
    const run = (id: string, model: string, ms: number): string | undefined => {
      const chosen = desk.submit(asking(id, model))
      desk.now += ms
      desk.end(id, ms)
      return chosen
    }
    const [model = ""] = modelsFor(2)
    expect(run("first", model, 1_000)).toBe("w0")
    for (let number = 0; number < 20; number += 1) expect(run(`warm ${number}`, model, 800)).toBe("w0")
    // Cold 1,000, warm 800: worth a quarter of its run time, and so a quarter more load: two slots of ten, not three.
    const kept = [1, 2, 3, 4].map((number) => desk.submit(asking(`busy ${number}`, model)))
    expect(kept).toEqual(["w0", "w0", "w0", "w1"])
    // Whoever it was left for is a home, too.
    expect(desk.submit(asking("busy 5", model))).toBe("w1")
  })

  it("does not gather a class that gains nothing by it", () => {
    const desk = new Desk(affinityBased(), specs(4, 10))
    for (let number = 0; number < 8; number += 1) {
      desk.submit(asking(`t${number}`, "llama"))
      desk.now += 100
      desk.end(`t${number}`, 100)
    }
    const chosen = Array.from({ length: 8 }, (_, number) => desk.submit(asking(`u${number}`, "llama")))
    expect(new Set(chosen).size).toBe(4)
  })

  it("sends a new model of a known family where the family runs, and tells hints and types apart", () => {
    const desk = new Desk(affinityBased(), specs(3, 10))
    const at = (task: TaskSpec): string | undefined => choiceOf(desk.strategy, task, desk.view)
    const loadedOnce = desk.submit(asking("t1", "meta-llama/Llama-3-8B"))
    expect(at(asking("t2", "Llama-3-70B"))).toBe(loadedOnce)
    expect(at(asking("t3", "bert-base"))).not.toBe(loadedOnce)
    const hints = { language: "python", kind: "memory_intensive" }
    const home = desk.submit(keyed("t4", { affinity: hints }))
    expect(home).not.toBe(loadedOnce)
    expect(at(keyed("t5", { affinity: { kind: "memory_intensive", language: "python" } }))).toBe(home)
    for (const other of [{ affinity: { language: "python" } }, { affinity: hints, type: "another" }]) {
      expect([loadedOnce, home]).not.toContain(at(keyed("t6", other)))
    }
  })

  it("spreads classes that are warm nowhere as the ring does, and finds them there again after a restart", () => {
    const workers = specs(10)
    const first = new Desk(affinityBased(), workers)
    const models = Array.from({ length: 60 }, (_, number) => `model${number}`)
    const homes = models.map((model) => choiceOf(first.strategy, asking("t", model), first.view))
    expect(new Set(homes).size).toBe(10)
    const again = new Desk(affinityBased(), workers)
    expect(models.map((model) => choiceOf(again.strategy, asking("t", model), again.view))).toEqual(homes)
  })

  it("holds a class to have gone cold where too many others ran since, and where too long was none", () => {
    const memory = new AffinityMemory({ ...affinityBasedDefaults, holds: 2, staysWarm: 100 })
    for (const [index, name] of ["a", "b", "a", "c"].entries()) memory.ended(name, "w", 5, 10 * index)
    const warm = (name: string, now: number) => [...memory.homes(name, now).keys()]
    expect([warm("a", 30), warm("b", 30), warm("c", 30)]).toEqual([["w"], [], ["w"]])
    expect([warm("a", 119), warm("a", 120)]).toEqual([["w"], []])
  })

  it("keeps a class and its family apart where a worker holds but one of each", () => {
    const desk = new Desk(affinityBased({ holds: 1 }), specs(3, 1))
    const run = (id: string, model: string, ms: number): string | undefined => {
      const chosen = desk.submit(asking(id, model))
      desk.now += ms
      desk.end(id, ms)
      return chosen
    }
    const [one = "", other = ""] = modelsFor(3)
    expect([run("t1", one, 100), run("t2", other, 100)]).toEqual(["w0", "w1"])
    expect([run("t3", one, 50), run("t4", other, 50), run("t5", one, 50)]).toEqual(["w0", "w1", "w0"])
    // Another of the family goes where the family is, and takes the place of the one before.
    expect(run("t6", `${other}-2`, 80)).toBe("w1")
    expect(choiceOf(desk.strategy, asking("t7", `${other}-2`), desk.view)).toBe("w1")
  })

  it("follows run times that change, by the last ten or so", () => {
    const memory = new AffinityMemory(affinityBasedDefaults)
    const runs = (count: number, ms: number, from: number) => {
      for (let run = 0; run < count; run += 1) memory.ended("a", "w", ms, from + 1_000 * run)
    }
    runs(101, 100, 0)
    expect(memory.expectation("a")?.warmMs).toBeCloseTo(100)
    runs(30, 200, 200_000)
    expect(memory.expectation("a")?.warmMs).toBeGreaterThan(190)
  })

  it("remembers no more than it may", () => {
    const memory = new AffinityMemory({ ...affinityBasedDefaults, maxClasses: 10, maxHomes: 3 })
    for (let number = 0; number < 100; number += 1) {
      memory.placed("one", `w${number}`, number)
      memory.placed(`class ${number}`, "w", number)
    }
    expect([...memory.homes("one", 100).keys()]).toEqual(["w99", "w98", "w97"])
    expect(memory.expectation("class 1")).toBeUndefined()
    expect(memory.expectation("class 99")).toBeDefined()
  })

  it("learns nothing from runs that failed", () => {
    const strategy = affinityBased()
    const desk = new Desk(strategy, specs(1))
    desk.submit(asking("t", "llama"))
    const { view } = desk
    strategy.ended({ task: asking("t", "llama"), workerId: "w0", ms: 1, ok: false }, view, 1)
    const into = new Float64Array(1)
    strategy.prefer(asking("u", "llama"), view.workers, view, 1, into)
    expect(into[0]).toBeCloseTo(-0.7)
  })

  it("prefers by milliseconds, and has no opinion of a task that says nothing of itself", () => {
    const strategy = affinityBased()
    const desk = new Desk(strategy, specs(2))
    const [model = ""] = modelsFor(2)
    const run = (id: string, ms: number) => {
      desk.submit(asking(id, model))
      desk.now += ms
      desk.end(id, ms)
    }
    run("cold", 100)
    run("warm", 60)
    const into = new Float64Array(2).fill(Number.NaN)
    strategy.prefer(asking("t", model), desk.view.workers, desk.view, desk.now, into)
    expect([...into]).toEqual([-60, -100])
    into.fill(Number.NaN)
    strategy.prefer(keyed("t"), desk.view.workers, desk.view, desk.now, into)
    expect([...into]).toEqual([Number.NaN, Number.NaN])
  })

  it("waits for a home that is soon free as long as that saves more than it costs", () => {
    const strategy = affinityBased()
    const desk = new Desk(strategy, specs(2, 1))
    const [model = ""] = modelsFor(2)
    const run = (id: string, ms: number) => {
      desk.submit(asking(id, model))
      desk.now += ms
      desk.end(id, ms)
    }
    run("cold", 1_000)
    run("warm", 400)
    const began = desk.now
    desk.submit(asking("busy", model))
    const next = asking("next", model)
    // Free in about 400, and worth 600: the wait is bounded by that.
    expect(strategy.waitFor(next, desk.view, began, began)).toEqual({ workerId: "w0", until: began + 600 })
    expect(strategy.waitFor(next, desk.view, began + 300, began)).toEqual({ workerId: "w0", until: began + 600 })
    expect(strategy.waitFor(next, desk.view, began + 600, began)).toBeUndefined()
    expect(strategy.waitFor(asking("new", "bert"), desk.view, began, began)).toBeUndefined()
    desk.end("busy", 400)
    expect(strategy.waitFor(next, desk.view, desk.now, desk.now)).toBeUndefined()
  })
})

describe("the family of a model", () => {
  it("is the first word of its name", () => {
    const ids = ["meta-llama/Llama-3-8B", "bert-base-uncased", "gpt-4o", "t5", "openai/whisper.large", "-odd"]
    expect(ids.map(modelFamilyOf)).toEqual(["llama", "bert", "gpt", "t5", "whisper", "-odd"])
  })
})
