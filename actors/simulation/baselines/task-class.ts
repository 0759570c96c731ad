import { type Server, speedOn } from "./server.ts"

/** A task of a queueing model. Any richer task with these fields will do. */
export interface BaselineTask {
  /** Ms at which it arrives. */
  readonly at: number
  /** Ms at speed 1. */
  readonly work: number
  readonly type: string
  /** Indexes of the servers that may run it; default: all. Tasks alike best share one array. */
  readonly eligible?: ReadonlyArray<number>
}

/** Tasks that are alike for every server: of one type, with the same servers eligible. */
export interface TaskClass {
  /** Indexes of the servers able to run it, ascending. */
  readonly able: Int32Array
  /** By server; 0 where it is not able. */
  readonly speeds: Float64Array
}

export interface Classification {
  readonly classes: ReadonlyArray<TaskClass>
  /** By task, in the order given. */
  readonly classOf: ReadonlyArray<TaskClass>
}

const classFor = (task: BaselineTask, servers: ReadonlyArray<Server>): TaskClass => {
  const eligible = task.eligible === undefined ? undefined : new Set(task.eligible)
  const speeds = Float64Array.from(servers, (server, index) =>
    eligible === undefined || eligible.has(index) ? speedOn(server, task.type) : 0
  )
  return { speeds, able: Int32Array.from(speeds.keys()).filter((index) => (speeds[index] ?? 0) > 0) }
}

/** Each task's class: O(tasks), plus O(servers) for each distinct class. */
export const classify = (tasks: ReadonlyArray<BaselineTask>, servers: ReadonlyArray<Server>): Classification => {
  const byContent = new Map<string, TaskClass>()
  const byReference = new Map<ReadonlyArray<number> | undefined, Map<string, TaskClass>>()
  const classOf = tasks.map((task) => {
    const types = byReference.get(task.eligible) ?? new Map<string, TaskClass>()
    if (types.size === 0) byReference.set(task.eligible, types)
    const known = types.get(task.type)
    if (known !== undefined) return known
    const content = JSON.stringify([task.type, task.eligible === undefined ? null : [...task.eligible].sort()])
    const found = byContent.get(content) ?? classFor(task, servers)
    byContent.set(content, found)
    types.set(task.type, found)
    return found
  })
  return { classes: [...byContent.values()], classOf }
}
