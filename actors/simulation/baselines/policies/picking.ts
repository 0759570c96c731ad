import type { Chance } from "../../workload/index.ts"
import type { TaskClass } from "../task-class.ts"

/** How loaded a server is for a task of this class: the less the better. */
export type Measure = (server: number, taskClass: TaskClass, now: number) => number

/** How a server is found by a measure. */
export type Pick = (taskClass: TaskClass, now: number) => number

/** Which of several servers equally loaded is taken. */
export type Ties = "lowest index" | "random"

// The scans count up, for an iterator over the column takes three times as long.

const lowestIndexOf =
  (measure: Measure): Pick =>
  (taskClass, now) => {
    let best = -1
    let least = Number.POSITIVE_INFINITY
    for (let index = 0; index < taskClass.able.length; index += 1) {
      const server = taskClass.able[index] ?? -1
      const load = measure(server, taskClass, now)
      if (load < least || best < 0) {
        best = server
        least = load
      }
    }
    return best
  }

const randomOf = (measure: Measure, chance: Chance): Pick => {
  const tied: Array<number> = []
  return (taskClass, now) => {
    let least = Number.POSITIVE_INFINITY
    tied.length = 0
    for (let index = 0; index < taskClass.able.length; index += 1) {
      const server = taskClass.able[index] ?? -1
      const load = measure(server, taskClass, now)
      if (load > least) continue
      if (load < least) tied.length = 0
      least = load
      tied.push(server)
    }
    return tied[tied.length === 1 ? 0 : Math.floor(chance() * tied.length)] ?? -1
  }
}

/** The least loaded of all: O(servers). */
export const fullScan = (measure: Measure, ties: Ties, chance: Chance): Pick =>
  ties === "random" ? randomOf(measure, chance) : lowestIndexOf(measure)

/** The less loaded of two distinct servers drawn at random, the first drawn where they are equal: O(1). */
export const twoChoices =
  (measure: Measure, chance: Chance): Pick =>
  (taskClass, now) => {
    const { able } = taskClass
    if (able.length === 1) return able[0] ?? -1
    const first = Math.floor(chance() * able.length)
    const other = Math.floor(chance() * (able.length - 1))
    const one = able[first] ?? -1
    const two = able[other >= first ? other + 1 : other] ?? -1
    return measure(two, taskClass, now) < measure(one, taskClass, now) ? two : one
  }
