import type { Millis, WorkerId, WorkerSpec } from "../../model/index.ts"
import type { WorkerConnection, WorkerDriver, WorkerSink } from "../worker-driver.ts"
import { type RemoteClock, RemoteConnection } from "./remote-connection.ts"

/** Timers of this process. */
const liveClock: RemoteClock = {
  now: () => performance.now(),
  after: (ms, happen) => {
    const timer = setTimeout(happen, ms)
    timer.unref()
    return () => clearTimeout(timer)
  }
}

/** Silence after which an outside worker is taken to be gone, in milliseconds. */
const defaultLease = 30_000

/**
 * Carries workers of two kinds: those that come from outside and pull their runs, and all others, which it leaves to the
 * driver it is made around.
 */
export class RemoteDriver implements WorkerDriver {
  readonly #inner: WorkerDriver
  readonly #clock: RemoteClock
  readonly #connections = new Map<WorkerId, RemoteConnection>()
  readonly #leases = new Map<WorkerId, Millis>()

  constructor(inner: WorkerDriver, clock: RemoteClock = liveClock) {
    this.#inner = inner
    this.#clock = clock
  }

  /** For the next connection of this worker. */
  grant(workerId: WorkerId, lease: Millis | undefined): Millis {
    const granted = lease ?? defaultLease
    this.#leases.set(workerId, granted)
    return granted
  }

  open(spec: WorkerSpec, sink: WorkerSink): WorkerConnection {
    if (spec.isolation !== "remote") return this.#inner.open(spec, sink)
    const lease = this.#leases.get(spec.id) ?? defaultLease
    this.#leases.delete(spec.id)
    const exit: WorkerSink["exit"] = (why) => {
      if (this.#connections.get(spec.id) === connection) this.#connections.delete(spec.id)
      sink.exit(why)
    }
    const connection = new RemoteConnection({ ...sink, exit }, this.#clock, lease)
    this.#connections.set(spec.id, connection)
    return connection
  }

  /** The connection of a worker that is registered. */
  of(workerId: WorkerId): RemoteConnection | undefined {
    return this.#connections.get(workerId)
  }

  /** A wait of this length. */
  wait(ms: Millis): { readonly over: Promise<void>; readonly end: () => void } {
    const { promise, resolve } = Promise.withResolvers<void>()
    const stop = this.#clock.after(ms, resolve)
    const end = (): void => {
      stop()
      resolve()
    }
    return { over: promise, end }
  }

  forget(workerId: WorkerId): void {
    this.#connections.delete(workerId)
    this.#leases.delete(workerId)
  }
}
