import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { audit, fitsNow, goesBefore, type TaskRecord, takesWork, unmetEver } from "../../../src/ledger/index.ts"
import type { LedgerEvent, TaskSpec, WorkerSpec } from "../../../src/model/index.ts"
import {
  consistentHash,
  performanceBased,
  type Strategy,
  type StrategyId,
  sticky
} from "../../../src/placement/index.ts"
import { aDevice, aShare, asking, aTask, aWorker, done, theTask } from "../../ledger/given.ts"
import { type Desk, desk } from "./desk.ts"

/** Tasks of six shapes: a slot, some room, much room, a label few have, a device, a whole worker's memory. */
const shapes = [
  asking({}),
  asking({ cpu: 1_000 }),
  asking({ cpu: 3_000, memory: 2_000 }),
  asking({ cpu: 500 }, [], { labels: { of: "x" } }),
  asking({}, [aShare("cuda", 500)]),
  asking({ memory: 4_000 })
]

const kinds: ReadonlyArray<(id: string) => WorkerSpec> = [
  (id) => aWorker(id),
  (id) => aWorker(id, { slots: 1, resources: { cpu: 1_000, memory: 1_000 } }),
  (id) => aWorker(id, { slots: 3, capabilities: { labels: { of: "x" } } }),
  (id) => aWorker(id, { devices: [aDevice("cuda")] })
]

type Command =
  | {
      readonly do: "submit"
      readonly shape: number
      readonly key: number
      readonly urgent: boolean
      readonly ms: number
    }
  | { readonly do: "join"; readonly kind: number }
  | {
      readonly do: "complete" | "fail" | "giveBack" | "cancel" | "release" | "move" | "moved" | "drop"
      readonly which: number
    }
  | { readonly do: "up" | "drain" | "leave" | "crash" | "lose"; readonly which: number }
  | { readonly do: "wait"; readonly ms: number }

const which = fc.nat(30)
const commands: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("submit" as const),
      shape: fc.nat(5),
      key: fc.nat(5),
      urgent: fc.boolean(),
      ms: fc.nat(200)
    })
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("join" as const), kind: fc.nat(3) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom(
        "complete" as const,
        "complete" as const,
        "fail" as const,
        "giveBack" as const,
        "cancel" as const,
        "release" as const,
        "move" as const,
        "moved" as const,
        "drop" as const
      ),
      which
    })
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom(
        "up" as const,
        "up" as const,
        "drain" as const,
        "leave" as const,
        "crash" as const,
        "lose" as const
      ),
      which
    })
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(1, 20, 500, 5_000) }) }
)

/** The longest that a task may wait for its home. */
const waitMs = 100

/** With homes by key, and by what is asked for; waiting for them and not. */
const strategies: Readonly<Record<string, () => Strategy | StrategyId>> = {
  least_connections: () => "least_connections",
  round_robin: () => "round_robin",
  performance_based: () => "performance_based",
  "a ring with waits": () => consistentHash({ waitMs }),
  "sticky with waits": () => sticky({ waitMs, keyOf: ({ requirements: { shape } }) => shape }),
  "sticky on performance_based": () =>
    sticky({ inner: performanceBased(), waitMs, keyOf: ({ requirements: { shape } }) => shape })
}

interface Options {
  readonly strategy: string
  readonly reserveAfter: number
  readonly backfill: boolean
}

const options: fc.Arbitrary<Options> = fc.record({
  strategy: fc.constantFrom(...Object.keys(strategies)),
  reserveAfter: fc.constantFrom(Number.POSITIVE_INFINITY, 100, 0),
  backfill: fc.boolean()
})

type Case = "parked" | "tried" | "key lot" | "delayed" | "kept free" | "full" | "unparked" | "aside" | "back"

/** A world, and what in it is not as it should be. */
class World {
  readonly reached = new Set<Case>()
  readonly wrong: Array<string> = []
  readonly desk: Desk
  readonly #lost = new Set<string>()
  readonly #parked = new Set<string>()
  /** Since when tasks have been seen aside. */
  readonly #aside = new Map<string, number>()
  #count = 0

  constructor({ strategy, reserveAfter, backfill }: Options) {
    this.desk = desk({
      strategy: strategies[strategy]?.() ?? "least_connections",
      reserveAfter,
      backfill,
      onEvent: (event, task) => this.#onEvent(event, task)
    })
  }

  #onEvent(event: LedgerEvent, task: TaskRecord | undefined): void {
    if (event._tag === "TaskParked") {
      this.reached.add(event.requeues > 0 ? "tried" : "parked")
      this.#parked.add(event.taskId)
    }
    if (event._tag === "TaskPlaced" && this.#parked.has(event.taskId)) this.reached.add("unparked")
    if (event._tag === "WorkerHeld") this.reached.add("kept free")
    if (event._tag === "TaskPlaced" && event.migrationId === undefined && task !== undefined) this.#isInTurn(task)
    if (task !== undefined && task.status !== "queued" && this.#aside.delete(task.spec.id)) this.reached.add("back")
  }

  /** 29: it waits for somebody who is there and cannot take it, for so long and no longer. */
  *#homeless(task: TaskRecord): Iterable<string> {
    const { ledger, dispatch, now } = this.desk
    const { id, requirements } = task.spec
    this.reached.add("aside")
    const since = this.#aside.get(id) ?? now
    this.#aside.set(id, since)
    if (now >= since + waitMs) yield `${id} has waited for its home since ${since}`
    if (dispatch.nextDue > since + waitMs) yield `${id} has no timer`
    const [, homeId = ""] = /^waits for (\w+), where it is at home/.exec(dispatch.explain(task, now)) ?? []
    const home = ledger.worker(homeId)
    if (home === undefined || !takesWork(home.phase)) return yield `${id} waits for ${homeId}, which takes no work`
    if (fitsNow(requirements, home) && (home.heldFor ?? id) === id) yield `${id} waits for ${homeId}, which is free`
  }

  /** D2, property 19: of one key never more than its limit, and the first in order first. */
  #isInTurn(task: TaskRecord): void {
    const { concurrencyKey, concurrencyLimit, id } = task.spec
    if (concurrencyKey === undefined) return
    const others = [...this.desk.ledger.tasks.values()].filter(({ spec }) => spec.concurrencyKey === concurrencyKey)
    const holders = this.desk.ledger.keyOf(id).holders.length
    if (holders > concurrencyLimit) this.wrong.push(`${holders} hold ${concurrencyKey} of ${concurrencyLimit}`)
    const before = others.filter((other) => other.status === "queued" && goesBefore(other, task))
    if (before.length > concurrencyLimit - holders) {
      this.wrong.push(`${id} goes before ${before.map(({ spec }) => spec.id).join()} of ${concurrencyKey}`)
    }
  }

  #of<A>(all: ReadonlyArray<A>, index: number): A | undefined {
    return all[index % Math.max(1, all.length)]
  }

  #tasks(is: (task: TaskRecord) => boolean): ReadonlyArray<TaskRecord> {
    return [...this.desk.ledger.tasks.values()].filter(is)
  }

  run(command: Command): void {
    const { ledger, now } = this.desk
    const workers = [...ledger.workers.values()]
    switch (command.do) {
      case "submit": {
        const id = `t${this.#count++}`
        const keyed: Partial<TaskSpec> =
          command.key < 3 ? { concurrencyKey: `k${command.key}`, concurrencyLimit: command.key + 1 } : {}
        const timed = command.ms > 100 ? { expectedDuration: command.ms } : {}
        const priority = command.urgent ? "high" : "normal"
        const requirements = shapes[command.shape] ?? asking({})
        done(ledger.accept(aTask(id, { requirements, priority, retries: 2, ...keyed, ...timed }), now))
        break
      }
      case "join":
        done(ledger.addWorker(kinds[command.kind]?.(`w${this.#count++}`) ?? aWorker("w"), now))
        break
      case "up":
      case "drain": {
        const worker = this.#of(
          workers.filter(({ phase }) => phase !== "failed"),
          command.which
        )
        if (worker !== undefined) ledger.setPhase(worker.spec.id, command.do === "up" ? "up" : "draining", now)
        break
      }
      case "leave": {
        const worker = this.#of(workers, command.which)
        if (worker !== undefined && ledger.removeWorker(worker.spec.id, now).ok) this.#lost.delete(worker.spec.id)
        break
      }
      case "crash":
      case "lose": {
        const worker = this.#of(workers, command.which)
        if (worker === undefined) break
        const phase = command.do === "lose" ? "failed" : "starting"
        done(ledger.workerLost(worker.spec.id, { reason: "crashed", culprits: [] }, phase, now))
        if (command.do === "crash") break
        this.desk.dispatch.lose(worker.spec.id)
        this.#lost.add(worker.spec.id)
        break
      }
      case "complete":
      case "fail":
      case "giveBack": {
        const task = this.#of(
          this.#tasks(({ status }) => status === "running"),
          command.which
        )
        if (task?.assignment === undefined) break
        const { taskId, epoch } = task.assignment
        if (command.do === "complete") ledger.complete(taskId, epoch, 1, now)
        else if (command.do === "giveBack") ledger.requeue(taskId, epoch, "yielded", now)
        else ledger.fail(taskId, epoch, { reason: "error", error: { name: "Error", message: "" } }, 50, now)
        break
      }
      case "cancel": {
        const task = this.#of(
          this.#tasks(({ outcome }) => outcome === undefined),
          command.which
        )
        if (task !== undefined) ledger.cancel(task.spec.id, "", now)
        break
      }
      case "release": {
        const stopping = workers.flatMap(({ spec, stopping }) =>
          [...stopping.keys()].map((epoch) => [spec.id, epoch] as const)
        )
        const one = this.#of(stopping, command.which)
        if (one !== undefined) ledger.released(one[0], one[1], now)
        break
      }
      case "move": {
        const task = this.#of(
          this.#tasks(({ status, migration }) => status === "running" && migration === undefined),
          command.which
        )
        const target = this.#of(workers, command.which)
        if (task?.assignment !== undefined && target !== undefined) {
          ledger.offerMigration(task.spec.id, task.assignment.epoch, target.spec.id, now)
        }
        break
      }
      case "moved": {
        const migration = this.#of([...ledger.migrations.values()], command.which)
        if (migration === undefined) break
        if (migration.phase === "offered") ledger.releaseMigration(migration.id, 1, now)
        else ledger.commitMigration(migration.id, now)
        break
      }
      case "drop": {
        const migration = this.#of([...ledger.migrations.values()], command.which)
        if (migration !== undefined) ledger.abortMigration(migration.id, "", now)
        break
      }
      case "wait":
        return this.#look(() => this.desk.at(now + command.ms))
    }
    this.#look(() => this.desk.settle())
  }

  #look(settle: () => void): void {
    settle()
    this.wrong.push(...audit(this.desk.ledger), ...this.#idle())
  }

  /** Properties 20, 21 and 29: whatever waits has somebody or something to wait for, and nobody idle could take it. */
  *#idle(): Iterable<string> {
    const { ledger, dispatch, now } = this.desk
    if (ledger.first !== undefined) yield `${ledger.first.spec.id} is not looked at`
    const due = Math.min(ledger.nextDue() ?? Number.POSITIVE_INFINITY, dispatch.nextDue)
    if (due <= now) yield "something is due and not done"
    for (const task of this.#tasks(({ status }) => status === "delayed")) {
      this.reached.add("delayed")
      if (due > (task.notBefore ?? 0)) yield `${task.spec.id} has no timer`
    }
    const workers = [...ledger.workers.values()]
    for (const task of this.#tasks(({ status }) => status === "queued")) {
      const { id, requirements } = task.spec
      if (ledger.isAside(id)) {
        yield* this.#homeless(task)
        continue
      }
      const isReady = ledger.isReady(id)
      const { holders } = ledger.keyOf(id)
      if (!isReady && holders.length === 0 && ledger.keyOf(id).next === id) yield `${id} waits for a key nobody holds`
      if (!isReady) this.reached.add("key lot")
      const able = workers.filter(({ spec }) => unmetEver(requirements, spec).length === 0)
      const isParked = dispatch.explain(task, now).includes("can ever run it")
      if (isReady && ledger.firstOf(requirements.shape) === task) {
        if (isParked !== (able.length === 0 && workers.length > 0))
          yield `${id} is parked wrongly: ${dispatch.explain(task, now)}`
        if (able.length > 0 && able.every(({ spec }) => this.#lost.has(spec.id))) yield `${id} waits for the lost`
      }
      if (!isReady) continue
      for (const worker of workers) {
        if (ledger.refusalToPlace(id, worker.spec.id) === undefined) yield `${id} waits beside ${worker.spec.id}`
      }
      this.reached.add("full")
    }
  }

  /** Somebody comes for everybody, and all that runs ends: then everything has run, and no key is left. */
  end(): void {
    const { ledger } = this.desk
    for (const { spec, phase } of [...ledger.workers.values()])
      if (phase !== "failed") ledger.setPhase(spec.id, "up", this.desk.now)
    const parked = this.#tasks(
      (task) => task.status === "queued" && this.desk.explain(task.spec.id).includes("can ever run it")
    )
    kinds.forEach((kind, index) => {
      done(ledger.addWorker(kind(`last${index}`), this.desk.now))
      done(ledger.setPhase(`last${index}`, "up", this.desk.now))
    })
    this.#look(() => this.desk.settle())
    for (const { id } of [...ledger.migrations.values()]) ledger.abortMigration(id, "", this.desk.now)
    for (let round = 0; round < 200 && this.#tasks(({ outcome }) => outcome === undefined).length > 0; round += 1) {
      for (const { spec, stopping } of ledger.workers.values()) {
        for (const epoch of [...stopping.keys()]) ledger.released(spec.id, epoch, this.desk.now)
      }
      for (const { assignment } of this.#tasks(({ status }) => status === "running")) {
        if (assignment !== undefined) ledger.complete(assignment.taskId, assignment.epoch, 1, this.desk.now)
      }
      this.#look(() => this.desk.at(this.desk.now + 10))
    }
    for (const task of this.#tasks(({ outcome }) => outcome === undefined))
      this.wrong.push(`${task.spec.id} never ends: ${this.desk.explain(task.spec.id)}`)
    for (const { spec } of parked) {
      if (theTask(ledger, spec.id).outcome?._tag !== "completed")
        this.wrong.push(`${spec.id} was parked and has not run`)
    }
    for (const { spec, stopping } of ledger.workers.values()) {
      for (const epoch of [...stopping.keys()]) ledger.released(spec.id, epoch, this.desk.now)
    }
    for (const { key } of ledger.state.waiting.keys()) this.wrong.push(`key ${key} is kept`)
  }
}

/** Histories in which a task was once forgotten beside a worker that is kept free for another. */
const remembered: Array<[Options, Array<Command>]> = [
  // A more urgent one that came to a sleeping lane, and might go where its first might not.
  [
    { strategy: "least_connections", reserveAfter: 0, backfill: false },
    [
      { do: "submit", shape: 0, key: 0, urgent: false, ms: 0 },
      { do: "submit", shape: 5, key: 0, urgent: false, ms: 0 },
      { do: "join", kind: 0 },
      { do: "up", which: 0 },
      { do: "submit", shape: 5, key: 1, urgent: false, ms: 0 },
      { do: "submit", shape: 0, key: 0, urgent: false, ms: 0 },
      { do: "submit", shape: 1, key: 2, urgent: false, ms: 0 },
      { do: "join", kind: 2 },
      { do: "complete", which: 0 },
      { do: "submit", shape: 3, key: 0, urgent: true, ms: 0 },
      { do: "submit", shape: 1, key: 1, urgent: true, ms: 0 }
    ]
  ],
  // One woken by a worker, as another was kept free no longer.
  [
    { strategy: "least_connections", reserveAfter: 0, backfill: false },
    [
      { do: "submit", shape: 5, key: 1, urgent: false, ms: 0 },
      { do: "join", kind: 0 },
      { do: "join", kind: 2 },
      { do: "submit", shape: 0, key: 2, urgent: true, ms: 0 },
      { do: "drain", which: 0 },
      { do: "join", kind: 0 },
      { do: "submit", shape: 1, key: 2, urgent: false, ms: 0 },
      { do: "submit", shape: 0, key: 0, urgent: false, ms: 0 },
      { do: "submit", shape: 5, key: 1, urgent: true, ms: 0 },
      { do: "up", which: 22 },
      { do: "submit", shape: 2, key: 0, urgent: false, ms: 101 },
      { do: "wait", ms: 1 },
      { do: "up", which: 0 }
    ]
  ],
  // Another worker was kept free than before, once all had been tried.
  [
    { strategy: "a ring with waits", reserveAfter: 0, backfill: true },
    [
      { do: "submit", shape: 0, key: 0, urgent: false, ms: 0 },
      { do: "submit", shape: 0, key: 0, urgent: false, ms: 0 },
      { do: "submit", shape: 0, key: 0, urgent: false, ms: 0 },
      { do: "join", kind: 0 },
      { do: "submit", shape: 0, key: 0, urgent: false, ms: 0 },
      { do: "join", kind: 0 },
      { do: "up", which: 0 },
      { do: "submit", shape: 2, key: 1, urgent: false, ms: 106 },
      { do: "submit", shape: 0, key: 0, urgent: false, ms: 101 },
      { do: "complete", which: 0 },
      { do: "up", which: 21 },
      { do: "wait", ms: 20 },
      { do: "complete", which: 1 },
      { do: "complete", which: 0 },
      { do: "wait", ms: 1 },
      { do: "submit", shape: 0, key: 2, urgent: false, ms: 101 },
      { do: "complete", which: 0 },
      { do: "submit", shape: 0, key: 1, urgent: false, ms: 0 },
      { do: "fail", which: 3 },
      { do: "join", kind: 0 },
      { do: "submit", shape: 2, key: 2, urgent: false, ms: 101 },
      { do: "wait", ms: 500 }
    ]
  ]
]

describe("whatever waits", () => {
  it("has something that will wake it, nobody idle could take it, keys are kept in order, and in the end all has run", () => {
    const reached = new Map<Case, number>()
    const runs = 600
    fc.assert(
      fc.property(options, fc.array(commands, { minLength: 20, maxLength: 120 }), (given, all) => {
        const world = new World(given)
        for (const command of all) {
          world.run(command)
          expect(world.wrong).toEqual([])
        }
        world.end()
        expect(world.wrong).toEqual([])
        for (const what of world.reached) reached.set(what, (reached.get(what) ?? 0) + 1)
      }),
      { numRuns: runs, examples: remembered }
    )
    for (const what of ["parked", "key lot", "delayed", "kept free", "full", "unparked", "aside", "back"] as const) {
      expect([what, (reached.get(what) ?? 0) / runs > 0.05]).toEqual([what, true])
    }
  }, 60_000)
})

describe("what wakes a task", () => {
  const some = asking({ cpu: 1_000 })

  it("is the end of a move that was to take the room", () => {
    const { join, submit, ledger, assignmentOf, settle, workerOf } = desk()
    join(aWorker("w1", { slots: 1 }))
    submit(aTask("a", { requirements: some }))
    join(aWorker("w2", { slots: 1 }))
    const { id } = done(ledger.offerMigration("a", assignmentOf("a").epoch, "w2", 0))
    submit(aTask("b", { requirements: some }))
    expect(workerOf("b")).toBeUndefined()
    done(ledger.abortMigration(id, "", 0))
    settle()
    expect(workerOf("b")).toBe("w2")
  })

  it("is not a run that ends where it does not fit: nobody is asked about it", () => {
    let asked = 0
    const strategy: Strategy = {
      id: "counting",
      seek: (_task, view, filter) => {
        asked += 1
        return view.workers.find((worker) => filter.fits(worker))
      }
    }
    const { join, submit, complete, workerOf } = desk({ strategy })
    join(aWorker("w1", { slots: 8 }), aWorker("w2", { slots: 8 }))
    const quarter = (id: string) => aTask(id, { requirements: some })
    submit(...Array.from({ length: 8 }, (_, index) => quarter(`run${index}`)))
    submit(
      ...Array.from({ length: 60 }, (_, index) =>
        aTask(`big${index}`, { requirements: asking({ cpu: 2_000 + index }) })
      )
    )
    asked = 0
    complete("run0")
    expect(asked).toBe(0)
    complete("run1")
    // Two runs of the same worker make room for one of them: it alone is tried, as are not those that lost to it.
    expect([workerOf("big0"), asked]).toEqual(["w1", 1])
  })
})
