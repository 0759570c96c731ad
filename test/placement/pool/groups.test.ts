import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Ledger } from "../../../src/ledger/index.ts"
import type { Epoch, LedgerEvent, TaskSpec } from "../../../src/model/index.ts"
import { fragmentationAware, Placement, Pool } from "../../../src/placement/index.ts"
import { taskSpec, viewOf, workerSpec } from "../pool.ts"

const anyStep = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("join" as const),
      hostname: fc.constantFrom("here", "there"),
      cuda: fc.nat(2)
    })
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("leave" as const), at: fc.nat(40) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("turn" as const), at: fc.nat(40) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("end" as const), at: fc.nat(40) }) },
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant("place" as const),
      cpu: fc.nat(3),
      cuda: fc.nat(2),
      whole: fc.constantFrom(false, false, false, true),
      hostname: fc.constantFrom(undefined, undefined, "here", "there"),
      priority: fc.constantFrom("normal" as const, "critical" as const)
    })
  }
)

const pinned = (task: TaskSpec, hostname: string | undefined): TaskSpec => {
  if (hostname === undefined) return task
  const { requirements } = task
  const shape = `${requirements.shape} ${hostname}`
  return { ...task, requirements: { ...requirements, constraints: { ...requirements.constraints, hostname }, shape } }
}

describe("workers in groups that stand alike", () => {
  it("are chosen as if each had been looked at by itself", () => {
    fc.assert(
      fc.property(fc.array(anyStep, { minLength: 20, maxLength: 300 }), (steps) => {
        const pool = new Pool()
        const ledger: Ledger = new Ledger({
          onEvent: (event: LedgerEvent, task) => {
            if (event._tag === "WorkerRemoved") return pool.removed(event.workerId)
            const phased = event._tag === "WorkerPhaseChanged" ? event.workerId : task?.left?.workerId
            const id = event._tag === "TaskPlaced" ? event.reservation.workerId : phased
            const worker = id === undefined ? undefined : ledger.worker(id)
            if (worker !== undefined) pool.changed(worker)
          }
        })
        const { standingOf: _standing, ...oneByOne } = fragmentationAware()
        const grouped = new Placement({ strategy: fragmentationAware(), explainUpTo: 0 })
        const single = new Placement({ strategy: oneByOne, explainUpTo: 0 })
        const runs: Array<{ readonly id: string; readonly epoch: Epoch }> = []
        steps.forEach((step, number) => {
          const workers = [...ledger.workers.values()]
          if (step.kind === "join") {
            const spec = workerSpec(`w${number}`, { slots: 3, cpu: 4, cuda: step.cuda })
            ledger.addWorker({ ...spec, capabilities: { ...spec.capabilities, hostname: step.hostname } }, 0)
            ledger.setPhase(spec.id, "up", 0)
          } else if (step.kind === "end") {
            const [run] = runs.splice(step.at % Math.max(1, runs.length), 1)
            if (run !== undefined) ledger.complete(run.id, run.epoch, undefined, 0)
          } else if (step.kind === "place") {
            const { hostname, ...options } = step
            const task = pinned(taskSpec(`t${number}`, options), hostname)
            const view = { ...viewOf(workers), pool }
            const { explanation } = grouped.propose(task, view, 0)
            expect(explanation.fault).toBe(undefined)
            expect(explanation).toEqual(single.propose(task, view, 0).explanation)
            if (explanation.workerId === undefined) return
            ledger.accept(task, 0)
            const placed = ledger.place(task.id, explanation.workerId, 0)
            if (placed.ok) runs.push({ id: task.id, epoch: placed.value.epoch })
          } else {
            const worker = workers[step.at % Math.max(1, workers.length)]
            if (worker === undefined) return
            if (step.kind === "leave") ledger.removeWorker(worker.spec.id, 0)
            else ledger.setPhase(worker.spec.id, worker.phase === "up" ? "draining" : "up", 0)
          }
        })
      }),
      { numRuns: 150 }
    )
  })
})
