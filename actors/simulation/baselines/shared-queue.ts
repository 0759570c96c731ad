import { type Outcome, outcomeOf, recordFor, write } from "./outcome.ts"
import type { CentralPolicy } from "./policy.ts"
import { type Server, serviceOf } from "./server.ts"
import { type BaselineTask, classify, type TaskClass } from "./task-class.ts"
import { timeHeap } from "./time-heap.ts"

/** Tasks of one class that wait, the oldest at the head. */
interface Line {
  readonly taskClass: TaskClass
  readonly preference: Int32Array
  /** By server: its place in the preference; −1 where it is not able. */
  readonly rank: Int32Array
  head: number
  tail: number
}

const lineFor = (taskClass: TaskClass, servers: number, policy: CentralPolicy): Line => {
  const preference = policy.preference(taskClass)
  const rank = new Int32Array(servers).fill(-1)
  preference.forEach((server, place) => {
    rank[server] = place
  })
  return { taskClass, preference, rank, head: -1, tail: -1 }
}

/**
 * One queue before all servers, work-conserving: a slot never stands idle while a task waits that its server can run.
 * At one instant slots fall free first, then the tasks that wait are served, the oldest first, then new ones arrive.
 * O(log tasks) a task, plus O(servers) to find a free server when not all are taken.
 */
export const simulateCentral = (
  policy: CentralPolicy,
  servers: ReadonlyArray<Server>,
  tasks: ReadonlyArray<BaselineTask>
): Outcome => {
  const record = recordFor(tasks.length, servers.length)
  const { classes, classOf } = classify(tasks, servers)
  const services = servers.map(serviceOf)
  const lines = new Map(classes.map((taskClass) => [taskClass, lineFor(taskClass, servers.length, policy)] as const))
  const allLines = [...lines.values()]
  // By task: the one behind it in its line.
  const behind = new Int32Array(tasks.length).fill(-1)
  const free = Float64Array.from(servers, ({ slots }) => slots)
  const departures = timeHeap(record.ends)
  let freeInAll = free.reduce((sum, slots) => sum + slots, 0)
  let waiting = 0

  const begin = (task: number, server: number, { taskClass }: Line, now: number): void => {
    const ms = (tasks[task]?.work ?? 0) / (taskClass.speeds[server] ?? 0)
    write(record, task, server, now, services[server]?.(now, ms) ?? Number.POSITIVE_INFINITY)
    free[server] = (free[server] ?? 0) - 1
    freeInAll -= 1
    departures.push(task)
  }

  const arrive = (task: number, now: number): void => {
    const taskClass = classOf[task]
    const line = taskClass === undefined ? undefined : lines.get(taskClass)
    if (line === undefined) return
    // Where one of its class waits already, no able server has a free slot.
    if (line.head < 0 && freeInAll > 0) {
      for (const server of line.preference) {
        if ((free[server] ?? 0) > 0) return begin(task, server, line, now)
      }
    }
    if (line.head < 0) line.head = task
    else behind[line.tail] = task
    line.tail = task
    waiting += 1
  }

  /** The server of those just freed that the line prefers; −1 where none is able. */
  const preferred = (line: Line, freed: ReadonlyArray<number>): number => {
    let best = -1
    let bestRank = Number.POSITIVE_INFINITY
    for (const server of freed) {
      const rank = line.rank[server] ?? -1
      if (rank >= 0 && rank < bestRank && (free[server] ?? 0) > 0) {
        best = server
        bestRank = rank
      }
    }
    return best
  }

  /** Only what has just fallen free can be of use: all else that is free could have begun a waiting task before. */
  const serve = (freed: ReadonlyArray<number>, now: number): void => {
    let slots = freed.length
    while (waiting > 0 && slots > 0) {
      let oldest: Line | undefined
      let server = -1
      for (const line of allLines) {
        if (line.head < 0 || (oldest !== undefined && line.head > oldest.head)) continue
        const candidate = preferred(line, freed)
        if (candidate < 0) continue
        oldest = line
        server = candidate
      }
      if (oldest === undefined) return
      const task = oldest.head
      oldest.head = behind[task] ?? -1
      waiting -= 1
      slots -= 1
      begin(task, server, oldest, now)
    }
  }

  let next = 0
  for (;;) {
    const now = Math.min(tasks[next]?.at ?? Number.POSITIVE_INFINITY, departures.earliest())
    if (now === Number.POSITIVE_INFINITY) return outcomeOf(record)
    if (departures.earliest() <= now) {
      const freed: Array<number> = []
      while (departures.earliest() <= now) {
        const server = record.servers[departures.pop()] ?? 0
        free[server] = (free[server] ?? 0) + 1
        freeInAll += 1
        freed.push(server)
      }
      serve(freed, now)
    }
    for (; (tasks[next]?.at ?? Number.POSITIVE_INFINITY) <= now; next += 1) arrive(next, now)
  }
}
