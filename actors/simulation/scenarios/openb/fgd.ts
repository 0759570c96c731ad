import type { WorkerRecord } from "../../../../src/ledger/index.ts"
import type { Demand, TaskSpec } from "../../../../src/model/index.ts"
import type { ScoreStrategy } from "../../../../src/placement/index.ts"
import type { OpenbPod } from "../../traces/index.ts"
import type { Chance } from "../../workload/index.ts"
import { modelLabel } from "./cluster.ts"
import { fragmentationOf, type Left, typicalPods } from "./fragmentation.ts"

/** Of one node as it stood when it was last looked at: by any node in that state the scores are shared. */
interface Standing {
  readonly left: Left
  readonly fragmentation: number
  /** By the shape of the task. */
  readonly scores: Map<string, number>
}

/** States of nodes that are remembered. */
const kept = 20_000

const whole = 1_000

const isUnchanged = ({ left }: Standing, { spec, used, devices }: WorkerRecord): boolean => {
  if (left.cpu !== spec.limits.resources.cpu - used.cpu) return false
  for (let index = 0; index < devices.length; index += 1) {
    if (left.gpus[index] !== whole - (devices[index]?.share ?? 0)) return false
  }
  return true
}

const leftOf = ({ spec, used, devices }: WorkerRecord): Left => ({
  cpu: spec.limits.resources.cpu - used.cpu,
  gpus: devices.map(({ share }) => whole - share),
  model: spec.capabilities.labels[modelLabel] ?? ""
})

/** The place of the GPU that has just enough, and of equals the first. */
const tightest = (gpus: ReadonlyArray<number>, share: number): number => {
  let chosen = -1
  let least = Number.POSITIVE_INFINITY
  for (const [index, free] of gpus.entries()) {
    if (free < share || free >= least) continue
    chosen = index
    least = free
  }
  return chosen
}

/** What would be left, the GPUs being chosen as the ledger does. */
const after = (left: Left, { resources, devices }: Demand): Left => {
  const gpus = left.gpus.slice()
  for (const { count, share } of devices) {
    for (let needed = count; needed > 0; needed -= 1) {
      const index = tightest(gpus, share)
      if (index >= 0) gpus[index] = (gpus[index] ?? 0) - share
    }
  }
  return { ...left, cpu: left.cpu - resources.cpu, gpus }
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))

export interface FgdOptions {
  /** Takes any of equals instead of the first that joined. */
  readonly ties?: Chance
}

/**
 * Fragmentation gradient descent: the node on which fragmentation, as the typical pods see it, grows least; the
 * difference in GPUs goes through a sigmoid and becomes whole points of a hundred, so that much is level. Workers are to
 * join in the order of their names for ties to go to the lowest one. Source: Weng et al., USENIX ATC '23.
 *
 * Cost: a look at every node, and for each node that has changed the fragmentation before and after, once per shape.
 */
export const fgd = (pods: ReadonlyArray<OpenbPod>, { ties }: FgdOptions = {}): ScoreStrategy => {
  const typical = typicalPods(pods)
  const latest = new WeakMap<WorkerRecord, Standing>()
  const states = new Map<string, Standing>()

  const standingOf = (worker: WorkerRecord): Standing => {
    const known = latest.get(worker)
    if (known !== undefined && isUnchanged(known, worker)) return known
    const left = leftOf(worker)
    const key = `${left.model} ${left.cpu} ${left.gpus.join(" ")}`
    const standing = states.get(key) ?? { left, fragmentation: fragmentationOf(left, typical), scores: new Map() }
    if (states.size >= kept) states.clear()
    states.set(key, standing)
    latest.set(worker, standing)
    return standing
  }

  const scoreOf = ({ requirements: { demand, shape } }: TaskSpec, standing: Standing): number => {
    const known = standing.scores.get(shape)
    if (known !== undefined) return known
    const lowered = standing.fragmentation - fragmentationOf(after(standing.left, demand), typical)
    const score = Math.floor(100 * sigmoid(lowered / whole))
    standing.scores.set(shape, score)
    return score
  }

  return {
    id: "openb-fgd",
    ...(ties !== undefined && { tieRule: "any, by chance" }),
    score: (task, worker) => {
      const score = scoreOf(task, standingOf(worker))
      return ties === undefined ? score : score + ties()
    }
  }
}
