import type { Millis, TaskSpec } from "../../model/index.ts"

/** The weight of a new run against those before it: what a submitter has sent lately says most of what comes next. */
const gain = 0.3
/** Submitters and types that are remembered; beyond that the one longest unheard of goes. */
const most = 4_096
/** A declaration is believed within a factor of this. */
const farthest = 1_000
/** What a task counts as of which nothing is known. */
const unknown: Millis = 1_000

/** A mean that follows what comes; the first value stands for itself. */
class Means {
  readonly #means = new Map<string, number>()

  of(name: string): number | undefined {
    return this.#means.get(name)
  }

  add(name: string, value: number): void {
    const mean = this.#means.get(name)
    this.#means.delete(name)
    this.#means.set(name, mean === undefined ? value : mean + gain * (value - mean))
    if (this.#means.size <= most) return
    for (const oldest of this.#means.keys()) {
      this.#means.delete(oldest)
      return
    }
  }
}

/** Whose word it is: that of a tenant about a type of task. */
const submitterOf = ({ tenant, type }: TaskSpec): string => (tenant === undefined ? type : `${tenant}\n${type}`)

/**
 * How long waiting tasks will take, by what is declared and by what earlier runs made of it. People declare several times
 * what they need, each in a way of their own: a declaration counts times the mean of what the tenant's last runs of that
 * type took of theirs. Where nothing is declared, the mean of the type counts.
 *
 * For the order of the queue alone. What is promised to a waiting task rests on declarations, which runs do not exceed.
 */
export class RunLengths {
  readonly #kept = new Means()
  readonly #undeclared = new Means()

  expected(task: TaskSpec): Millis {
    const { expectedDuration } = task
    if (expectedDuration === undefined) return this.#undeclared.of(task.type) ?? unknown
    return expectedDuration * (this.#kept.of(submitterOf(task)) ?? 1)
  }

  learn(task: TaskSpec, ms: Millis): void {
    const { expectedDuration = 0 } = task
    if (expectedDuration <= 0) return this.#undeclared.add(task.type, ms)
    const kept = Math.max(1 / farthest, Math.min(farthest, ms / expectedDuration))
    this.#kept.add(submitterOf(task), kept)
  }
}
