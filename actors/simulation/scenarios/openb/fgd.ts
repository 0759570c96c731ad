import type { WorkerRecord } from "../../../../src/ledger/index.ts"
import type { Demand, TaskSpec } from "../../../../src/model/index.ts"
import type { ScoreStrategy } from "../../../../src/placement/index.ts"
import type { OpenbPod } from "../../traces/index.ts"
import type { Chance } from "../../workload/index.ts"
import { modelLabel } from "./cluster.ts"
import { fragmentationOf, type Left, typicalPods } from "./fragmentation.ts"

/** How well a node suits a task, and with which of its GPUs. */
interface Verdict {
  readonly score: number
  readonly gpus: ReadonlyArray<number>
}

/** Of one node as it stood when it was last looked at: by any node in that state the scores are shared. */
interface Standing {
  readonly left: Left
  readonly fragmentation: number
  /** By the shape of the task. */
  readonly verdicts: Map<string, Verdict>
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

export const leftOf = ({ spec, used, devices }: WorkerRecord): Left => ({
  cpu: spec.limits.resources.cpu - used.cpu,
  gpus: devices.map(({ share }) => whole - share),
  model: spec.capabilities.labels[modelLabel] ?? ""
})

/** The GPUs a pod could have there: any one that can give the share, or the first of those that are whole. */
export function* choicesOf({ gpus }: Left, { devices: [asked] }: Demand): Generator<ReadonlyArray<number>> {
  if (asked === undefined) return yield []
  const able = gpus.flatMap((free, index) => (free >= asked.share ? [index] : []))
  if (asked.share === whole) return yield able.slice(0, asked.count)
  // Of GPUs that have as much left one is as good as the other.
  for (const index of able) if (gpus.indexOf(gpus[index] ?? 0) === index) yield [index]
}

/** What would be left. */
export const after = (left: Left, { resources, devices: [asked] }: Demand, chosen: ReadonlyArray<number>): Left => {
  const gpus = left.gpus.map((free, index) => (chosen.includes(index) ? free - (asked?.share ?? 0) : free))
  return { ...left, cpu: left.cpu - resources.cpu, gpus }
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))

/** Whole points of a hundred for so much less fragmentation, in thousandths of a GPU. */
export const fgdPoints = (lowered: number): number => Math.floor(100 * sigmoid(lowered / whole))

export interface FgdOptions {
  /** Takes any of equals instead of the first that joined. */
  readonly ties?: Chance
}

/**
 * Fragmentation gradient descent: the node, and there the GPU, on which fragmentation, as the typical pods see it, grows
 * least. The difference in GPUs goes through a sigmoid and becomes whole points of a hundred, so that much is level: then
 * the first GPU is taken, and the first worker. Workers are to join in the order of their names for ties to go to the
 * lowest one. Source: Weng et al., USENIX ATC '23.
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
    const standing = states.get(key) ?? { left, fragmentation: fragmentationOf(left, typical), verdicts: new Map() }
    if (states.size >= kept) states.clear()
    states.set(key, standing)
    latest.set(worker, standing)
    return standing
  }

  const verdictOn = ({ requirements: { demand, shape } }: TaskSpec, standing: Standing): Verdict => {
    const { left, fragmentation, verdicts } = standing
    const known = verdicts.get(shape)
    if (known !== undefined) return known
    let best: Verdict = { score: -1, gpus: [] }
    for (const gpus of choicesOf(left, demand)) {
      const lowered = fragmentation - fragmentationOf(after(left, demand, gpus), typical)
      const score = fgdPoints(lowered)
      if (score > best.score) best = { score, gpus }
    }
    verdicts.set(shape, best)
    return best
  }

  return {
    id: "openb-fgd",
    ...(ties !== undefined && { tieRule: "any, by chance" }),
    score: (task, worker) => {
      const { score } = verdictOn(task, standingOf(worker))
      return ties === undefined ? score : score + ties()
    },
    devices: (task, worker) => verdictOn(task, standingOf(worker)).gpus
  }
}
