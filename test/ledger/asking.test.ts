import { describe, expect, it } from "vitest"
import { Ledger } from "../../src/ledger/index.ts"
import { aTask, aWorker, done, withWorkers } from "./given.ts"

const pulls = (id: string) => ({ ...aWorker(id, { slots: 4 }), isolation: "remote" as const })

/** A ledger with workers that pull, and tasks `a` … that wait. */
const given = (workers: ReadonlyArray<string>, tasks: ReadonlyArray<string>) => {
  const ledger = new Ledger()
  withWorkers(ledger, ...workers.map((id) => pulls(id)))
  for (const id of tasks) done(ledger.accept(aTask(id), 0))
  return ledger
}

describe("a worker that asks for tasks", () => {
  it("is given as many as it asks for, each of which answers one", () => {
    const ledger = given(["r"], ["a", "b"])
    expect(ledger.place("a", "r", 1).ok).toBe(false)
    done(ledger.asked("r", 1, 0, 1))
    done(ledger.place("a", "r", 1))
    expect(ledger.worker("r")?.open).toBe(0)
    expect(ledger.place("b", "r", 1).ok).toBe(false)
  })

  it("is not given another for the call that a task on its way to it will answer", () => {
    const ledger = given(["r"], ["a", "b"])
    done(ledger.asked("r", 1, 0, 1))
    const { epoch } = done(ledger.place("a", "r", 1))
    // Said before the task was there: by two calls, of which it answers one.
    done(ledger.asked("r", 2, 0, 2))
    expect(ledger.worker("r")?.open).toBe(1)
    done(ledger.asked("r", 0, 0, 2))
    expect(ledger.worker("r")?.open).toBe(0)
    done(ledger.asked("r", 1, epoch, 3))
    expect(ledger.worker("r")?.open).toBe(1)
  })

  it("counts a cancelled run that is still on its way, but none that somebody runs there by himself", () => {
    const ledger = given(["r"], ["a"])
    done(ledger.asked("r", 1, 0, 1))
    done(ledger.place("a", "r", 1))
    done(ledger.cancel("a", "not needed", 2))
    done(ledger.asked("r", 2, 0, 2))
    expect(ledger.worker("r")?.open).toBe(1)
    const own = aTask("own")
    const { requirements } = own
    const demand = { ...requirements.demand, external: true } as const
    done(ledger.accept({ ...own, requirements: { ...requirements, demand, shape: "external" } }, 2))
    done(ledger.place("own", "r", 2))
    done(ledger.asked("r", 3, 0, 3))
    expect(ledger.worker("r")?.open).toBe(2)
  })

  it("has its call back where a task that was to move to it does not", () => {
    const ledger = given(["r1", "r2"], ["a"])
    done(ledger.asked("r1", 1, 0, 1))
    done(ledger.asked("r2", 1, 0, 1))
    const { epoch } = done(ledger.place("a", "r1", 1))
    const { id } = done(ledger.offerMigration("a", epoch, "r2", 2))
    expect(ledger.worker("r2")?.open).toBe(0)
    // Said again meanwhile, it is the same call.
    done(ledger.asked("r2", 1, 0, 2))
    expect(ledger.worker("r2")?.open).toBe(0)
    done(ledger.abortMigration(id, "it took too long", 3))
    expect(ledger.worker("r2")?.open).toBe(1)
  })
})
