import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { TaskHandles } from "../../actors/task-handles.ts"
import {
  type Answer,
  audit,
  type CommandCase,
  type CommandRow,
  commands,
  type Ending,
  errorOf,
  Ledger,
  lifecycle,
  refusedWith,
  type TaskEventTag
} from "../../src/ledger/index.ts"
import {
  Epoch,
  type FailureReason,
  type LedgerEvent,
  Milli,
  type TaskSpec,
  type TaskStatus
} from "../../src/model/index.ts"
import { differences, viewOf } from "../../src/testing/index.ts"
import { anError, asking, aTask, done } from "./given.ts"
import { type Scene, type SceneOptions, sceneOf, standings } from "./standing-task.ts"

type Stands = "none" | TaskStatus

const old = Epoch(0)
const failure = (reason: FailureReason, final = false) => ({ reason, error: anError, final })
const later = 1_000

/** How each command is given, and what has to be so for its guard to hold. */
interface Trial {
  readonly spec?: Partial<TaskSpec>
  readonly offered?: boolean
  /** What happens first: before `t` is accepted, or after it stands. */
  readonly earlier?: (ledger: Ledger) => void
  readonly before?: (scene: Scene) => void
  readonly call: (scene: Scene) => unknown
}

const critical = { priority: "critical" } as const
const keyed = { concurrencyKey: "k", concurrencyLimit: 1 } as const
/** Both slots of `w3`. */
const fillUp = ({ ledger }: Scene): void => {
  for (const id of ["one", "two"]) {
    done(ledger.accept(aTask(id, critical), 0))
    done(ledger.place(id, "w3", 0))
  }
}
/** `w2`, for a task that is expected to begin there then and takes all of it. */
const keepFree = (ledger: Ledger, until: number): void => {
  done(ledger.accept(aTask("large", { ...critical, requirements: asking({ cpu: 4_000 }) }), 0))
  const nothing = { cpu: Milli(0), memory: Milli(0), network: Milli(0), storage: Milli(0) }
  done(ledger.hold("w2", "large", 0, { until, spare: { slots: 0, resources: nothing }, pace: 1 }))
}
const exit = (culprits: ReadonlyArray<Epoch>) => ({ reason: "crashed", culprits }) as const

const trials: Record<CommandCase, Trial> = {
  accept: { call: ({ ledger }) => ledger.accept(aTask("t"), later) },
  park: { call: ({ ledger }) => ledger.park("t", { requeues: 1, unmet: [], lower: false }, later) },
  place: { call: ({ ledger }) => ledger.place("t", "w2", later) },
  "place: the worker has no room": {
    before: ({ ledger }) => done(ledger.setPhase("w3", "draining", 0)),
    call: ({ ledger }) => ledger.place("t", "w3", later)
  },
  "place: another task of its shape came first": {
    before: ({ ledger }) => done(ledger.accept(aTask("first", critical), 0)),
    call: ({ ledger }) => ledger.place("t", "w2", later)
  },
  "place: its concurrency key is held": {
    spec: { ...keyed, concurrencyLimit: 2 },
    before: ({ ledger }) => {
      // Where `t` waits another holds the key, and lets nobody else in.
      if (ledger.task("t")?.status !== "queued") return
      done(ledger.accept(aTask("holder", { ...keyed, ...critical }), 0))
      done(ledger.place("holder", "w2", 0))
    },
    call: ({ ledger }) => ledger.place("t", "w2", later)
  },
  "place: the worker is kept free for another": {
    before: ({ ledger }) => {
      done(ledger.accept(aTask("large", { ...critical, requirements: asking({ cpu: 4_000 }) }), 0))
      done(ledger.hold("w2", "large", 0))
    },
    call: ({ ledger }) => ledger.place("t", "w2", later)
  },
  "place: the devices named will not do": { call: ({ ledger }) => ledger.place("t", "w2", later, [0]) },
  "backfill: it will be over in time": {
    spec: { expectedDuration: 1_000 },
    before: ({ ledger }) => keepFree(ledger, 2_000),
    call: ({ ledger }) => ledger.backfill("t", "w2", later)
  },
  "backfill: it would keep another waiting": {
    spec: { expectedDuration: 1_001 },
    before: ({ ledger }) => keepFree(ledger, 2_000),
    call: ({ ledger }) => ledger.backfill("t", "w2", later)
  },
  "backfill: another of its shape that may came first": {
    spec: { expectedDuration: 1_000 },
    before: ({ ledger }) => {
      keepFree(ledger, 2_000)
      done(ledger.accept(aTask("first", { ...critical, expectedDuration: 1_000 }), 0))
    },
    call: ({ ledger }) => ledger.backfill("t", "w2", later)
  },
  placeAhead: { before: fillUp, call: ({ ledger }) => ledger.placeAhead("t", "w3", later) },
  "placeAhead: the worker has a slot free": { call: ({ ledger }) => ledger.placeAhead("t", "w3", later) },
  "placeAhead: it has a concurrency key": {
    spec: { ...keyed, concurrencyLimit: 2 },
    before: fillUp,
    call: ({ ledger }) => ledger.placeAhead("t", "w3", later)
  },
  hold: { call: ({ ledger }) => ledger.hold("w2", "t", later) },
  unhold: {
    before: ({ ledger }) => {
      if (ledger.task("t")?.status === "queued") done(ledger.hold("w2", "t", 0))
    },
    call: ({ ledger }) => ledger.unhold("w2", later)
  },
  checkpoint: { call: ({ ledger, epoch }) => ledger.checkpoint("t", epoch, "half", later) },
  "checkpoint: by an older run": { call: ({ ledger }) => ledger.checkpoint("t", old, "half", later) },
  complete: { call: ({ ledger, epoch }) => ledger.complete("t", epoch, 1, later) },
  "complete: by an older run": { call: ({ ledger }) => ledger.complete("t", old, 1, later) },
  "fail: an attempt is left": {
    spec: { retries: 1 },
    call: ({ ledger, epoch }) => ledger.fail("t", epoch, failure("error"), 100, later)
  },
  "fail: no attempt is left": {
    call: ({ ledger, epoch }) => ledger.fail("t", epoch, failure("error"), 100, later)
  },
  "fail: another attempt is useless": {
    spec: { retries: 1 },
    call: ({ ledger, epoch }) => ledger.fail("t", epoch, failure("timeout", true), 100, later)
  },
  "fail: by an older run": { call: ({ ledger }) => ledger.fail("t", old, failure("error"), 100, later) },
  requeue: { call: ({ ledger, epoch }) => ledger.requeue("t", epoch, "yielded", later) },
  "requeue: it was sent ahead and is called back": {
    call: ({ ledger, epoch }) => ledger.requeue("t", epoch, "recalled", later)
  },
  "requeue: by an older run": { call: ({ ledger }) => ledger.requeue("t", old, "yielded", later) },
  giveUp: { call: ({ ledger }) => ledger.giveUp("t", "unschedulable", anError, later) },
  shed: { call: ({ ledger }) => ledger.shed("t", 0.97, later) },
  cancel: { call: ({ ledger }) => ledger.cancel("t", "not wanted", later) },
  "expire: its deadline has passed": { spec: { deadline: later }, call: ({ ledger }) => ledger.expire(later) },
  "expire: its queue timeout has passed before it first ran": {
    spec: { queueTimeout: later },
    call: ({ ledger }) => ledger.expire(later)
  },
  "expire: its queue timeout has passed after it first ran": {
    spec: { queueTimeout: later },
    before: ({ ledger }) => {
      if (ledger.task("t")?.status !== "queued") return
      done(ledger.requeue("t", done(ledger.place("t", "w1", 0)).epoch, "yielded", 0))
    },
    call: ({ ledger }) => ledger.expire(later)
  },
  "expire: nothing has passed": {
    spec: { deadline: later + 1, queueTimeout: later + 1 },
    call: ({ ledger }) => ledger.expire(later)
  },
  "due: its time has come": { call: ({ ledger }) => ledger.due(100) },
  "due: its time has not come": { call: ({ ledger }) => ledger.due(99) },
  "workerLost: not by this task": { call: ({ ledger }) => ledger.workerLost("w1", exit([]), "starting", later) },
  "workerLost: by this task, below its maxCrashes": {
    call: ({ ledger, epoch }) => ledger.workerLost("w1", exit([epoch]), "starting", later)
  },
  "workerLost: by this task, at its maxCrashes": {
    spec: { maxCrashes: 1 },
    call: ({ ledger, epoch }) => ledger.workerLost("w1", exit([epoch]), "starting", later)
  },
  "workerLost: by this task or another, nobody knows by which": {
    spec: { maxCrashes: 1 },
    earlier: (ledger) => {
      done(ledger.accept(aTask("another"), 0))
      done(ledger.place("another", "w1", 0))
    },
    call: ({ ledger }) => ledger.workerLost("w1", { reason: "crashed", culprits: undefined }, "starting", later)
  },
  offerMigration: { call: ({ ledger, epoch }) => ledger.offerMigration("t", epoch, "w2", later) },
  "offerMigration: by an older run": { call: ({ ledger }) => ledger.offerMigration("t", old, "w2", later) },
  "offerMigration: it is being moved already": {
    offered: true,
    call: ({ ledger, epoch }) => ledger.offerMigration("t", epoch, "w3", later)
  },
  "offerMigration: to where it runs": { call: ({ ledger, epoch }) => ledger.offerMigration("t", epoch, "w1", later) },
  "offerMigration: the target has no room": {
    before: ({ ledger }) => done(ledger.setPhase("w3", "draining", 0)),
    call: ({ ledger, epoch }) => ledger.offerMigration("t", epoch, "w3", later)
  },
  releaseMigration: {
    offered: true,
    call: ({ ledger, migration }) => ledger.releaseMigration(migration, "half", later)
  },
  commitMigration: { offered: true, call: ({ ledger, migration }) => ledger.commitMigration(migration, later) },
  abortMigration: { offered: true, call: ({ ledger, migration }) => ledger.abortMigration(migration, "why", later) },
  "changePhase: the target takes no more work": {
    offered: true,
    call: ({ ledger }) => ledger.changePhase("w2", "drain", later)
  },
  "workerLost: the target": {
    offered: true,
    call: ({ ledger }) => ledger.workerLost("w2", exit([]), "starting", later)
  },
  released: { call: ({ ledger, epoch }) => ledger.released("w1", epoch, later) }
}

const commandCases = Object.keys(trials).filter((name): name is CommandCase => name in commands)

const ends: ReadonlySet<Stands> = new Set(["completed", "failed", "cancelled", "expired", "shed", "quarantined"])

const isEnd = (standing: Stands): boolean => ends.has(standing)

const stands = (ledger: Ledger): Stands => ledger.task("t")?.status ?? "none"

const eventTags = Object.keys(lifecycle).filter((tag): tag is TaskEventTag => tag in lifecycle)

/** The event's tag where it concerns `t`. */
const tagOf = (event: LedgerEvent): TaskEventTag | undefined => {
  const ofTask = ("taskId" in event && event.taskId === "t") || (event._tag === "TaskAccepted" && event.task.id === "t")
  return ofTask ? eventTags.find((tag) => tag === event._tag) : undefined
}

const answerOf = (command: CommandCase, standing: Stands): Answer => {
  const row: CommandRow = commands[command]
  return isEnd(standing) ? row.ended : row[standing === "none" ? "none" : unended(standing)]
}

const unended = (status: TaskStatus): "queued" | "delayed" | "running" | "moving" => {
  if (status === "queued" || status === "delayed" || status === "running" || status === "moving") return status
  throw new Error(`${status} is an end`)
}

const isStatus = (answer: Answer): answer is TaskStatus => standings.some((one) => one === answer)

/** A handle of `t` on that ledger, and how often it has settled. */
const withHandle = (options: SceneOptions) => {
  const settled: Array<string> = []
  let handles: TaskHandles | undefined
  const sceneOptions: SceneOptions = {
    ...options,
    onLedger: (ledger) => {
      const host = { statusOf: () => ledger.task("t")?.status, cancel: () => {} }
      handles = new TaskHandles(ledger, host, 10, () => settled.push(stands(ledger)))
      const { result } = handles.open("t")
      result.then(
        () => settled.push("resolved"),
        () => settled.push("rejected")
      )
    },
    onEvent: (event) => handles?.onEvent(event)
  }
  return { sceneOptions, settled, handle: () => handles?.get("t") }
}

/** The cells of the event table that some command has led through. */
const reached = new Set<string>()

const tryOut = (command: CommandCase, standing: Stands) => {
  const { call, before = () => {}, ...options } = trials[command]
  const { sceneOptions, settled, handle } = withHandle(options)
  const scene = sceneOf(standing, sceneOptions)
  before(scene)
  const { ledger, events } = scene
  expect(stands(ledger)).toBe(standing)
  expect(audit(ledger)).toEqual([])
  const view = viewOf(ledger)
  const count = events.length
  const answer = call(scene)
  return { ledger, answer, view, happened: events.slice(count), settled, handle }
}

describe.each(commandCases)("%s", (command) => {
  it.each(standings)("does to a task that is %s what the table says", async (standing) => {
    const expected = answerOf(command, standing)
    const { ledger, answer, view, happened, settled, handle } = tryOut(command, standing)
    const tags = happened.flatMap((event) => tagOf(event) ?? [])
    let status: Stands = standing
    for (const tag of tags) {
      const next: TaskStatus | undefined = lifecycle[tag][status]
      expect(next, `${tag} of a task that is ${status}`).toBeDefined()
      reached.add(`${tag} ${status}`)
      status = next ?? status
    }
    expect(stands(ledger)).toBe(status)
    if (isStatus(expected)) {
      expect(status).toBe(expected)
      expect(tags).not.toEqual([])
      expect(answer).not.toMatchObject({ ok: false })
    } else if (expected === "unchanged") {
      expect(tags).toEqual([])
      expect(answer).not.toMatchObject({ ok: false })
    } else {
      expect(answer).toMatchObject({ ok: false, refusal: { _tag: expected } })
      expect(happened).toEqual([])
      expect(differences(viewOf(ledger), view)).toEqual([])
    }
    expect(audit(ledger)).toEqual([])
    await Promise.resolve().then(() => undefined)
    expect(handle()?.isSettled).toBe(isEnd(status))
    expect(settled).toHaveLength(isEnd(status) ? 2 : 0)
  })
})

describe("the events of a task", () => {
  it("each that is possible is made by some command, from every status from which it is", () => {
    const possible = eventTags.flatMap((tag) =>
      standings.filter((standing) => lifecycle[tag][standing] !== undefined).map((standing) => `${tag} ${standing}`)
    )
    // Filled by the cases above, which a run of this test alone leaves out.
    for (const command of commandCases) {
      for (const standing of standings) {
        let at: Stands = standing
        for (const tag of tryOut(command, standing).happened.flatMap((event) => tagOf(event) ?? [])) {
          reached.add(`${tag} ${at}`)
          at = lifecycle[tag][at] ?? at
        }
      }
    }
    expect([...reached].sort()).toEqual(possible.sort())
  })

  it("every command of the ledger that concerns a task has its rows", () => {
    const ofWorkers = ["addWorker", "setPhase", "removeWorker", "asked", "limitWorker"]
    const asked = ["refusalToPlace", "sleep", "wake", "stepAside", "stepBack"]
    const beforeAnything = ["restore"]
    const all = Object.getOwnPropertyNames(Ledger.prototype).filter(
      (name) => name !== "constructor" && ![...ofWorkers, ...asked, ...beforeAnything].includes(name)
    )
    const withRows = new Set(commandCases.map((name) => name.split(":")[0]))
    expect([...withRows].sort()).toEqual(all.sort())
  })

  it("one that is not possible does not pass through a journal unnoticed, if it is to change the status", () => {
    const quiet: ReadonlyArray<TaskEventTag> = ["WorkerHeld", "WorkerUnheld", "TaskCheckpointed", "MigrationOffered"]
    const samples = new Map<TaskEventTag, LedgerEvent>()
    for (const command of commandCases) {
      for (const standing of standings) {
        for (const event of tryOut(command, standing).happened) {
          const tag = tagOf(event)
          if (tag !== undefined) samples.set(tag, event)
        }
      }
    }
    let tried = 0
    for (const tag of eventTags) {
      const sample = samples.get(tag)
      if (sample === undefined || quiet.includes(tag) || tag.startsWith("Migration") || tag === "TaskAccepted") continue
      for (const standing of standings) {
        if (standing === "none" || lifecycle[tag][standing] !== undefined) continue
        const { ledger, events } = sceneOf(standing)
        const seq = ledger.state.seq + 1
        tried += 1
        expect(() => Ledger.replay([...events, { ...sample, seq }]), `${tag} of a task that is ${standing}`).toThrow(
          `cannot happen: it is ${standing}`
        )
      }
    }
    expect(tried).toBeGreaterThan(70)
  })

  it("nothing follows an end", () => {
    for (const tag of eventTags) {
      expect(standings.filter((standing) => isEnd(standing) && lifecycle[tag][standing] !== undefined)).toEqual([])
    }
  })
})

describe("what a submitter is told", () => {
  const failed = (reason: FailureReason): ((scene: Scene) => void) => {
    return ({ ledger }) => {
      const { epoch } = done(ledger.place("t", "w1", 1))
      done(ledger.fail("t", epoch, failure(reason, true), 0, 2))
    }
  }
  const crashed = (reason: "crashed" | "out-of-memory") => (scene: Scene) => {
    for (const workerId of ["w1", "w2"]) {
      const { epoch } = done(scene.ledger.place("t", workerId, 1))
      done(scene.ledger.workerLost(workerId, { reason, culprits: [epoch] }, "starting", 2))
    }
  }
  const endings: Record<Ending, (scene: Scene) => void> = {
    completed: ({ ledger }) => done(ledger.complete("t", done(ledger.place("t", "w1", 1)).epoch, "fine", 2)),
    "failed: error": failed("error"),
    "failed: timeout": failed("timeout"),
    "failed: unschedulable": ({ ledger }) => done(ledger.giveUp("t", "unschedulable", anError, 1)),
    "failed: worker-lost": ({ ledger }) => done(ledger.giveUp("t", "worker-lost", anError, 1)),
    "failed: out-of-memory": failed("out-of-memory"),
    "failed: invalid-payload": failed("invalid-payload"),
    "failed: unknown-handler": failed("unknown-handler"),
    cancelled: ({ ledger }) => done(ledger.cancel("t", "not wanted", 1)),
    expired: ({ ledger }) => ledger.expire(50),
    shed: ({ ledger }) => done(ledger.shed("t", 0.97, 1)),
    quarantined: crashed("crashed"),
    "quarantined: out-of-memory": crashed("out-of-memory")
  }
  const all = Object.keys(endings).filter((name): name is Ending => name in errorOf)

  it.each(all)(
    "%s: its handle settles once, with that error, and nothing that comes later changes it",
    async (ending) => {
      const { sceneOptions, settled, handle } = withHandle({ spec: { deadline: 50 } })
      const scene = sceneOf("queued", sceneOptions)
      endings[ending](scene)
      const expected = errorOf[ending]
      const outcome = await handle()?.result.then(
        (value) => ({ value }),
        (error: unknown) => ({ error })
      )
      if (expected === undefined) expect(outcome).toEqual({ value: "fine" })
      else expect(outcome).toMatchObject({ error: { _tag: expected, taskId: "t" } })
      const { status } = scene.ledger.task("t") ?? {}
      expect(handle()?.status).toBe(status)
      expect(status).toBe(ending.split(":")[0])
      for (const command of commandCases) trials[command].call(scene)
      expect(await Promise.allSettled([handle()?.result])).toMatchObject([
        expected === undefined ? { value: "fine" } : { reason: { _tag: expected } }
      ])
      expect(settled).toHaveLength(2)
      expect(handle()?.status).toBe(status)
      expect(audit(scene.ledger)).toEqual([])
    }
  )
})

/** The page's tables, by their headings: rows of cells. */
const tablesOf = (text: string): ReadonlyMap<string, ReadonlyArray<ReadonlyArray<string>>> => {
  const tables = new Map<string, Array<ReadonlyArray<string>>>()
  let heading = ""
  for (const line of text.split("\n")) {
    if (line.startsWith("## ")) heading = line.slice(3)
    if (!line.startsWith("| ") || line.startsWith("| ---")) continue
    const cells = line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll("`", ""))
    tables.set(heading, [...(tables.get(heading) ?? []), cells])
  }
  return tables
}

describe("docs/task-lifecycle.md", () => {
  const tables = tablesOf(readFileSync(join(import.meta.dirname, "../../docs/task-lifecycle.md"), "utf8"))
  const unfinished = ["none", "queued", "delayed", "running", "moving"] as const

  it("has the table of events as it is", () => {
    const rows = eventTags.map((tag) => [tag, ...unfinished.map((standing) => lifecycle[tag][standing] ?? "—")])
    expect(tables.get("What happens to a task")).toEqual([["event", ...unfinished], ...rows])
  })

  it("has the table of commands as it is", () => {
    const shown = (answer: Answer): string => {
      if (answer === "unchanged") return "—"
      return isStatus(answer) ? answer : `refused: ${answer}`
    }
    const rows = commandCases.map((name) => {
      const row: CommandRow = commands[name]
      return [name, ...[...unfinished, "ended" as const].map((standing) => shown(row[standing]))]
    })
    expect(tables.get("What a command does")).toEqual([["command", ...unfinished, "ended"], ...rows])
  })

  it("has the errors as they are", () => {
    const ends = Object.entries(errorOf).map(([ending, error]) => [ending, error ?? "its value"])
    expect(tables.get("What the submitter is told")).toEqual([["the task ended", "result"], ...ends])
    const refusals = Object.entries(refusedWith)
    expect(tables.get("A task that is never accepted")).toEqual([["why", "result and accepted"], ...refusals])
  })
})
