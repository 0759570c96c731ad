import type { OpenbPod } from "../../traces/index.ts"

/** What one kind of pod asks for, and how common it is among the typical ones. Memory is left out of account. */
export interface TypicalPod {
  readonly cpu: number
  readonly gpus: number
  readonly gpuShare: number
  /** GPU models it may run on; empty: any. */
  readonly models: ReadonlyArray<string>
  /** 0–1, all together 1. */
  readonly frequency: number
}

/** What a node has left, in thousandths of a core and of each of its GPUs. */
export interface Left {
  readonly cpu: number
  readonly gpus: ReadonlyArray<number>
  readonly model: string
}

/** Share of the pods that the typical ones have to cover. */
const coverage = 0.95

/** The most common kinds of pods, as many as make up 95 % of them. */
export const typicalPods = (pods: ReadonlyArray<OpenbPod>): ReadonlyArray<TypicalPod> => {
  const counts = new Map<string, { readonly pod: OpenbPod; count: number }>()
  for (const pod of pods) {
    const key = `${pod.cpu} ${pod.gpus} ${pod.gpuShare} ${pod.models.join("|")}`
    const entry = counts.get(key) ?? { pod, count: 0 }
    entry.count += 1
    counts.set(key, entry)
  }
  const typical: Array<{ readonly pod: OpenbPod; readonly count: number }> = []
  let covered = 0
  for (const entry of [...counts.values()].sort((a, b) => b.count - a.count)) {
    if (covered >= coverage * pods.length) break
    typical.push(entry)
    covered += entry.count
  }
  return typical.map(({ pod: { cpu, gpus, gpuShare, models }, count }) => ({
    cpu,
    gpus,
    gpuShare,
    models,
    frequency: count / covered
  }))
}

/** Of what is idle, what a pod of this kind could not use. All of it, where the pod cannot run there or needs no GPU. */
const unusableFor = ({ cpu, gpus, gpuShare, models }: TypicalPod, left: Left, idle: number): number => {
  if (gpus === 0 || left.cpu < cpu || (models.length > 0 && !models.includes(left.model))) return idle
  let able = 0
  let tooLittle = 0
  for (const free of left.gpus) {
    if (free >= gpuShare) able += 1
    else tooLittle += free
  }
  return able < gpus ? idle : tooLittle
}

/**
 * Thousandths of idle GPUs that typical pods could not use, weighted by how common each is: what FGD keeps low.
 * Source: Weng et al., "Beware of Fragmentation", USENIX ATC '23.
 */
export const fragmentationOf = (left: Left, typical: ReadonlyArray<TypicalPod>): number => {
  let idle = 0
  for (const free of left.gpus) idle += free
  if (idle === 0) return 0
  let sum = 0
  for (const pod of typical) sum += pod.frequency * unusableFor(pod, left, idle)
  return sum
}
