import type { Chance } from "../workload/index.ts"
import { type Outcome, outcomeOf, recordFor, write } from "./outcome.ts"
import type { PinnedPolicy } from "./policy.ts"
import { isSteady, type Server, serviceOf } from "./server.ts"
import { type BaselineTask, classify, type TaskClass } from "./task-class.ts"
import { timeHeap } from "./time-heap.ts"

/** Gives the slot that falls free first to a task that ends at `until`; when the next one falls free. */
const occupy = (slots: Float64Array, until: number): number => {
  let place = 0
  for (;;) {
    let child = 2 * place + 1
    if (child >= slots.length) break
    if (child + 1 < slots.length && (slots[child + 1] ?? 0) < (slots[child] ?? 0)) child += 1
    const below = slots[child] ?? 0
    if (below >= until) break
    slots[place] = below
    place = child
  }
  slots[place] = until
  return slots[0] ?? until
}

/**
 * A queue of its own before each server. Since a task's place is settled on arrival and nobody overtakes, its start and
 * end are known at once: O(log tasks) each, plus what the policy takes to choose.
 */
export const simulatePinned = (
  policy: PinnedPolicy,
  servers: ReadonlyArray<Server>,
  tasks: ReadonlyArray<BaselineTask>,
  chance: Chance
): Outcome => {
  const record = recordFor(tasks.length, servers.length)
  const { classOf } = classify(tasks, servers)
  const services = servers.map(serviceOf)
  const steady = Uint8Array.from(servers, (server) => (isSteady(server) ? 1 : 0))
  // When each slot falls free, as a heap; none where there is always one free.
  const slots = servers.map((server) => new Float64Array(server.slots < Number.POSITIVE_INFINITY ? server.slots : 0))
  // By server: when it can begin another task.
  const nextFree = new Float64Array(servers.length)
  const inFlight = new Int32Array(servers.length)
  const departures = timeHeap(record.ends)

  const startOn = (server: number, now: number): number => Math.max(now, nextFree[server] ?? 0)
  const endOf = (server: number, taskClass: TaskClass, work: number, start: number): number => {
    const ms = work / (taskClass.speeds[server] ?? 0)
    return steady[server] === 1 ? start + ms : (services[server]?.(start, ms) ?? Number.POSITIVE_INFINITY)
  }

  const chooser = policy.chooser(
    {
      servers,
      inFlight,
      endOn: (server, taskClass, work, now) => endOf(server, taskClass, work, startOn(server, now))
    },
    chance
  )

  const depart = (task: number): void => {
    const server = record.servers[task] ?? 0
    const end = record.ends[task] ?? 0
    inFlight[server] = (inFlight[server] ?? 0) - 1
    chooser.ended?.(server, end, end - (tasks[task]?.at ?? 0))
  }

  tasks.forEach(({ at, work }, task) => {
    while (departures.earliest() <= at) depart(departures.pop())
    const taskClass = classOf[task]
    if (taskClass === undefined || taskClass.able.length === 0) return
    const server = chooser.choose(taskClass, work, at)
    const start = startOn(server, at)
    const end = endOf(server, taskClass, work, start)
    write(record, task, server, start, end)
    const line = slots[server]
    if (line !== undefined && line.length > 0) nextFree[server] = occupy(line, end)
    inFlight[server] = (inFlight[server] ?? 0) + 1
    departures.push(task)
  })
  return outcomeOf(record)
}
