import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { describe, expect, it } from "vitest"
import type { BallastEvent, BallastEventOf, BallastEventTag } from "../../actors/index.ts"
import { Runtime } from "../../actors/runtime.ts"
import { Submitter } from "../../actors/submitter.ts"
import { type SubmitOptions, toSettings, toWorkerSpec, type WorkerDefinition } from "../../src/config/index.ts"
import { liveDriver } from "../../src/execution/index.ts"
import { audit } from "../../src/ledger/index.ts"
import type { TaskId, WorkerId } from "../../src/model/index.ts"
import { openMetrics } from "../../src/storage/index.ts"
import { cellsOf, handlersUrl, open } from "./given.ts"
import type { Walked } from "./handlers/handover.ts"

const detected = { cores: 4, memoryGiB: 4, storageGiB: 4, hostname: "here", nodeVersion: process.versions.node }
const tireless = { maxRestarts: 1_000, backoff: { base: 1, max: 1 } } as const

interface World extends AsyncDisposable {
  readonly runtime: Runtime
  readonly events: ReadonlyArray<BallastEvent>
  submit(
    type: string,
    payload: unknown,
    options?: SubmitOptions
  ): { readonly id: TaskId; readonly result: Promise<unknown> }
  /** Has the task move; says whether that was agreed. */
  move(taskId: TaskId, target: WorkerId): Promise<boolean>
  next<Tag extends BallastEventTag>(
    tag: Tag,
    suits?: (event: BallastEventOf<Tag>) => boolean
  ): Promise<BallastEventOf<Tag>>
  /** What is held or broken once nothing is left to do. */
  leftOver(): Promise<ReadonlyArray<string>>
}

/** A runtime on real workers, nothing of which moves by itself. */
const start = async (workers: ReadonlyArray<WorkerDefinition & { readonly id: string }>): Promise<World> => {
  const scope = Scope.makeUnsafe()
  const settings = toSettings({ adaptation: { features: { taskMigration: false } } })
  const making = Runtime.make({
    settings,
    strategy: { id: "first", pick: (_, candidates) => candidates[0]?.spec.id ?? "" },
    driver: liveDriver({ handlers: handlersUrl("handover.ts").href }),
    store: openMetrics({})
  })
  const runtime = await Effect.runPromise(Effect.provideService(making, Scope.Scope, scope))
  const events: Array<BallastEvent> = []
  runtime.bus.subscribe((event) => events.push(event))
  for (const worker of workers) {
    const definition = { restart: tireless, capacity: { concurrent: 4 }, ...worker }
    await Effect.runPromise(runtime.workforce.spawn(toWorkerSpec(definition, worker.id, detected, workers.length)))
    await Effect.runPromise(runtime.workforce.awaitUp(worker.id))
  }
  const submitter = new Submitter(runtime)
  const is = <Tag extends BallastEventTag>(event: BallastEvent, tag: Tag): event is BallastEventOf<Tag> =>
    event._tag === tag
  return {
    runtime,
    events,
    submit: (type, payload, options = {}) => submitter.submit(type, payload, { maxCrashes: 1_000, ...options }, true),
    move: async (taskId, target) => {
      const epoch = runtime.ledger.task(taskId)?.assignment?.epoch
      if (epoch === undefined) return false
      return (await Effect.runPromise(runtime.coordinator.ask("Migrate", { taskId, epoch, target }))).ok
    },
    next: (tag, suits = () => true) =>
      new Promise((resolve) => {
        const off = runtime.bus.subscribe((event) => {
          if (!is(event, tag) || !suits(event)) return
          off()
          resolve(event)
        })
      }),
    leftOver: async () => {
      await Effect.runPromise(runtime.idle)
      return [...audit(runtime.ledger), ...[...runtime.ledger.migrations.keys()].map((id) => `migration ${id}`)]
    },
    [Symbol.asyncDispose]: () => Effect.runPromise(Scope.close(scope, Exit.void))
  }
}

/** Long enough that a move gets through in between, however late this thread is. */
const far = 3_000
const sumTo = (to: number): number => (to * (to + 1)) / 2

type Story = Walked & { readonly kinds: ReadonlyArray<string>; readonly attempt: number }

const isStory = (value: unknown): value is Story => typeof value === "object" && value !== null && "route" in value

const storyOf = async (result: Promise<unknown>): Promise<Story> => {
  const value = await result
  if (!isStory(value)) throw new Error("it has no story to tell")
  return value
}

const under = (world: World, taskId: TaskId): Promise<unknown> =>
  world.next("TaskProgressed", (event) => event.taskId === taskId)

const completions = ({ events }: World, taskId: TaskId): number =>
  events.filter((event) => event._tag === "TaskCompleted" && event.taskId === taskId).length

const kinds = ["thread", "process"] as const
const deaths = kinds.flatMap((kind) => (["source", "target"] as const).map((who) => ({ kind, who })))
const ways = kinds.flatMap((from) => kinds.map((to) => ({ from, to })))

describe("a running task that is moved", () => {
  it.each(ways)(
    "from a $from to a $to goes on where it was, with its state whole and under a later epoch",
    async ({ from, to }) => {
      await using world = await start([
        { id: "source", isolation: from },
        { id: "target", isolation: to }
      ])
      const task = world.submit("walk", { to: far })
      await under(world, task.id)
      expect(await world.move(task.id, "target")).toBe(true)
      const { at, sum, route, epochs, kinds, attempt } = await storyOf(task.result)
      expect({ at, sum, route, kinds }).toEqual({
        at: far,
        sum: sumTo(far),
        route: ["source", "target"],
        kinds: ["date", "bytes"]
      })
      expect(epochs[1]).toBeGreaterThan(epochs[0] ?? Number.POSITIVE_INFINITY)
      expect(attempt).toBeGreaterThanOrEqual(1)
      expect(completions(world, task.id)).toBe(1)
      expect(await world.leftOver()).toEqual([])
    }
  )

  it("to and fro never falls back in what it says of its progress", async () => {
    await using world = await start([{ id: "one" }, { id: "two" }])
    const task = world.submit("walk", { to: 2 * far })
    await under(world, task.id)
    let moves = 0
    for (const target of ["two", "one", "two", "one"]) {
      const placed = world.next(
        "TaskPlaced",
        ({ taskId, migrationId }) => taskId === task.id && migrationId !== undefined
      )
      if (!(await world.move(task.id, target))) break
      await Promise.race([placed, task.result])
      moves += 1
    }
    expect((await storyOf(task.result)).sum).toBe(sumTo(2 * far))
    expect(moves).toBeGreaterThan(1)
    const fractions = world.events.flatMap((event) =>
      event._tag === "TaskProgressed" && event.taskId === task.id ? [event.fraction] : []
    )
    expect(fractions.filter((fraction, index) => fraction < (fractions[index - 1] ?? 0))).toEqual([])
    expect(await world.leftOver()).toEqual([])
  })

  it("is heard no more from where it was: what that still says of it is refused", async () => {
    await using world = await start([{ id: "source" }, { id: "target" }])
    const task = world.submit("walk", { to: far })
    await under(world, task.id)
    const epoch = world.runtime.ledger.task(task.id)?.assignment?.epoch
    const placed = world.next("TaskPlaced", ({ migrationId }) => migrationId !== undefined)
    expect(await world.move(task.id, "target")).toBe(true)
    await placed
    if (epoch === undefined) throw new Error("it did not run")
    const { ledger, system } = world.runtime
    const stale = ledger.complete(task.id, epoch, "too late", system.now())
    expect(stale).toMatchObject({ ok: false, refusal: { _tag: "StaleEpoch" } })
    expect((await storyOf(task.result)).sum).toBe(sumTo(far))
  })
})

describe("a task whose payload was moved to its worker", () => {
  it("stays there: what it was given is nowhere else any more", async () => {
    await using world = await start([{ id: "source" }, { id: "target" }])
    const data = Float64Array.from({ length: far }, () => 1)
    const task = world.submit("walk", { to: far, data }, { transfer: [data.buffer] })
    await under(world, task.id)
    expect(data.length).toBe(0)
    expect(await world.move(task.id, "target")).toBe(false)
    const { sum, route } = await storyOf(task.result)
    expect({ sum, route }).toEqual({ sum: far, route: ["source"] })
    expect(await world.leftOver()).toEqual([])
  })

  it("moves where its payload is shared, not moved", async () => {
    await using world = await start([{ id: "source" }, { id: "target" }])
    const data = new Float64Array(new SharedArrayBuffer(8 * far)).fill(1)
    const task = world.submit("walk", { to: far, data })
    await under(world, task.id)
    expect(await world.move(task.id, "target")).toBe(true)
    const { sum, route } = await storyOf(task.result)
    expect({ sum, route }).toEqual({ sum: far, route: ["source", "target"] })
  })
})

describe("a handover in which somebody dies", () => {
  const kill = async (world: World, workerId: WorkerId, pids: ReadonlyMap<WorkerId, number>): Promise<void> => {
    const gone = world.next("WorkerExited", (event) => event.workerId === workerId)
    const pid = pids.get(workerId)
    if (pid === undefined) world.runtime.workforce.restart(workerId)
    else process.kill(pid, "SIGKILL")
    await gone
  }

  it.each(deaths)(
    "the $who, a $kind, before the task has let go: it goes on from what it had saved, and completes once",
    async ({ kind, who }) => {
      await using world = await start(["source", "target", "third"].map((id) => ({ id, isolation: kind })))
      const pids = new Map<WorkerId, number>()
      if (kind === "process") {
        for (const id of ["source", "target"]) {
          const pid = await world.submit("pid", undefined, { preferredWorkers: [id] }).result
          if (typeof pid === "number") pids.set(id, pid)
        }
      }
      const task = world.submit("walk", { to: far })
      await under(world, task.id)
      const offered = world.next("MigrationOffered")
      const moving = world.move(task.id, "target")
      await offered
      const saved = world.runtime.ledger.task(task.id)?.state
      expect(saved).toBeDefined()
      await kill(world, who, pids)
      await moving
      const { sum, at } = await storyOf(task.result)
      expect({ at, sum }).toEqual({ at: far, sum: sumTo(far) })
      expect(completions(world, task.id)).toBe(1)
      expect(await world.leftOver()).toEqual([])
    }
  )

  it("the target as soon as the task is placed there, again and again: no step is lost", async () => {
    await using world = await start(["one", "two", "three"].map((id) => ({ id })))
    const task = world.submit("walk", { to: 2 * far })
    await under(world, task.id)
    let deaths = 0
    world.runtime.bus.subscribe((event) => {
      if (event._tag !== "TaskPlaced" || event.migrationId === undefined || deaths >= 3) return
      deaths += 1
      // On a turn of its own: the run is on its way there.
      queueMicrotask(() => world.runtime.workforce.restart(event.reservation.workerId))
    })
    for (let round = 0; round < 3; round += 1) {
      const at = world.runtime.ledger.task(task.id)?.assignment?.workerId
      const exited = world.next("WorkerExited")
      if (!(await world.move(task.id, at === "three" ? "two" : "three"))) break
      await Promise.race([exited, task.result])
    }
    expect((await storyOf(task.result)).sum).toBe(sumTo(2 * far))
    expect(deaths).toBeGreaterThan(0)
    expect(completions(world, task.id)).toBe(1)
    expect(await world.leftOver()).toEqual([])
  })
})

describe("a handover under way", () => {
  const offer = async (world: World) => {
    const cells = cellsOf()
    const task = world.submit("stay", { cells })
    await under(world, task.id)
    expect(await world.move(task.id, "target")).toBe(true)
    return { task, cells }
  }

  it("of a task that never lets go leaves it where it is, and its result is heard", async () => {
    await using world = await start([{ id: "source" }, { id: "target" }])
    const { task, cells } = await offer(world)
    open(cells)
    expect(await task.result).toBe("source")
    expect(await world.leftOver()).toEqual([])
    expect(world.runtime.ledger.worker("target")?.slots).toBe(0)
  })

  it.each(["source", "target"] as const)("does not keep its %s from being drained and retired", async (who) => {
    await using world = await start([{ id: "source" }, { id: "target" }])
    const { task, cells } = await offer(world)
    const retired = Effect.runPromise(world.runtime.workforce.retire(who))
    await world.next("WorkerPhaseChanged", ({ workerId, phase }) => workerId === who && phase === "draining")
    open(cells)
    expect(await task.result).toBe("source")
    await retired
    expect(world.runtime.ledger.worker(who)).toBeUndefined()
    expect(await world.leftOver()).toEqual([])
  })

  it("goes on where its source is drained meanwhile: the drain ends with the move", async () => {
    await using world = await start([{ id: "source" }, { id: "target" }])
    const task = world.submit("walk", { to: far })
    await under(world, task.id)
    const drained = Effect.runPromise(world.runtime.workforce.drain("source"))
    await world.next("WorkerPhaseChanged", ({ workerId }) => workerId === "source")
    expect(await world.move(task.id, "target")).toBe(true)
    await drained
    expect(completions(world, task.id)).toBe(0)
    const { sum, route } = await storyOf(task.result)
    expect({ sum, route }).toEqual({ sum: sumTo(far), route: ["source", "target"] })
  })

  it("does not keep the runtime from stopping: whoever waits is told", async () => {
    const world = await start([{ id: "source" }, { id: "target" }])
    const { task } = await offer(world)
    const walking = world.submit("walk", { to: 100 * far })
    await under(world, walking.id)
    await world.move(walking.id, "target")
    const results = [task, walking].map(({ result }) => result.catch((error: unknown) => error))
    await world[Symbol.asyncDispose]()
    for (const result of await Promise.all(results)) expect(result).toMatchObject({ _tag: "ShuttingDown" })
  })
})
