import * as fc from "fast-check"
import type { Ledger, WorkerRecord } from "../../../../../src/ledger/index.ts"
import {
  type DeviceDemand,
  type Requirements,
  type TaskSpec,
  toMilli,
  type WorkerSpec
} from "../../../../../src/model/index.ts"
import {
  Placement,
  type PlacementView,
  Pool,
  type Strategy,
  type StrategyFault
} from "../../../../../src/placement/index.ts"
import { ledgerOf, taskSpec, viewOf, workerSpec } from "../../../pool.ts"

export interface Shape {
  readonly cpu: number
  readonly memory: number
  /** Kind, count and share. */
  readonly devices: ReadonlyArray<readonly [kind: string, count: number, share: number]>
  readonly zone: string
}

export const requirementsOf = ({ cpu, memory, devices, zone }: Shape): Requirements => {
  const { demand } = taskSpec("t", { cpu, memory }).requirements
  const asked = devices.map(
    ([kind, count, share]): DeviceDemand => ({ kind, count, share: toMilli(share), memory: toMilli(share * 8) })
  )
  return {
    demand: { ...demand, devices: asked },
    constraints: zone === "" ? {} : { labels: { zone } },
    shape: JSON.stringify([cpu, memory, devices, zone])
  }
}

export const taskOf = (id: string, shape: Shape): TaskSpec => ({ ...taskSpec(id), requirements: requirementsOf(shape) })

const anyDevices = fc.oneof(
  fc.constant([]),
  fc.constantFrom(0.2, 0.3, 0.5, 0.8, 1).map((share) => [["cuda", 1, share] as const]),
  fc.integer({ min: 2, max: 3 }).map((count) => [["cuda", count, 1] as const]),
  fc.constantFrom(0.4, 1).map((share) => [["npu", 1, share] as const]),
  fc.constant([["cuda", 1, 0.5] as const, ["npu", 1, 0.4] as const])
)

export const anyShape: fc.Arbitrary<Shape> = fc.record({
  cpu: fc.integer({ min: 0, max: 4 }),
  memory: fc.integer({ min: 0, max: 4 }),
  devices: anyDevices,
  zone: fc.constantFrom("", "", "", "a", "b")
})

export interface WorkerParts {
  readonly cpu?: number
  readonly memory?: number
  readonly slots?: number
  readonly cuda?: number
  readonly npu?: number
  readonly zone?: string
}

export const workerIn = (
  id: string,
  { cpu = 16, memory = 16, slots = 20, cuda = 4, npu = 0, zone = "a" }: WorkerParts = {}
): WorkerSpec => {
  const spec = workerSpec(id, { cpu, memory, slots })
  const devices = [
    ...Array.from({ length: cuda }, (_, index) => ({ kind: "cuda", memory: toMilli(index === 0 ? 8 : 16) })),
    ...Array.from({ length: npu }, () => ({ kind: "npu", memory: toMilli(8) }))
  ]
  return { ...spec, limits: { ...spec.limits, devices }, capabilities: { ...spec.capabilities, labels: { zone } } }
}

export const anyWorker = (id: string): fc.Arbitrary<WorkerSpec> =>
  fc
    .record({
      cpu: fc.constantFrom(4, 8, 16),
      memory: fc.constantFrom(4, 8, 16),
      slots: fc.constantFrom(4, 20),
      cuda: fc.constantFrom(0, 1, 2, 4),
      npu: fc.constantFrom(0, 0, 1),
      zone: fc.constantFrom("a", "b")
    })
    .map((parts) => workerIn(id, parts))

/** What happens next: a task of one of the shapes comes, one that runs ends, or a worker joins or leaves. */
export type Step =
  | { readonly kind: "task"; readonly shape: number }
  | { readonly kind: "end"; readonly which: number }
  | { readonly kind: "join"; readonly spec: WorkerSpec }
  | { readonly kind: "leave"; readonly which: number }

export interface Story {
  readonly workers: ReadonlyArray<WorkerSpec>
  readonly shapes: ReadonlyArray<Shape>
  readonly steps: ReadonlyArray<Step>
}

const anyStep = (shapes: number): fc.Arbitrary<Step> =>
  fc.oneof(
    { weight: 12, arbitrary: fc.nat(shapes - 1).map((shape): Step => ({ kind: "task", shape })) },
    { weight: 8, arbitrary: fc.nat(99).map((which): Step => ({ kind: "end", which })) },
    {
      weight: 1,
      arbitrary: fc
        .nat(999)
        .chain((at) => anyWorker(`j${at}`))
        .map((spec): Step => ({ kind: "join", spec }))
    },
    { weight: 1, arbitrary: fc.nat(99).map((which): Step => ({ kind: "leave", which })) }
  )

/** Long enough for what is popular to be looked at several times. */
export const anyStory: fc.Arbitrary<Story> = fc
  .tuple(
    fc
      .integer({ min: 1, max: 6 })
      .chain((size) => fc.tuple(...Array.from({ length: size }, (_, at) => anyWorker(`w${at}`)))),
    fc.array(anyShape, { minLength: 2, maxLength: 6 })
  )
  .chain(([workers, shapes]) =>
    fc
      .array(anyStep(shapes.length), { minLength: 50, maxLength: 500, size: "max" })
      .map((steps): Story => ({ workers, shapes, steps }))
  )

/** One strategy in a world of its own, with the real ledger and what is kept of the pool. */
export class PackingWorld {
  readonly ledger: Ledger
  readonly faults: Array<StrategyFault> = []
  readonly running: Array<string> = []
  readonly #placement: Placement
  readonly #pool: Pool
  #count = 0

  constructor(strategy: Strategy, workers: ReadonlyArray<WorkerSpec>) {
    this.ledger = ledgerOf(workers)
    this.#placement = new Placement({ strategy, onFault: (fault) => this.faults.push(fault), explainUpTo: 0 })
    this.#pool = new Pool(this.ledger.workers.values())
  }

  get view(): PlacementView {
    return { ...viewOf(this.ledger.workers.values()), pool: this.#pool }
  }

  /** Where it went and what it got there; `undefined`: it did not fit. */
  place(shape: Shape): { readonly worker: WorkerRecord; readonly devices: ReadonlyArray<number> } | undefined {
    this.#count += 1
    const task = taskOf(`t${this.#count}`, shape)
    this.ledger.accept(task, 0)
    const proposal = this.#placement.place(
      task,
      this.view,
      (workerId, devices) => {
        const commit = this.ledger.place(task.id, workerId, 0, devices)
        if (!commit.ok) return commit.refusal
        this.#changed(workerId)
        return undefined
      },
      0
    )
    if (proposal._tag !== "Worker") {
      this.ledger.cancel(task.id, "does not fit", 0)
      return undefined
    }
    this.running.push(task.id)
    const worker = this.ledger.worker(proposal.workerId)
    const held = this.ledger.task(task.id)?.reservation?.devices ?? []
    return worker && { worker, devices: held.map(({ device }) => device) }
  }

  end(which: number): void {
    const [id] = this.running.splice(which % Math.max(1, this.running.length), 1)
    const run = id === undefined ? undefined : this.ledger.task(id)?.assignment
    if (id === undefined || run === undefined) return
    this.ledger.complete(id, run.epoch, undefined, 0)
    this.#changed(run.workerId)
  }

  join(spec: WorkerSpec): void {
    if (!this.ledger.addWorker(spec, 0).ok) return
    this.ledger.setPhase(spec.id, "up", 0)
    this.#changed(spec.id)
  }

  /** Only an empty one can. */
  leave(which: number): void {
    const ids = [...this.ledger.workers.keys()]
    const id = ids[which % ids.length]
    if (id === undefined || ids.length === 1 || !this.ledger.removeWorker(id, 0).ok) return
    this.#pool.removed(id)
  }

  #changed(workerId: string): void {
    const worker = this.ledger.worker(workerId)
    if (worker !== undefined) this.#pool.changed(worker)
  }
}
