import type {
  RunCommand,
  WorkerConnection,
  WorkerDriver,
  WorkerReport,
  WorkerSink
} from "../../../src/execution/index.ts"
import type { Millis, WorkerId, WorkerSpec } from "../../../src/model/index.ts"
import type { VirtualTime } from "../../../src/virtual-time/index.ts"
import type { WorkerTraits } from "../world/worker-traits.ts"
import { calm, type WorldOptions, worldDefaults } from "../world/world-options.ts"
import { newAccount, type WorkerAccount } from "./account.ts"
import { SimulatedThread } from "./simulated-thread.ts"
import type { ThreadWorld } from "./thread-world.ts"

/** Workers whose threads exist only in virtual time. What each does follows from the seed. */
export class SimulatedDriver implements WorkerDriver {
  /** Told whenever a run begins on a worker: the moment at which too much may be running. */
  onStart: (workerId: WorkerId, command: RunCommand) => void = () => {}
  /** Told whenever a report leaves the thread of a worker; it is on its way then. */
  onReport: (workerId: WorkerId, report: WorkerReport) => void = () => {}
  readonly accounts = new Map<WorkerId, WorkerAccount>()
  readonly #traits = new Map<WorkerId, WorkerTraits>()
  readonly #dead = new Set<WorkerId>()
  /** The latest thread of each worker, and those before it that are not quite gone. */
  readonly #threads = new Map<WorkerId, SimulatedThread>()
  readonly #leaving = new Set<SimulatedThread>()
  readonly #world: ThreadWorld & { options: WorldOptions; handlers: ReadonlyArray<string>; bootTimeout: Millis }
  #opened = 0
  /** Until then the coordinator's thread is busy with sending. */
  #busyUntil: Millis = 0

  constructor(time: VirtualTime, seed: number, options: Partial<WorldOptions> = {}) {
    this.#world = {
      seed: String(seed),
      options: { ...worldDefaults, ...options },
      handlers: ["work"],
      bootTimeout: Number.POSITIVE_INFINITY,
      now: () => time.now,
      started: (workerId, command) => this.onStart(workerId, command),
      said: (workerId, report) => this.onReport(workerId, report),
      after: (ms, happen) => time.after(ms, happen),
      dispatch: () => this.#dispatch(time.now),
      recalled: () => {
        this.#busyUntil -= this.#world.options.dispatchCost
      }
    }
  }

  /** The types of tasks that its workers can run. */
  set handlers(types: ReadonlyArray<string>) {
    this.#world.handlers = types
  }

  /** How long a thread may take to load its handlers; beyond that it has failed. Default: as long as it takes. */
  set bootTimeout(ms: Millis) {
    this.#world.bootTimeout = ms
  }

  /** What the worker is like, from its next thread on. Default: of speed 1, whatever the type. */
  describe(workerId: WorkerId, traits: WorkerTraits): void {
    this.#traits.set(workerId, traits)
  }

  open(spec: WorkerSpec, sink: WorkerSink): WorkerConnection {
    this.#opened += 1
    const before = this.#threads.get(spec.id)
    for (const thread of this.#leaving) if (!thread.isAlive) this.#leaving.delete(thread)
    if (before?.isAlive === true) this.#leaving.add(before)
    const thread = new SimulatedThread(spec, this.#opened, sink, this.#world, {
      traits: this.#traits.get(spec.id) ?? {},
      account: this.accountOf(spec.id),
      isDead: () => this.#dead.has(spec.id)
    })
    this.#threads.set(spec.id, thread)
    return thread
  }

  accountOf(workerId: WorkerId): WorkerAccount {
    const account = this.accounts.get(workerId) ?? newAccount()
    this.accounts.set(workerId, account)
    return account
  }

  /** The worker's thread, where it has one. */
  of(workerId: WorkerId): SimulatedThread | undefined {
    const thread = this.#threads.get(workerId)
    if (thread?.isAlive === true) return thread
    return [...this.#leaving].findLast((leaving) => leaving.workerId === workerId && leaving.isAlive)
  }

  /** Brings the accounts of all workers up to this moment. */
  settleAccounts(): void {
    for (const thread of this.alive) thread.settleAccount()
  }

  get alive(): ReadonlyArray<SimulatedThread> {
    return [...this.#leaving, ...this.#threads.values()].filter(({ isAlive }) => isAlive)
  }

  /** Its thread ends, and none that is started for it comes up. */
  kill(workerId: WorkerId): void {
    this.#dead.add(workerId)
    this.of(workerId)?.crash([])
  }

  /** From now on nothing goes wrong by itself, and whoever was dead can be started again. */
  calm(): void {
    this.#world.options = calm(this.#world.options)
    this.#dead.clear()
  }

  #dispatch(now: Millis): Millis {
    const { dispatchCost } = this.#world.options
    if (dispatchCost === 0) return 0
    this.#busyUntil = Math.max(now, this.#busyUntil) + dispatchCost
    return this.#busyUntil - now
  }
}
