import type { WorkerRecord } from "../../../ledger/index.ts"
import type { TaskSpec, WorkerSpec } from "../../../model/index.ts"
import type { RankStrategy } from "../../strategy.ts"
import type { PlacementView } from "../../view.ts"

export interface HardwareSpecificOptions {
  /** How fast each kind of hardware is, 1 being a plain CPU: for what the worker's own profile does not tell. */
  readonly performance: Readonly<Record<string, number>>
  /** By how much a task is better served by hardware it prefers than by any other that is as fast. */
  readonly preference: number
  /** What a worker counts for whose CUDA compute capability is higher than asked, for each whole number it is. */
  readonly spare: number
}

/** The performance weights of S4. */
export const hardwareSpecificDefaults: HardwareSpecificOptions = {
  performance: { cpu: 1, cuda: 3, rocm: 2.8, mps: 2.5, openvino: 1.8, qnn: 1.4, webnn: 1, webgpu: 1.2 },
  preference: 2,
  spare: 0.9
}

/** The hardware a task is for: what it prefers, otherwise the kind of accelerator it asks for. */
const wantedBy = ({ requirements }: TaskSpec): string | undefined =>
  requirements.hardware ?? requirements.demand.devices[0]?.kind

const has = ({ capabilities, limits }: WorkerSpec, kind: string, profile: string | undefined): boolean =>
  capabilities.hardware === kind ||
  profile === kind ||
  capabilities.backends.includes(kind) ||
  limits.devices.some((device) => device.kind === kind)

const positive = (figure: number | undefined): number | undefined =>
  figure !== undefined && figure > 0 && figure < Number.POSITIVE_INFINITY ? figure : undefined

/** How fast the hardware of this kind on the worker is: by its profile where that is of this kind, otherwise as is usual. */
const performanceOf = (
  kind: string,
  { spec }: WorkerRecord,
  { profiles }: PlacementView,
  usual: HardwareSpecificOptions["performance"]
): number => {
  const profile = profiles?.of(spec.id)
  const own = profile?.kind === kind ? positive(profile.performance) : undefined
  return own ?? positive(Object.hasOwn(usual, kind) ? usual[kind] : undefined) ?? 1
}

/** The fastest hardware on the worker: what a task that needs none of it would keep from others. */
const finest = (worker: WorkerRecord, view: PlacementView, usual: HardwareSpecificOptions["performance"]): number => {
  const { capabilities, limits, id } = worker.spec
  const profile = view.profiles?.of(id)
  let most = performanceOf(profile?.kind ?? capabilities.hardware, worker, view, usual)
  for (const { kind } of limits.devices) most = Math.max(most, performanceOf(kind, worker, view, usual))
  return most
}

/**
 * Hardware-specific: tasks to the hardware they are for, and tasks that are for none away from it.
 *
 * Formula: fitness ÷ (1 + slots in use ÷ slots), for critical and high tasks × the worker's priority multiplier. A task is for
 * the hardware it prefers, otherwise for the kind of accelerator it asks for. Where the worker has that: fitness =
 * preference × its performance, × 0.9 for each whole number by which the compute capability is above what is asked, so that
 * the newest devices stay free for what needs them. Where it has not, 1. Of a task that is for none: 1 ÷ the performance of the
 * finest hardware there. What was learned of this type of task on this worker takes the place of a performance.
 * Since the divisor stays below 2, a preference of 2 means: the right hardware as long as it has room.
 * Source: S4 (performance weights by kind; specialised workers; compute capabilities); GPU workers are avoided for other
 * tasks as in Ray.
 * Ties: the next in turn. Cost: O(log n) with `view.pool`, otherwise O(n).
 * Not for pools of one kind: there it is least connections.
 */
export const hardwareSpecific = (options: Partial<HardwareSpecificOptions> = {}) => {
  const { performance, preference, spare } = { ...hardwareSpecificDefaults, ...options }

  /** As it has shown itself: `undefined` where it has not. */
  const learned = ({ type }: TaskSpec, { spec }: WorkerRecord, { times }: PlacementView): number | undefined =>
    times !== undefined && times.speedAtMost(spec.id, type) < Number.POSITIVE_INFINITY
      ? positive(times.speedOf(spec.id, type))
      : undefined

  const fitness = (task: TaskSpec, worker: WorkerRecord, view: PlacementView): number => {
    const { spec } = worker
    const wanted = wantedBy(task)
    if (wanted === undefined) return 1 / finest(worker, view, performance)
    if (!has(spec, wanted, view.profiles?.of(spec.id).kind)) return learned(task, worker, view) ?? 1
    const speed = learned(task, worker, view) ?? performanceOf(wanted, worker, view, performance)
    const asked = task.requirements.constraints.computeCapability
    const above = asked === undefined ? 0 : Math.max(0, (spec.capabilities.computeCapability ?? asked) - asked)
    return preference * speed * spare ** above
  }

  return {
    id: "hardware_specific",
    tieRule: "the next in turn",
    ties: "turn",
    classOf: (task) => `${wantedBy(task) ?? ""} ${task.type}`,
    rank: (task, worker, view) => fitness(task, worker, view) / (1 + worker.slots / worker.limit)
  } satisfies RankStrategy
}
