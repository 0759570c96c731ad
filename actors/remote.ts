import * as Effect from "effect/Effect"
import {
  type DurationInput,
  problemsOf,
  type RemoteDefinition,
  RemoteLoadInput,
  RemoteUpdateInput,
  remoteProblems,
  toMillis,
  toRemoteSpec,
  WaitInput
} from "../src/config/index.ts"
import { type GivenDevice, toErrorData } from "../src/execution/index.ts"
import type { RemoteConnection, RemoteDriver, RemoteRequest } from "../src/execution/remote/index.ts"
import { Epoch, InvalidOptions, type Millis, NotRegistered, type TaskId, type WorkerId } from "../src/model/index.ts"
import { Reception } from "./reception.ts"
import type { Runtime } from "./runtime.ts"

/** A run that an outside worker is to carry out. */
export interface RemoteAssignment {
  readonly taskId: TaskId
  /** Of this run; every word about it must name it. */
  readonly epoch: Epoch
  readonly type: string
  readonly payload: unknown
  /** 1 for the first run. */
  readonly attempt: number
  /** Where another run has left off; `undefined` for a fresh start. */
  readonly state: unknown
  /** The accelerators it was given; left out where it asks for none. */
  readonly devices?: ReadonlyArray<GivenDevice>
}

/** What an outside worker says of a run. */
export type StatusUpdate =
  /** It goes on; `progress` 0–1, and the state from which another could go on. */
  | { readonly status: "running"; readonly progress?: number; readonly note?: string; readonly state?: unknown }
  | { readonly status: "completed"; readonly result?: unknown }
  /** An error, or anything that tells of one. */
  | { readonly status: "failed"; readonly error: unknown }
  /** Given back, with the state from which another can go on. */
  | { readonly status: "released"; readonly state?: unknown }

/** What became of a word about a run. */
export interface Receipt {
  /** `false`: the run is not current: its task has ended, or went on elsewhere. Stop it; its result counts for nothing. */
  readonly accepted: boolean
  /** What is wanted of the worker's runs, this and others; said again until they have ended. */
  readonly requests: ReadonlyArray<RemoteRequest>
}

export interface RemoteLoad {
  /** How busy it is, 0–1. */
  readonly load?: number
  /** Degrees Celsius, and watts, where it can tell. */
  readonly temperature?: number
  readonly watts?: number
  /** The epochs of the runs it has: what it was given earlier and is not among them goes on elsewhere. */
  readonly running?: ReadonlyArray<number>
  /**
   * Cores that each of its runs computes with, by epoch, as `capacity.cpu` counts them. Tasks without a known end are moved
   * by that, where they are expected to need more than there is; several words a minute make it a level.
   */
  readonly usage?: Readonly<Record<number, number>>
}

/**
 * Workers outside of this process that pull their tasks (S3), over whatever line connects them. All of it is meant to be
 * called once more where an answer was lost: a run is told apart by its epoch. Each call rejects with `NotRegistered` where
 * the worker is not known, or not any more: it is to register again.
 */
export interface Remote {
  /**
   * A worker is there. Known already, it begins anew: what it had goes on elsewhere. Resolves with the silence after which
   * it is taken to be gone, in milliseconds. Rejects with `InvalidOptions`.
   */
  register(workerId: WorkerId, capabilities?: RemoteDefinition): Promise<{ readonly lease: Millis }>
  /**
   * The next task for it, best for it of all that wait, or `undefined` where none came within `wait` (default 20 s, at most
   * a minute; 0: at once). It is asked for as many at a time as there are calls that wait.
   */
  nextAssignment(
    workerId: WorkerId,
    options?: { readonly wait?: DurationInput; readonly signal?: AbortSignal }
  ): Promise<RemoteAssignment | undefined>
  /**
   * Resolves, where it ends the run, once that is true for the ledger, and with a data directory durable; that a run goes on
   * is passed on at once, and nobody waits for it.
   */
  updateStatus(taskId: TaskId, epoch: number, update: StatusUpdate): Promise<Receipt>
  heartbeat(workerId: WorkerId, load?: RemoteLoad): Promise<Pick<Receipt, "requests">>
  /** It leaves; what it has goes on elsewhere. */
  deregister(workerId: WorkerId): Promise<void>
}

const defaultWait = 20_000
const longestWait = 60_000

const nothingWanted: ReadonlyArray<RemoteRequest> = []

export const remoteOf = (runtime: Runtime, driver: RemoteDriver): Remote => {
  const reception = new Reception(runtime)
  /** For each worker that comes or goes, the end of what was begun last. */
  const atTheDoor = new Map<WorkerId, Promise<unknown>>()

  /** One after the other: a worker that says once more that it is there must not meet itself at the door. */
  const inTurn = async <A>(workerId: WorkerId, happen: () => Promise<A>): Promise<A> => {
    const turn = (atTheDoor.get(workerId) ?? Promise.resolve()).then(happen, happen)
    atTheDoor.set(workerId, turn)
    try {
      return await turn
    } finally {
      if (atTheDoor.get(workerId) === turn) atTheDoor.delete(workerId)
    }
  }

  const connectionOf = (workerId: WorkerId): RemoteConnection => {
    const connection = driver.of(workerId)
    if (connection === undefined) throw new NotRegistered({ workerId })
    return connection
  }

  const remove = async (workerId: WorkerId): Promise<void> => {
    driver.forget(workerId)
    await Effect.runPromise(runtime.whileAlive(runtime.workforce.dismiss(workerId)))
  }

  const placedBy = async (workerId: WorkerId): Promise<void> => {
    await runtime.coordinator.askPromise("Settled", {})
    await runtime.coordination.nodes.get(workerId)?.node.askPromise("Runs", {})
  }

  return {
    async register(workerId, capabilities = {}) {
      const problems = [...idProblems(workerId), ...remoteProblems(capabilities)]
      if (problems.length > 0) throw new InvalidOptions({ problems })
      return inTurn(workerId, async () => {
        const known = runtime.ledger.worker(workerId)
        if (known !== undefined && known.spec.isolation !== "remote") throw taken(workerId)
        if (known !== undefined) await remove(workerId)
        const lease = driver.grant(
          workerId,
          capabilities.lease === undefined ? undefined : toMillis(capabilities.lease)
        )
        const spec = toRemoteSpec(capabilities, workerId)
        if (!(await Effect.runPromise(runtime.whileAlive(runtime.workforce.spawn(spec))))) throw taken(workerId)
        await Effect.runPromise(runtime.whileAlive(runtime.workforce.awaitUp(workerId)))
        return { lease }
      })
    },
    async nextAssignment(workerId, options = {}) {
      const problems = problemsOf(WaitInput, options, "options", { wait: 'such as "20 seconds", or 0' })
      if (problems.length > 0) throw new InvalidOptions({ problems })
      const connection = connectionOf(workerId)
      if (options.signal?.aborted === true) return undefined
      const ms = Math.min(longestWait, options.wait === undefined ? defaultWait : toMillis(options.wait))
      // At once: as soon as the coordinator has had its turn.
      const wait = driver.wait(ms === 0 ? longestWait : ms)
      const abort = (): void => wait.end()
      options.signal?.addEventListener("abort", abort, { once: true })
      const pulled = connection.pull(wait.over)
      if (ms === 0) void placedBy(workerId).then(wait.end, wait.end)
      const command = await pulled
      wait.end()
      options.signal?.removeEventListener("abort", abort)
      if (command === undefined) return undefined
      const { taskId, epoch, type, payload, attempt, state, devices } = command
      return { taskId, epoch, type, payload, attempt, state, ...(devices !== undefined && { devices }) }
    },
    async updateStatus(taskId, epoch, update) {
      const problems = problemsOf(RemoteUpdateInput, update, "update", updateHints)
      if (problems.length > 0) throw new InvalidOptions({ problems })
      const workerId = reception.workerOf(taskId, epoch)
      const connection = workerId === undefined ? undefined : driver.of(workerId)
      if (connection === undefined) return { accepted: false, requests: nothingWanted }
      const said = update.status === "failed" ? { ...update, error: toErrorData(update.error) } : update
      const received = said.status === "running" ? undefined : reception.of(taskId, epoch, said.status)
      if (!connection.update(Epoch(epoch), said)) {
        received?.end()
        return { accepted: false, requests: connection.requests }
      }
      const accepted = received === undefined ? true : await received.accepted
      return { accepted, requests: connection.requests }
    },
    async heartbeat(workerId, told = {}) {
      const problems = problemsOf(RemoteLoadInput, told, "heartbeat", loadHints)
      if (problems.length > 0) throw new InvalidOptions({ problems })
      const { load = 0, running, temperature, usage, watts } = told
      const connection = connectionOf(workerId)
      runtime.reportEnergy(workerId, { temperature, watts })
      connection.heartbeat(load, running && new Set(running.map((epoch) => Epoch(epoch))))
      if (usage !== undefined) runtime.used(workerId, usage)
      return { requests: connection.requests }
    },
    async deregister(workerId) {
      connectionOf(workerId)
      await inTurn(workerId, () => remove(workerId))
    }
  }
}

const taken = (workerId: WorkerId): InvalidOptions => {
  const hint = "each worker needs an id of its own"
  return new InvalidOptions({ problems: [{ path: "workerId", message: `"${workerId}" is taken`, hint }] })
}

const idProblems = (workerId: unknown) =>
  typeof workerId === "string" && workerId !== ""
    ? []
    : [{ path: "workerId", message: `Expected a text, got ${String(workerId)}`, hint: "a text that is not empty" }]

const loadHints = {
  load: "how busy it is, 0 to 1",
  running: "the epochs of its runs",
  usage: "cores of each of its runs, by epoch, such as { 17: 0.4 }",
  temperature: "degrees Celsius",
  watts: "a number of watts"
} as const

const updateHints = {
  status: "one of running, completed, failed, released",
  progress: "a share, 0 to 1",
  note: "a text"
} as const
