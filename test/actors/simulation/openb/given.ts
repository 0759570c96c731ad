import { openbWorkers } from "../../../../actors/simulation/scenarios/openb/index.ts"
import type { OpenbNode, OpenbPod, OpenbTrace } from "../../../../actors/simulation/traces/index.ts"
import { type Detected, type SubmitOptions, toTaskSpec, toWorkerSpec } from "../../../../src/config/index.ts"
import { Ledger } from "../../../../src/ledger/index.ts"
import { Milli, type TaskSpec } from "../../../../src/model/index.ts"
import { Placement, type PlacementView, type Strategy } from "../../../../src/placement/index.ts"

export const node = (name: string, given: Partial<OpenbNode> = {}): OpenbNode => ({
  name,
  cpu: Milli(64_000),
  memoryMiB: 262_144,
  gpus: 2,
  model: "T4",
  ...given
})

interface PodInput {
  readonly name?: string
  /** Thousandths of a core. */
  readonly cpu?: number
  readonly memoryMiB?: number
  readonly gpus?: number
  /** Thousandths of a GPU. */
  readonly share?: number
  readonly models?: ReadonlyArray<string>
}

export const pod = ({
  name = "pod",
  cpu = 4_000,
  memoryMiB = 0,
  gpus = 1,
  share = 1_000,
  models = []
}: PodInput): OpenbPod => ({
  name,
  cpu: Milli(cpu),
  memoryMiB,
  gpus,
  gpuShare: Milli(gpus === 0 ? 0 : share),
  models
})

export const trace = (nodes: ReadonlyArray<OpenbNode>, pods: ReadonlyArray<OpenbPod>): OpenbTrace => ({
  mix: "given",
  nodes,
  pods
})

const detected: Detected = { cores: 1, memoryGiB: 1, storageGiB: 1, hostname: "here", nodeVersion: "24.0.0" }

/** The cluster in a ledger, all of it up. */
export const clusterOf = (nodes: ReadonlyArray<OpenbNode>) => {
  const ledger = new Ledger()
  for (const definition of openbWorkers(nodes)) {
    const { id } = definition
    ledger.addWorker(toWorkerSpec(definition, id, detected, nodes.length), 0)
    ledger.setPhase(id, "up", 0)
  }
  const workers = [...ledger.workers.values()]
  const view: PlacementView = {
    workers,
    performance: { of: () => undefined, worker: () => undefined },
    health: { of: () => 1 }
  }
  return { ledger, workers, view }
}

let number = 0

export const taskOf = (options: SubmitOptions): TaskSpec => {
  number += 1
  return toTaskSpec(options.id ?? `task-${number}`, "pod", undefined, options, 0)
}

/** Where the strategy puts the task, which stays there; `undefined` where it fits nowhere. */
export const placed = (
  { ledger, view }: ReturnType<typeof clusterOf>,
  task: TaskSpec,
  strategy: Strategy
): string | undefined => {
  ledger.accept(task, 0)
  const proposal = new Placement({ strategy }).place(
    task,
    view,
    (workerId, devices) => {
      const commit = ledger.place(task.id, workerId, 0, devices)
      return commit.ok ? undefined : commit.refusal
    },
    0
  )
  if (proposal._tag === "Worker") return proposal.workerId
  ledger.cancel(task.id, "does not fit", 0)
  return undefined
}
