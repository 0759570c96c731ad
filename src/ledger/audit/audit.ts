import {
  priorities,
  priorityRank,
  type Reservation,
  type ResourceName,
  resourceNames,
  type TaskStatus,
  type WorkerId
} from "../../model/index.ts"
import { unmetEver } from "../fit/fit.ts"
import type { Ledger } from "../ledger.ts"
import { auditHold } from "./audit-hold.ts"

interface Held {
  slots: number
  alone: boolean
  readonly resources: Record<ResourceName, number>
  readonly devices: Map<number, { share: number; memory: number }>
}

const nothingHeld = (): Held => ({
  slots: 0,
  alone: false,
  resources: { cpu: 0, memory: 0, network: 0, storage: 0 },
  devices: new Map()
})

/**
 * Recomputes every index of the ledger from its tasks and reservations, in linear time, and names each line of
 * D1–D5, D7 and D8 that does not hold. Empty: all is well. For tests, simulation and a validating mode; not for the hot path.
 */
export const audit = (ledger: Ledger): ReadonlyArray<string> => {
  const violations: Array<string> = []
  const say = (id: string, what: string): void => {
    violations.push(`${id}: ${what}`)
  }
  const { tasks, workers, waiting, delayed, counts, sentAhead } = ledger.state
  let waitsAtWorkers = 0
  const held = new Map<WorkerId, Held>()
  const keyHolders = new Map<string, { count: number; limit: number }>()
  const epochs = new Set<number>()

  const hold = ({ workerId, resources, devices, ahead, whole }: Reservation): void => {
    // Holds nothing yet.
    if (ahead === true) return
    const sum = held.get(workerId) ?? nothingHeld()
    held.set(workerId, sum)
    sum.slots += whole === true ? (workers.get(workerId)?.spec.limits.slots ?? 1) : 1
    if (whole === true) sum.alone = true
    for (const name of resourceNames) sum.resources[name] += resources[name]
    for (const { device, share, memory } of devices) {
      const use = sum.devices.get(device) ?? { share: 0, memory: 0 }
      sum.devices.set(device, { share: use.share + share, memory: use.memory + memory })
    }
  }
  const holdKey = (key: string | undefined, limit: number): void => {
    if (key === undefined) return
    const found = keyHolders.get(key) ?? { count: 0, limit }
    keyHolders.set(key, { count: found.count + 1, limit: Math.min(found.limit, limit) })
  }

  const live: Partial<Record<TaskStatus, number>> = {}
  const waits = { declaredMs: 0, undeclared: 0 }
  const ahead = new Map(priorities.map((priority) => [priority, { declaredMs: 0, undeclared: 0 }]))
  for (const task of tasks.values()) {
    const { id, concurrencyKey, requirements, expectedDuration } = task.spec
    if (task.status === "queued") {
      if (expectedDuration === undefined) waits.undeclared += 1
      else waits.declaredMs += expectedDuration
      for (const [priority, sum] of ahead) {
        if (priorityRank[priority] < priorityRank[task.spec.priority]) continue
        if (expectedDuration === undefined) sum.undeclared += 1
        else sum.declaredMs += expectedDuration
      }
    }
    live[task.status] = (live[task.status] ?? 0) + 1
    const places = [
      waiting.isReady(task),
      waiting.isAside(task),
      concurrencyKey !== undefined && waiting.isParked(id, concurrencyKey),
      delayed.has(task),
      task.assignment !== undefined,
      task.status === "moving",
      task.outcome !== undefined
    ].filter(Boolean).length
    if (places !== 1) say("D4", `task ${id} (${task.status}) stands in ${places} places`)
    if ((task.assignment === undefined) !== (task.reservation === undefined))
      say("D5", `task ${id}: half a reservation`)
    if (task.assignment !== undefined && task.reservation !== undefined) {
      const { workerId, epoch } = task.assignment
      if (epochs.has(epoch)) say("D3", `epoch ${epoch} is given twice`)
      epochs.add(epoch)
      const worker = workers.get(workerId)
      if (worker?.running.get(epoch)?.taskId !== id) say("D3", `task ${id} is not among those running on ${workerId}`)
      if (worker !== undefined) {
        const unmet = unmetEver(requirements, worker.spec)
        if (unmet.length > 0) say("D7", `task ${id} runs on ${workerId}: ${unmet.join(", ")}`)
      }
      hold(task.reservation)
    }
    if (task.migration !== undefined) hold(task.migration.reservation)
    if (task.assignment !== undefined || task.status === "moving") holdKey(concurrencyKey, task.spec.concurrencyLimit)
  }
  const { declaredMs, undeclared } = waiting.work
  // A sum of fractions may be off by what rounding makes of it.
  const off = Math.abs(declaredMs - waits.declaredMs) > 1e-6 * Math.max(1, waits.declaredMs)
  if (undeclared !== waits.undeclared || off) say("D4", "what waits in sum is not the sum of what waits")
  for (const [priority, sum] of ahead) {
    const booked = waiting.workAhead(priority)
    const drift = Math.abs(booked.declaredMs - sum.declaredMs) > 1e-6 * Math.max(1, sum.declaredMs)
    if (booked.undeclared !== sum.undeclared || drift) say("D4", `what waits before ${priority} work is not its sum`)
  }
  for (const status of ["queued", "delayed", "running", "moving"] as const) {
    if ((live[status] ?? 0) !== counts[status])
      say("D4", `${counts[status]} counted ${status}, ${live[status] ?? 0} found`)
  }

  for (const [workerId, worker] of workers) {
    for (const { reservation, concurrencyKey, concurrencyLimit } of worker.stopping.values()) {
      hold(reservation)
      holdKey(concurrencyKey, concurrencyLimit)
    }
    for (const { taskId } of worker.running.values()) {
      if (tasks.get(taskId)?.assignment?.workerId !== workerId)
        say("D3", `${workerId} runs ${taskId} without assignment`)
    }
    const ahead = [...worker.running.values()].filter(({ taskId }) => tasks.get(taskId)?.reservation?.ahead === true)
    if (ahead.map(({ taskId }) => taskId).join() !== worker.ahead.map(({ spec }) => spec.id).join()) {
      say("D5", `${workerId}: those sent ahead are not those that wait there`)
    }
    if (ahead.length > 0 && worker.slots < worker.limit) {
      say("D5", `${workerId}: a slot is free, and those sent ahead wait`)
    }
    waitsAtWorkers += worker.ahead.length
    for (const violation of auditHold(ledger, worker)) say("D8", violation)
    const sum = held.get(workerId) ?? nothingHeld()
    const { limits } = worker.spec
    if (sum.alone !== worker.alone) say("D5", `${workerId}: that a task has it to itself is not what is held`)
    if (sum.alone && worker.running.size + worker.stopping.size > 1) say("D7", `${workerId}: one that is alone is not`)
    if (sum.slots !== worker.slots) say("D5", `${workerId}: ${worker.slots} slots booked, ${sum.slots} held`)
    if (worker.slots > limits.slots) say("D1", `${workerId}: ${worker.slots} of ${limits.slots} slots`)
    if (worker.limit < 1 || worker.limit > limits.slots) {
      say("D1", `${workerId}: limited to ${worker.limit} of ${limits.slots} slots`)
    }
    for (const name of resourceNames) {
      if (sum.resources[name] !== worker.used[name])
        say("D5", `${workerId}: ${name} booked ${worker.used[name]}, held ${sum.resources[name]}`)
      if (worker.used[name] > limits.resources[name])
        say("D1", `${workerId}: ${name} ${worker.used[name]} of ${limits.resources[name]}`)
    }
    worker.devices.forEach((use, device) => {
      const of = sum.devices.get(device) ?? { share: 0, memory: 0 }
      if (of.share !== use.share || of.memory !== use.memory)
        say("D5", `${workerId}: device ${device} booked and held differ`)
      if (use.share > 1000 || use.memory > (limits.devices[device]?.memory ?? 0))
        say("D1", `${workerId}: device ${device}`)
    })
  }
  if (waitsAtWorkers !== sentAhead) say("D5", `${sentAhead} counted ahead, ${waitsAtWorkers} found`)
  for (const workerId of held.keys())
    if (!workers.has(workerId)) say("D5", `something is held on ${workerId}, which is gone`)

  for (const { key, holders, admitted, lot, limit } of waiting.keys()) {
    const found = keyHolders.get(key) ?? { count: 0, limit: 0 }
    if (found.count !== holders) say("D2", `key ${key}: ${holders} holders counted, ${found.count} found`)
    // A waiting task may lower the limit below what holds the key already, but each holder was let in by its own limit.
    if (found.count > found.limit) say("D2", `key ${key}: ${found.count} holders of ${found.limit}`)
    if (holders + admitted.size + lot === 0) say("D2", `key ${key} is kept without need`)
    if (lot > 0 && admitted.size < limit - holders) say("D2", `key ${key}: tasks wait though there is room`)
    keyHolders.delete(key)
  }
  for (const key of keyHolders.keys()) say("D2", `key ${key} is held and unknown`)
  return violations
}
