import { Ledger } from "../../src/ledger/index.ts"
import { Epoch, type LedgerEvent, type TaskSpec, type TaskStatus } from "../../src/model/index.ts"
import { anError, aTask, aWorker, done, fails, withWorkers } from "./given.ts"

/** A ledger in which the task `t` stands somewhere, with three workers of which it may run on the first. */
export interface Scene {
  readonly ledger: Ledger
  /** The run that `t` has, or had last; one that never was where it never ran. */
  readonly epoch: Epoch
  /** The migration `t` is in; one that never was otherwise. */
  readonly migration: number
  readonly events: ReadonlyArray<LedgerEvent>
}

export interface SceneOptions {
  readonly spec?: Partial<Omit<TaskSpec, "id">>
  /** Whether a running `t` is offered to `w2`. */
  readonly offered?: boolean
  /** What happens before `t` is accepted. */
  readonly earlier?: (ledger: Ledger) => void
  readonly onEvent?: (event: LedgerEvent) => void
  /** Told of the ledger before anything happens. */
  readonly onLedger?: (ledger: Ledger) => void
}

export const standings = [
  "none",
  "queued",
  "delayed",
  "running",
  "moving",
  "completed",
  "failed",
  "cancelled",
  "expired",
  "shed",
  "quarantined"
] as const satisfies ReadonlyArray<"none" | TaskStatus>

/** What each status needs of the task's own limits. */
const needs: Partial<Record<"none" | TaskStatus, Partial<TaskSpec>>> = {
  delayed: { retries: 1 },
  expired: { deadline: 5 },
  quarantined: { maxCrashes: 1 }
}

/** All that led here happened at time 0, but for an expiry, at 5. */
export const sceneOf = (standing: "none" | TaskStatus, options: SceneOptions = {}): Scene => {
  const { spec = {}, offered = false, earlier = () => {}, onEvent = () => {}, onLedger = () => {} } = options
  const events: Array<LedgerEvent> = []
  const ledger = new Ledger({
    onEvent: (event) => {
      events.push(event)
      onEvent(event)
    }
  })
  onLedger(ledger)
  withWorkers(ledger, aWorker("w1", { slots: 4 }), aWorker("w2", { slots: 4 }), aWorker("w3"))
  earlier(ledger)
  const migration = 1
  if (standing === "none") return { ledger, epoch: Epoch(77), migration, events }
  done(ledger.accept(aTask("t", { ...spec, ...needs[standing] }), 0))
  const run = (): Epoch => done(ledger.place("t", "w1", 0)).epoch
  const scene = (epoch = Epoch(77)): Scene => ({ ledger, epoch, migration, events })
  switch (standing) {
    case "queued":
      return scene()
    case "delayed": {
      const epoch = run()
      done(fails(ledger, "t", epoch, 100, 0))
      return scene(epoch)
    }
    case "running": {
      const epoch = run()
      if (offered) done(ledger.offerMigration("t", epoch, "w2", 0))
      return scene(epoch)
    }
    case "moving": {
      const epoch = run()
      done(ledger.offerMigration("t", epoch, "w2", 0))
      done(ledger.releaseMigration(migration, { page: 1 }, 0))
      return scene(epoch)
    }
    case "completed": {
      const epoch = run()
      done(ledger.complete("t", epoch, 1, 0))
      return scene(epoch)
    }
    case "failed":
      done(ledger.giveUp("t", "unschedulable", anError, 0))
      return scene()
    case "cancelled": {
      const epoch = run()
      done(ledger.cancel("t", "not wanted", 0))
      return scene(epoch)
    }
    case "expired":
      ledger.expire(5)
      return scene()
    case "shed":
      done(ledger.shed("t", 0.96, 0))
      return scene()
    case "quarantined": {
      const epoch = run()
      done(ledger.workerLost("w1", { reason: "crashed", culprits: [epoch] }, "starting", 0))
      done(ledger.setPhase("w1", "up", 0))
      return scene(epoch)
    }
  }
}
