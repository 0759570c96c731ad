import type { SubmitOptions } from "../../../../src/config/index.ts"
import type { OpenbPod, OpenbTrace } from "../../traces/index.ts"
import { type Chance, chanceOf } from "../../workload/index.ts"
import { requiresOf } from "./cluster.ts"

/** A pod as it arrives. It never leaves again. */
export interface OpenbTask {
  readonly id: string
  /** With the id. */
  readonly options: SubmitOptions
  /** GPUs asked for by all pods up to this one, as a share of the cluster's. */
  readonly arrived: number
}

/** In thousandths of a GPU. */
const demandOf = ({ gpus, gpuShare }: OpenbPod): number => gpus * gpuShare

/** Fisher and Yates. */
export const shuffled = <A>(items: ReadonlyArray<A>, chance: Chance): Array<A> => {
  const order = items.slice()
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = Math.floor(chance() * (last + 1))
    const [a, b] = [order[last], order[other]]
    if (a === undefined || b === undefined) continue
    order[last] = b
    order[other] = a
  }
  return order
}

/** Pods drawn with replacement join, or pods drawn at random leave, until they ask for so much together. */
const tuned = (pods: ReadonlyArray<OpenbPod>, demand: number, chance: Chance): ReadonlyArray<OpenbPod> => {
  const arrivals = shuffled(pods, chance)
  let sum = arrivals.reduce((total, pod) => total + demandOf(pod), 0)
  while (sum > demand) {
    const [left] = arrivals.splice(Math.floor(chance() * arrivals.length), 1)
    if (left === undefined) break
    sum -= demandOf(left)
  }
  while (sum < demand) {
    const pod = pods[Math.floor(chance() * pods.length)]
    if (pod === undefined) break
    sum += demandOf(pod)
    arrivals.push(pod)
  }
  return arrivals
}

/**
 * The pods in the order of arrival: shuffled by the seed, then drawn with replacement until they ask for `inflation`
 * times the GPUs there are. Source: the published experiments (Weng et al., USENIX ATC '23), whose generator of chance is
 * another one, so that medians over seeds are to be compared and not seeds.
 */
export function* openbTasks({ nodes, pods }: OpenbTrace, seed: string, inflation = 1.3): Generator<OpenbTask> {
  const capacity = nodes.reduce((total, { gpus }) => total + gpus * 1_000, 0)
  const asksForGpus = pods.some((pod) => demandOf(pod) > 0)
  const arrivals = asksForGpus ? tuned(pods, inflation * capacity, chanceOf(`openb/${seed}`)) : pods
  let demand = 0
  let number = 0
  for (const pod of arrivals) {
    demand += demandOf(pod)
    number += 1
    yield {
      id: `pod-${number}`,
      options: { id: `pod-${number}`, requires: requiresOf(pod) },
      arrived: demand / capacity
    }
  }
}
