import { InvalidOptions, type TaskId } from "../../../model/index.ts"
import { occasionOf, preferencesOf } from "../../decision/preferences.ts"
import { type Route, routeOf } from "../../pipeline/delegation.ts"
import { tellEnded } from "../../pipeline/tell-ended.ts"
import type { JointStrategy, PartFault, Strategy } from "../../strategy.ts"
import { leastConnections } from "../by-load/least-connections.ts"
import { tellRoute } from "./tell-route.ts"

/** A strategy that has a say, and how much against the others. */
export interface WeightedPart {
  readonly strategy: Strategy
  /** Above 0, in any unit: what counts is its share of the sum. */
  readonly weight: number
}

export interface CompositeOptions {
  /** At least one. */
  readonly algorithms: ReadonlyArray<WeightedPart>
}

interface Part extends WeightedPart {
  /** Its id; with a number where another has the same. */
  readonly name: string
}

/** The parts under names of their own. Throws `InvalidOptions`. */
const partsOf = ({ algorithms }: CompositeOptions): ReadonlyArray<Part> => {
  if (algorithms.length === 0) {
    const hint = "at least one strategy with its weight"
    throw new InvalidOptions({ problems: [{ path: "algorithms", message: "there are none", hint }] })
  }
  return algorithms.map(({ strategy, weight }, index) => {
    if (!(weight > 0 && weight < Number.POSITIVE_INFINITY)) {
      const message = `${String(weight)} is no weight`
      throw new InvalidOptions({
        problems: [{ path: `algorithms[${index}].weight`, message, hint: "a finite number above 0" }]
      })
    }
    const before = algorithms.slice(0, index).filter((other) => other.strategy.id === strategy.id).length
    return { strategy, weight, name: before === 0 ? strategy.id : `${strategy.id} ${before + 1}` }
  })
}

/** Has its say where none of the parts has an opinion. Has no memory, so one serves all. */
const otherwise = leastConnections({ ties: "first" })

/** Calls all of them, whatever some throw; the first failure is thrown in the end, under the name of its part. */
const tellEach = (parts: ReadonlyArray<Part>, tell: (part: Part) => void): void => {
  const failures: Array<Error> = []
  for (const part of parts) {
    try {
      tell(part)
    } catch (cause) {
      failures.push(new Error(`${part.name}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause }))
    }
  }
  const [first] = failures
  if (first !== undefined) throw first
}

/**
 * Composite: several strategies, each with its weight, decide together.
 *
 * Formula: Σ share · score, each score 0–100, for critical and high tasks × the worker's priority multiplier; share: the
 * weight against the sum of weights. Only workers that fit are scored. Weighted strategies score 0–100 by themselves; what
 * others prefer is stretched from the least preferred at 0 to the most preferred at 100; one that can only choose gives its
 * choice 100 and all others 0. A part that throws, or answers with what is no number, has no say in that decision and is
 * reported; where none is left, or none of them has an opinion, the decision is made by least connections.
 * Source: the sum of normalised scores of a cluster scheduler, in place of votes for single winners.
 * Ties: the one that joined first. Cost: the sum of its parts, at least O(n).
 * Not for strategies that need to decide alone, such as keyed ones: a stickiness outvoted now and then is none.
 */
export const composite = (options: CompositeOptions): JointStrategy => {
  const parts = partsOf(options)
  const total = parts.reduce((sum, { weight }) => sum + weight, 0)
  /** For the devices the weightiest that knows about them is asked. */
  const forDevices = parts
    .toSorted((a, b) => b.weight - a.weight)
    .find(({ strategy }) => strategy.devices !== undefined)?.strategy
  const order = parts.find(({ strategy }) => strategy.order !== undefined)?.strategy.order
  /** Who had a say for each part in the last decision, and the task it was about. */
  let last: { readonly taskId: TaskId; readonly routes: Map<Part, Route> } | undefined
  return {
    id: "composite",
    ...(order !== undefined && { order }),
    scoreAll: (task, candidates, view, now) => {
      const occasion = occasionOf(task, candidates, view, now)
      const scores = new Float64Array(candidates.length)
      const columns = new Map<string, Float64Array>()
      const faults: Array<PartFault> = []
      const routes = new Map<Part, Route>()
      last = { taskId: task.id, routes }
      for (const part of parts) {
        const { strategy, weight, name } = part
        try {
          const route = routeOf(strategy, task, view, now)
          routes.set(part, route)
          const column = preferencesOf(route.by, occasion)
          if (column === undefined) continue
          for (let index = 0; index < column.length; index++) {
            const points = (weight / total) * (column[index] ?? 0)
            column[index] = points
            scores[index] = (scores[index] ?? 0) + points
          }
          columns.set(name, column)
        } catch (cause) {
          faults.push({ strategy: name, cause })
        }
      }
      if (faults.length === parts.length) throw faults[0]?.cause
      const indifferent = columns.size === 0 ? preferencesOf(otherwise, occasion) : undefined
      if (indifferent !== undefined) {
        scores.set(indifferent)
        columns.set(otherwise.id, indifferent)
      }
      return {
        scores,
        faults,
        partsOf: (candidate) => Object.fromEntries([...columns].map(([name, column]) => [name, column[candidate] ?? 0]))
      }
    },
    proposed: (task, worker, view) => {
      const routes = last?.taskId === task.id ? last.routes : undefined
      tellEach(parts, (part) => {
        const route = routes?.get(part)
        if (route === undefined) part.strategy.proposed?.(task, worker, view)
        else tellRoute(route, task, worker, view)
      })
    },
    ended: (run, view, now) => {
      const failures: Array<unknown> = []
      for (const { strategy } of parts) tellEnded(strategy, run, view, now, (_, cause) => failures.push(cause))
      if (failures.length > 0) throw failures[0]
    },
    ...(forDevices !== undefined && {
      devices: (task, worker, view) => forDevices.devices?.(task, worker, view)
    })
  }
}
