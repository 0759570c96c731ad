import * as fc from "fast-check"
import {
  asksForSlotOnly,
  fitsNow,
  type Ledger,
  type TaskRecord,
  takesWork,
  type WorkerRecord
} from "../ledger/index.ts"
import {
  type Assignment,
  Epoch,
  type FailureReason,
  Milli,
  type Millis,
  type RequeueReason,
  type WorkerId,
  type WorkerPhase,
  type WorkerSpec
} from "../model/index.ts"
import { plainDrafts, type TaskDraft, taskDrafts, taskFrom, workerSpecs } from "./arbitraries.ts"
import type { LedgerCall } from "./ledger-calls.ts"

/** Numbers that name tasks, workers, runs and migrations: each is taken modulo how many there are at that moment. */
type Pick = number

/** A run that is live, or any that ever was: a worker that does not know yet that its run is over. */
interface RunPick {
  readonly stale: boolean
  readonly index: Pick
}

/**
 * A step of a scenario as plain data, so that it can be shrunk, written to a file and run again. It becomes a
 * `LedgerCall` only at its turn, when it is known which tasks and workers there are.
 */
export type LedgerCommand =
  | { readonly _tag: "AddWorker"; readonly worker: WorkerSpec }
  | { readonly _tag: "SetPhase"; readonly worker: Pick; readonly phase: WorkerPhase }
  /** So many slots fewer than it has. */
  | { readonly _tag: "Limit"; readonly worker: Pick; readonly fewer: number }
  | { readonly _tag: "RemoveWorker"; readonly worker: Pick }
  | {
      readonly _tag: "Crash"
      readonly worker: Pick
      /**
       * `moving`: the source or target of a migration between release and commit, where there is one. `ahead`: a worker
       * that has something sent ahead to it, where there is one. `busy`: the one with the most runs. `alone`: one that a
       * task has to itself, else the busiest.
       */
      readonly aim: "any" | "moving" | "ahead" | "busy" | "alone"
      /** How many of its runs are to blame; absent where that is unknown. */
      readonly culprits?: number
      readonly phase: "starting" | "failed"
    }
  | { readonly _tag: "Hold"; readonly worker: Pick; readonly task: Pick }
  | { readonly _tag: "Unhold"; readonly worker: Pick }
  /** A task before the one that a worker is kept free for; where none is, one is kept free for the first in order. */
  | { readonly _tag: "SlipIn"; readonly salt: number; readonly passage: PassageDraft }
  /** `again`: the id of a task there was before. */
  | { readonly _tag: "Submit"; readonly draft: TaskDraft; readonly again?: Pick }
  /** The proposer is asked for the tasks whose turn it is; one that asks for devices is to have the first of these. */
  | { readonly _tag: "Propose"; readonly salt: number; readonly devices?: ReadonlyArray<number> }
  /** Any task on any worker, known or not. */
  | { readonly _tag: "PlaceAnything"; readonly task: Pick; readonly worker: Pick }
  /** A task to a full worker; where there is no such task, this one is submitted, where no worker is full, one is filled. */
  | { readonly _tag: "SendAhead"; readonly draft: TaskDraft; readonly salt: number }
  /** One that was sent ahead and still waits there, else any run. */
  | { readonly _tag: "Recall"; readonly run: RunPick }
  | { readonly _tag: "Checkpoint"; readonly run: RunPick; readonly state: number }
  | { readonly _tag: "Complete"; readonly run: RunPick }
  | {
      readonly _tag: "Fail"
      readonly run: RunPick
      readonly reason: FailureReason
      readonly final: boolean
      readonly delay: number
    }
  | { readonly _tag: "GiveBack"; readonly run: RunPick; readonly reason: RequeueReason }
  | { readonly _tag: "GiveUp" | "Shed" | "Cancel"; readonly task: Pick }
  | { readonly _tag: "Expire" | "Due" | "Recover" }
  | { readonly _tag: "Advance"; readonly by: number }
  | { readonly _tag: "LetGo"; readonly index: Pick }
  | { readonly _tag: "Offer"; readonly run: RunPick; readonly worker: Pick }
  /** Where there is no migration to release, mostly an offer of one. */
  | { readonly _tag: "Release"; readonly migration: Pick; readonly state?: number }
  | { readonly _tag: "Commit" | "Abort"; readonly migration: Pick }

/** What may begin on a worker that is kept free: for how long from now, and what is spared beside. */
export interface PassageDraft {
  readonly for: number
  readonly slots: number
  readonly each: number
  readonly pace: number
}

/** What a proposer may look at. `salt` is a number of the scenario: its only chance. */
export interface Situation {
  readonly ledger: Ledger
  readonly now: Millis
  readonly salt: number
}

/** Chooses a worker for the task whose turn it is, or none. Whatever it answers, the ledger has the last word. */
export type Proposer = (task: TaskRecord, situation: Situation) => WorkerId | undefined

/** Where commands become calls: the ledger at this moment, and what has been seen of it. */
export interface Scene {
  readonly ledger: Ledger
  readonly now: Millis
  /** Every assignment ever given, the latest last. */
  readonly runs: ReadonlyArray<Assignment>
  /** Every task id ever submitted. */
  readonly taskIds: ReadonlyArray<string>
}

const choose = <A>(items: ReadonlyArray<A>, pick: Pick): A | undefined => items[pick % Math.max(1, items.length)]

/** Any worker the task fits on; where it fits on none, one that will have to refuse it. */
export const anyFit: Proposer = (task, { ledger, salt }) => {
  const all = [...ledger.workers.values()]
  const fitting = all.filter((worker) => fitsNow(task.spec.requirements, worker))
  return choose(fitting.length > 0 ? fitting : all, salt)?.spec.id
}

const nobody = "nobody"
const nothing = Epoch(1_000_000)

const workerIn = ({ ledger }: Scene, pick: Pick): WorkerId => choose([...ledger.workers.keys()], pick) ?? nobody

const taskIn = ({ taskIds }: Scene, pick: Pick): string => choose(taskIds, pick) ?? nobody

/** Tasks that wait come first to mind; otherwise any. */
const waitingIn = (scene: Scene, pick: Pick): string => {
  const waiting = [...scene.ledger.tasks.values()].filter(({ status }) => status === "queued" || status === "delayed")
  return choose(waiting, pick)?.spec.id ?? taskIn(scene, pick)
}

const liveRuns = ({ ledger }: Scene): ReadonlyArray<Assignment> =>
  [...ledger.workers.values()].flatMap((worker) => [...worker.running.values()])

const runIn = (scene: Scene, { stale, index }: RunPick): { readonly taskId: string; readonly epoch: Epoch } =>
  choose(stale ? scene.runs : liveRuns(scene), index) ?? { taskId: nobody, epoch: nothing }

const idleFirst = ({ ledger }: Scene, pick: Pick): WorkerId => {
  const idle = [...ledger.workers.values()].filter(({ phase }) => !takesWork(phase))
  return choose(idle.length > 0 ? idle : [...ledger.workers.values()], pick)?.spec.id ?? nobody
}

const movingWorkers = ({ ledger }: Scene): ReadonlyArray<WorkerId> =>
  [...ledger.migrations.values()]
    .filter(({ phase }) => phase === "released")
    .flatMap(({ source, reservation }) => [source, reservation.workerId])

const withAhead = ({ ledger }: Scene): ReadonlyArray<WorkerRecord> =>
  [...ledger.workers.values()].filter(({ ahead }) => ahead.length > 0)

const busiest = (workers: ReadonlyArray<WorkerRecord>): WorkerRecord | undefined =>
  workers.toSorted((a, b) => b.running.size - a.running.size)[0]

const aimedAt = (scene: Scene, aim: CommandOf<"Crash">["aim"], pick: Pick): WorkerId | undefined => {
  const workers = [...scene.ledger.workers.values()]
  switch (aim) {
    case "any":
      return undefined
    case "moving":
      return choose(movingWorkers(scene), pick)
    case "ahead":
      return choose(withAhead(scene), pick)?.spec.id
    case "busy":
      return busiest(workers)?.spec.id
    case "alone": {
      const alone = workers.filter((worker) => worker.alone)
      return (choose(alone, pick) ?? busiest(workers))?.spec.id
    }
  }
}

const sendAhead = (scene: Scene, { draft, salt }: CommandOf<"SendAhead">): LedgerCall => {
  const { ledger, now, taskIds } = scene
  const anybody = { taskId: waitingIn(scene, salt), workerId: workerIn(scene, salt) }
  if (salt % 8 === 0) return { _tag: "placeAhead", ...anybody }
  const plain = [...ledger.heads()].find(
    ({ spec }) => spec.concurrencyKey === undefined && asksForSlotOnly(spec.requirements)
  )
  if (plain === undefined) return { _tag: "accept", task: taskFrom(draft, `t${taskIds.length}`, now) }
  const taskId = plain.spec.id
  const able = [...ledger.workers.values()].filter(({ phase, heldFor }) => takesWork(phase) && heldFor === undefined)
  const full = able.filter(({ slots, limit, spec }) => slots >= spec.limits.slots && limit === spec.limits.slots)
  const workerId = choose(full, salt)?.spec.id
  if (workerId !== undefined) return { _tag: "placeAhead", taskId, workerId }
  return { _tag: "place", taskId, workerId: choose(able, salt)?.spec.id ?? anybody.workerId }
}

const slipIn = (scene: Scene, { salt, passage: draft }: CommandOf<"SlipIn">): LedgerCall => {
  const { ledger, now } = scene
  const all = [...ledger.workers.values()]
  const kept = choose(
    all.filter(({ passage }) => passage !== undefined),
    salt
  )
  if (kept !== undefined && salt % 8 > 0) {
    const waiting = [...ledger.tasks.values()].filter(
      ({ status, spec }) => status === "queued" && spec.id !== kept.heldFor && fitsNow(spec.requirements, kept)
    )
    const taskId = choose(waiting, salt)?.spec.id ?? waitingIn(scene, salt)
    return { _tag: "backfill", taskId, workerId: kept.spec.id }
  }
  const each = Milli(draft.each)
  const spare = { slots: draft.slots, resources: { cpu: each, memory: each, network: each, storage: each } }
  const passage = { until: now + draft.for, spare, pace: draft.pace }
  const taskId = ledger.next(new Set())?.spec.id ?? waitingIn(scene, salt)
  const open = all.filter(({ phase }) => takesWork(phase))
  return { _tag: "hold", workerId: choose(open, salt)?.spec.id ?? workerIn(scene, salt), taskId, passage }
}

const recall = (scene: Scene, { run }: CommandOf<"Recall">): LedgerCall => {
  const ahead = withAhead(scene).flatMap((worker) => worker.ahead.flatMap(({ assignment }) => assignment ?? []))
  const { taskId, epoch } = (run.stale ? undefined : choose(ahead, run.index)) ?? runIn(scene, run)
  return { _tag: "requeue", taskId, epoch, reason: "recalled" }
}

const crash = (scene: Scene, { worker, aim, culprits, phase }: CommandOf<"Crash">): LedgerCall => {
  const workerId = aimedAt(scene, aim, worker) ?? workerIn(scene, worker)
  const running = [...(scene.ledger.worker(workerId)?.running.values() ?? [])].map(({ epoch }) => epoch)
  return {
    _tag: "workerLost",
    workerId,
    culprits: culprits === undefined ? undefined : running.slice(0, culprits),
    reason: worker % 3 === 0 ? "out-of-memory" : "crashed",
    phase
  }
}

const limit = (scene: Scene, { worker, fewer }: CommandOf<"Limit">): LedgerCall => {
  const workerId = workerIn(scene, worker)
  const slots = scene.ledger.worker(workerId)?.spec.limits.slots ?? 1
  return { _tag: "limitWorker", workerId, slots: slots - fewer }
}

/** Where the run could move to, else any worker. */
const targetFor = (scene: Scene, taskId: string, pick: Pick): WorkerId => {
  const task = scene.ledger.task(taskId)
  const fits = (worker: WorkerRecord): boolean =>
    task !== undefined && task.assignment?.workerId !== worker.spec.id && fitsNow(task.spec.requirements, worker)
  const fitting = [...scene.ledger.workers.values()].filter(fits)
  return pick % 8 === 0 ? workerIn(scene, pick) : (choose(fitting, pick)?.spec.id ?? workerIn(scene, pick))
}

/** Asks for one lane after another until something can be placed; where nothing can, for what has to be refused. */
const proposed = (
  { ledger, now, taskIds }: Scene,
  { salt, devices }: CommandOf<"Propose">,
  propose: Proposer
): LedgerCall => {
  const passedOver = new Set<string>()
  let first: LedgerCall | undefined
  for (let task = ledger.next(passedOver); task !== undefined; task = ledger.next(passedOver)) {
    const taskId = task.spec.id
    const workerId = propose(task, { ledger, now, salt }) ?? nobody
    const call: LedgerCall = { _tag: "place", taskId, workerId }
    if (ledger.refusalToPlace(taskId, workerId) === undefined) {
      const asked = task.spec.requirements.demand.devices.reduce((sum, { count }) => sum + count, 0)
      return devices === undefined || asked === 0 ? call : { ...call, devices: devices.slice(0, asked) }
    }
    first ??= call
    passedOver.add(task.spec.requirements.shape)
  }
  return first ?? { _tag: "place", taskId: choose(taskIds, salt) ?? nobody, workerId: nobody }
}

const offer = (scene: Scene, run: RunPick, worker: Pick): LedgerCall => {
  const { taskId, epoch } = runIn(scene, run)
  return { _tag: "offerMigration", taskId, epoch, target: targetFor(scene, taskId, worker) }
}

const migrationIn = ({ ledger }: Scene, pick: Pick, phase: "offered" | "released" | "any"): number => {
  const all = [...ledger.migrations.values()]
  const wanted = all.filter((migration) => phase === "any" || migration.phase === phase)
  return choose(wanted.length > 0 ? wanted : all, pick)?.id ?? pick
}

type CommandOf<Tag extends LedgerCommand["_tag"]> = Extract<LedgerCommand, { readonly _tag: Tag }>

/** What the command asks of the ledger as things stand. */
export const toCall = (command: LedgerCommand, scene: Scene, propose: Proposer): LedgerCall => {
  const { ledger, now } = scene
  switch (command._tag) {
    case "AddWorker":
      return { _tag: "addWorker", worker: command.worker }
    case "SetPhase": {
      const takes = takesWork(command.phase)
      const workerId = takes ? idleFirst(scene, command.worker) : workerIn(scene, command.worker)
      return { _tag: "setPhase", workerId, phase: command.phase }
    }
    case "Limit":
      return limit(scene, command)
    case "RemoveWorker":
      return { _tag: "removeWorker", workerId: workerIn(scene, command.worker) }
    case "Crash":
      return crash(scene, command)
    case "Hold":
      return { _tag: "hold", workerId: workerIn(scene, command.worker), taskId: waitingIn(scene, command.task) }
    case "SlipIn":
      return slipIn(scene, command)
    case "Unhold":
      return { _tag: "unhold", workerId: workerIn(scene, command.worker) }
    case "Submit": {
      const { draft, again } = command
      const id = (again === undefined ? undefined : choose(scene.taskIds, again)) ?? `t${scene.taskIds.length}`
      return { _tag: "accept", task: taskFrom(draft, id, now) }
    }
    case "Propose":
      return proposed(scene, command, propose)
    case "PlaceAnything": {
      const workerId = command.worker % 16 === 0 ? nobody : workerIn(scene, command.worker)
      return { _tag: "place", taskId: waitingIn(scene, command.task), workerId }
    }
    case "SendAhead":
      return sendAhead(scene, command)
    case "Recall":
      return recall(scene, command)
    case "Checkpoint":
      return { _tag: "checkpoint", ...runIn(scene, command.run), state: { step: command.state } }
    case "Complete":
      return { _tag: "complete", ...runIn(scene, command.run) }
    case "Fail": {
      const { reason, final, delay } = command
      return { _tag: "fail", ...runIn(scene, command.run), reason, final, delay }
    }
    case "GiveBack":
      return { _tag: "requeue", ...runIn(scene, command.run), reason: command.reason }
    case "GiveUp":
      return { _tag: "giveUp", taskId: waitingIn(scene, command.task) }
    case "Shed":
      return { _tag: "shed", taskId: waitingIn(scene, command.task) }
    case "Cancel":
      return { _tag: "cancel", taskId: taskIn(scene, command.task) }
    case "Expire":
      return { _tag: "expire" }
    case "Due":
      return { _tag: "due" }
    case "Recover":
      return { _tag: "recover" }
    case "Advance":
      return { _tag: "advance", by: command.by }
    case "LetGo": {
      const held = [...ledger.workers.values()].flatMap(({ spec, stopping }) =>
        [...stopping.keys()].map((epoch) => ({ workerId: spec.id, epoch }))
      )
      const found = choose(held, command.index)
      const { workerId, epoch } = found ?? choose(scene.runs, command.index) ?? { workerId: nobody, epoch: nothing }
      return { _tag: "released", workerId, epoch }
    }
    case "Offer":
      return offer(scene, command.run, command.worker)
    case "Release": {
      const { migration, state: step } = command
      if (ledger.migrations.size === 0 && migration % 8 > 0) {
        return offer(scene, { stale: false, index: migration }, migration)
      }
      const state = step === undefined ? undefined : { step }
      return { _tag: "releaseMigration", migrationId: migrationIn(scene, migration, "offered"), state }
    }
    case "Commit":
      return { _tag: "commitMigration", migrationId: migrationIn(scene, command.migration, "released") }
    case "Abort":
      return { _tag: "abortMigration", migrationId: migrationIn(scene, command.migration, "any") }
  }
}

const pick = fc.nat({ max: 63 })
const run: fc.Arbitrary<RunPick> = fc.record({ stale: fc.constantFrom(false, false, false, false, true), index: pick })
const states = fc.nat({ max: 99 })
/** More than a worker has, mostly; now and then one of them twice. */
const someDevices = fc.oneof(
  { weight: 4, arbitrary: fc.shuffledSubarray([0, 1, 2, 3], { minLength: 2 }) },
  { weight: 1, arbitrary: fc.array(fc.nat({ max: 2 }), { maxLength: 4 }) }
)
const passages: fc.Arbitrary<PassageDraft> = fc.record({
  for: fc.nat({ max: 400 }),
  slots: fc.nat({ max: 2 }),
  each: fc.constantFrom(0, 0, 500, 2_000),
  pace: fc.constantFrom(0.5, 1, 2)
})
const workerIds = fc.constantFrom("w0", "w1", "w2", "w3")

const step = <Tag extends LedgerCommand["_tag"]>(tag: Tag): { readonly _tag: fc.Arbitrary<Tag> } => ({
  _tag: fc.constant(tag)
})

/** One command; the weights keep workers busy and migrations on their way. */
export const ledgerCommands: fc.Arbitrary<LedgerCommand> = fc.oneof(
  { weight: 16, arbitrary: fc.record({ ...step("Propose"), salt: pick }) },
  { weight: 16, arbitrary: fc.record({ ...step("Propose"), salt: pick, devices: someDevices }) },
  {
    weight: 26,
    arbitrary: fc.oneof(
      { weight: 12, arbitrary: fc.record({ ...step("Submit"), draft: taskDrafts }) },
      { weight: 1, arbitrary: fc.record({ ...step("Submit"), draft: taskDrafts, again: pick }) }
    )
  },
  { weight: 6, arbitrary: fc.record({ ...step("Complete"), run }) },
  { weight: 7, arbitrary: fc.record({ ...step("Offer"), run, worker: pick }) },
  {
    weight: 10,
    arbitrary: fc.record(
      { ...step("Release"), migration: pick, state: states },
      { requiredKeys: ["_tag", "migration"] }
    )
  },
  { weight: 3, arbitrary: fc.record({ ...step("Commit"), migration: pick }) },
  { weight: 1, arbitrary: fc.record({ ...step("Abort"), migration: pick }) },
  {
    weight: 3,
    arbitrary: fc.record({
      ...step("Crash"),
      worker: pick,
      aim: fc.constantFrom("busy", "alone", "alone"),
      phase: fc.constant("starting")
    })
  },
  {
    weight: 3,
    arbitrary: fc.record(
      {
        ...step("Crash"),
        worker: pick,
        aim: fc.constantFrom("any", "ahead", "ahead", "moving", "moving", "moving"),
        culprits: fc.nat({ max: 2 }),
        phase: fc.constantFrom("starting", "failed")
      },
      { requiredKeys: ["_tag", "worker", "aim", "phase"] }
    )
  },
  {
    weight: 9,
    arbitrary: fc.record({
      ...step("SetPhase"),
      worker: pick,
      phase: fc.oneof(
        { weight: 15, arbitrary: fc.constantFrom<WorkerPhase>("up", "up", "warming") },
        { weight: 1, arbitrary: fc.constantFrom<WorkerPhase>("starting", "draining", "maintenance", "failed") }
      )
    })
  },
  { weight: 5, arbitrary: fc.record({ ...step("PlaceAnything"), task: pick, worker: pick }) },
  { weight: 12, arbitrary: fc.record({ ...step("SendAhead"), draft: plainDrafts, salt: pick }) },
  { weight: 2, arbitrary: fc.record({ ...step("Recall"), run }) },
  { weight: 4, arbitrary: fc.record({ ...step("Checkpoint"), run, state: states }) },
  {
    weight: 4,
    arbitrary: fc.record({
      ...step("Fail"),
      run,
      reason: fc.constantFrom<FailureReason>("error", "timeout"),
      final: fc.constantFrom(false, false, false, true),
      delay: fc.nat({ max: 400 })
    })
  },
  {
    weight: 2,
    arbitrary: fc.record({
      ...step("GiveBack"),
      run,
      reason: fc.constantFrom<RequeueReason>("worker-drained", "yielded", "migration-aborted")
    })
  },
  {
    weight: 4,
    arbitrary: fc.record({ _tag: fc.constantFrom("Cancel", "Cancel", "Cancel", "Shed", "GiveUp"), task: pick })
  },
  { weight: 3, arbitrary: fc.record({ ...step("LetGo"), index: pick }) },
  { weight: 4, arbitrary: fc.record({ ...step("Advance"), by: fc.nat({ max: 500 }) }) },
  { weight: 5, arbitrary: fc.record({ _tag: fc.constantFrom("Expire", "Due") }) },
  { weight: 4, arbitrary: fc.record({ ...step("Hold"), worker: pick, task: pick }) },
  { weight: 9, arbitrary: fc.record({ ...step("SlipIn"), salt: pick, passage: passages }) },
  { weight: 1, arbitrary: fc.record({ ...step("Unhold"), worker: pick }) },
  { weight: 1, arbitrary: fc.record({ ...step("AddWorker"), worker: workerSpecs(workerIds) }) },
  { weight: 6, arbitrary: fc.record({ ...step("Limit"), worker: pick, fewer: fc.constantFrom(0, 0, 1, 2, 9) }) },
  { weight: 1, arbitrary: fc.record({ ...step("RemoveWorker"), worker: pick }) },
  { weight: 1, arbitrary: fc.record({ ...step("Recover") }) }
)

/** A ledger's options, the workers it begins with, and what then happens to it. */
export interface LedgerScenario {
  /** Milliseconds a waiting task takes to rise by one priority. */
  readonly ageing: number
  /** Ended tasks that are remembered. */
  readonly retain: number
  readonly workers: ReadonlyArray<WorkerSpec>
  readonly commands: ReadonlyArray<LedgerCommand>
}

/** Whole scenarios, two or three workers and up to `maxCommands` commands. */
export const ledgerScenarios = ({
  maxCommands = 160
}: {
  readonly maxCommands?: number
} = {}): fc.Arbitrary<LedgerScenario> =>
  fc.record({
    ageing: fc.constantFrom(1, 200, 30_000),
    retain: fc.constantFrom(10_000, 10_000, 3, 0),
    workers: fc.uniqueArray(workerSpecs(workerIds), { minLength: 2, maxLength: 3, selector: ({ id }) => id }),
    commands: fc.array(ledgerCommands, { maxLength: maxCommands, size: "max" })
  })
