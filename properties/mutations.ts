import type { Ledger, WorkerRecord } from "../src/ledger/index.ts"
import { type Epoch, type LedgerEvent, Milli, type Reservation, resourceNames } from "../src/model/index.ts"
import type { InvariantId } from "../src/testing/index.ts"

/** A real ledger with one rule broken, and the property that has to notice. */
export interface Mutation {
  readonly what: string
  readonly noticedBy: InvariantId
  readonly breakIt: (ledger: Ledger) => void
}

type State = Ledger["state"]

/** Has every loss of a worker blamed on these runs, where nobody knows whose it is. */
const blaming =
  (whom: (worker: WorkerRecord) => Iterable<Epoch>) =>
  (ledger: Ledger): void => {
    const lost = ledger.workerLost.bind(ledger)
    ledger.workerLost = (workerId, end, phase, now) => {
      const worker = ledger.worker(workerId)
      const culprits = end.culprits ?? (worker && [...whom(worker)])
      return lost(workerId, { ...end, culprits }, phase, now)
    }
  }

/** Puts `change` between the ledger's events and what they do to it. */
export const changing =
  (change: (event: LedgerEvent, apply: (event: LedgerEvent) => void, state: State) => void) =>
  (ledger: Ledger): void => {
    const { state } = ledger
    const apply = state.apply.bind(state)
    state.apply = (event) => {
      let task: ReturnType<typeof apply>
      change(
        event,
        (applied) => {
          task = apply(applied)
        },
        state
      )
      return task
    }
  }

/** Books what the reservation takes once more, or once less, than it should be. */
export const book = ({ workers }: State, { workerId, resources }: Reservation, sign: 1 | -1): void => {
  const worker = workers.get(workerId)
  if (worker === undefined) return
  worker.slots += sign
  for (const name of resourceNames) worker.used[name] = Milli(worker.used[name] + sign * resources[name])
}

const ignoringEpochs = (ledger: Ledger): void => {
  const complete = ledger.complete.bind(ledger)
  ledger.complete = (taskId, epoch, result, now) =>
    complete(taskId, ledger.task(taskId)?.assignment?.epoch ?? epoch, result, now)
}

const lastOfLaneFirst = ({ state: { waiting } }: Ledger): void => {
  waiting.firstOf = (shape) => waiting.lanes.get(shape)?.items.at(-1)
}

const releasingEarly = (tag: "TaskCancelled" | "MigrationReleased") =>
  changing((event, apply, { tasks, waiting }) => {
    const task = event._tag === tag ? tasks.get(event.taskId) : undefined
    const ran = task?.assignment !== undefined
    apply(event)
    if (ran) waiting.releaseKey(task?.spec.concurrencyKey)
  })

export const mutations: ReadonlyArray<Mutation> = [
  { what: "any epoch may finish a task", noticedBy: "D3", breakIt: ignoringEpochs },
  {
    what: "a crash releases nothing",
    noticedBy: "D5",
    breakIt: changing((event, apply, state) => {
      const crashed = event._tag === "TaskRequeued" && event.reason === "worker-lost"
      const reservation = crashed ? state.tasks.get(event.taskId)?.reservation : undefined
      apply(event)
      if (reservation !== undefined) book(state, reservation, 1)
    })
  },
  {
    what: "a cancelled run gives its key back before its worker has let go",
    noticedBy: "D2",
    breakIt: releasingEarly("TaskCancelled")
  },
  {
    what: "a task between two workers does not hold its key",
    noticedBy: "D2",
    breakIt: releasingEarly("MigrationReleased")
  },
  {
    what: "a migration commits without reservation",
    noticedBy: "D5",
    breakIt: changing((event, apply, state) => {
      apply(event)
      const released = event._tag === "MigrationReleased" ? state.migrations.get(event.migrationId) : undefined
      if (released !== undefined) book(state, released.reservation, -1)
    })
  },
  {
    what: "a worker takes one task more than it has slots",
    noticedBy: "D1",
    breakIt: changing((event, apply) => {
      if (event._tag !== "WorkerAdded") return apply(event)
      const { worker } = event
      apply({ ...event, worker: { ...worker, limits: { ...worker.limits, slots: worker.limits.slots + 1 } } })
    })
  },
  {
    what: "a worker takes more slots than it may take now",
    noticedBy: "D1",
    breakIt: changing((event, apply) => {
      if (event._tag !== "WorkerLimited") apply(event)
    })
  },
  {
    what: "a requeued task is forgotten by the queue",
    noticedBy: "D4",
    breakIt: changing((event, apply, { tasks, waiting }) => {
      apply(event)
      const task = event._tag === "TaskRequeued" ? tasks.get(event.taskId) : undefined
      if (task !== undefined) waiting.leave(task)
    })
  },
  {
    what: "an aborted migration loses the saved state",
    noticedBy: "D6",
    breakIt: changing((event, apply, { tasks }) => {
      apply(event)
      const task = event._tag === "MigrationAborted" ? tasks.get(event.taskId) : undefined
      if (task?.status === "queued") task.state = undefined
    })
  },
  {
    what: "constraints are not looked at",
    noticedBy: "D7",
    breakIt: changing((event, apply) => {
      if (event._tag !== "TaskAccepted") return apply(event)
      const { task } = event
      apply({ ...event, task: { ...task, requirements: { ...task.requirements, constraints: {} } } })
    })
  },
  { what: "the last of a lane goes first", noticedBy: "D8", breakIt: lastOfLaneFirst },
  {
    what: "waiting raises no task",
    noticedBy: "bound",
    breakIt: changing((event, apply) => apply(event._tag === "TaskAccepted" ? { ...event, at: 0 } : event))
  },
  {
    what: "a worker stays kept free for a task that has been placed",
    noticedBy: "D8",
    breakIt: changing((event, apply, { workers }) => {
      const kept =
        event._tag === "TaskPlaced" ? [...workers.values()].filter(({ heldFor }) => heldFor === event.taskId) : []
      apply(event)
      if (event._tag === "TaskPlaced") for (const worker of kept) worker.heldFor = event.taskId
    })
  },
  {
    what: "nobody moves up where a slot is given back",
    noticedBy: "D5",
    breakIt: changing((event, apply, { workers }) => {
      const lines = [...workers.values()].map((worker) => ({ worker, line: worker.ahead.splice(0) }))
      apply(event)
      for (const { worker, line } of lines) {
        worker.ahead.unshift(...line.filter(({ reservation }) => reservation?.ahead === true))
      }
    })
  },
  {
    what: "what is sent ahead to a full worker has a slot at once",
    noticedBy: "D1",
    breakIt: changing((event, apply) => {
      if (event._tag !== "TaskPlaced") return apply(event)
      const { ahead: _, ...reservation } = event.reservation
      apply({ ...event, reservation })
    })
  },
  {
    what: "the last of those sent ahead moves up first",
    noticedBy: "model",
    breakIt: changing((event, apply, { workers }) => {
      for (const { ahead } of workers.values()) ahead.reverse()
      apply(event)
      for (const { ahead } of workers.values()) ahead.reverse()
    })
  },
  {
    what: "a run that is called back has been an attempt",
    noticedBy: "replay",
    breakIt: changing((event, apply) =>
      apply(event._tag === "TaskRequeued" && event.reason === "recalled" ? { ...event, reason: "yielded" } : event)
    )
  },
  {
    what: "what was sent ahead is charged with a crash of nobody knows whose",
    noticedBy: "model",
    breakIt: blaming(({ ahead }) => ahead.flatMap(({ assignment }) => assignment?.epoch ?? []))
  },
  {
    what: "all that ran are charged with a crash of nobody knows whose",
    noticedBy: "model",
    breakIt: blaming(({ running }) => running.keys())
  },
  {
    what: "suspects run among others",
    noticedBy: "D7",
    breakIt: changing((event, apply) => {
      if (event._tag !== "TaskRequeued") return apply(event)
      const { suspect: _, ...unsuspected } = event
      apply(unsuspected)
    })
  },
  {
    what: "others are sent ahead to where a suspect runs",
    noticedBy: "D7",
    breakIt: changing((event, apply, { workers }) => {
      apply(event)
      for (const worker of workers.values()) worker.alone = false
    })
  },
  {
    what: "once a suspect, always a suspect",
    noticedBy: "D7",
    breakIt: changing((event, apply, { tasks }) => {
      const task = event._tag === "TaskRequeued" ? tasks.get(event.taskId) : undefined
      apply(event._tag === "TaskRequeued" && task?.suspect === true ? { ...event, suspect: true } : event)
    })
  },
  {
    what: "attempts are counted outside the events",
    noticedBy: "replay",
    breakIt: (ledger) => {
      const checkpoint = ledger.checkpoint.bind(ledger)
      ledger.checkpoint = (taskId, epoch, state, now) => {
        const task = ledger.state.tasks.get(taskId)
        if (task !== undefined) task.attempts += 1
        return checkpoint(taskId, epoch, state, now)
      }
    }
  }
]
