import type { GivenDevice, RunCommand, WorkerMessage, WorkerReport } from "./protocol.ts"

/**
 * Batches as columns. To carry an object across threads costs each of its keys; a column costs its values. So a batch
 * of many crosses at about half the cost, and the two ends turn it into columns and back.
 */

/** Fewer go as they are: the columns themselves cost something. */
const worthwhile = 4

/** What most commands share is left out: their first attempt, no state, no timeout, no accelerators. */
interface Resumed {
  readonly index: number
  readonly attempt: number
  readonly state: unknown
  readonly timed: boolean
  readonly devices?: ReadonlyArray<GivenDevice> | undefined
}

export interface CommandColumns<E extends number = number> {
  readonly _tag: "Commands"
  readonly epochs: ReadonlyArray<E>
  readonly taskIds: ReadonlyArray<string>
  readonly payloads: ReadonlyArray<unknown>
  /** The handlers named, and for each command which; absent where there is but one. */
  readonly names: ReadonlyArray<string>
  readonly types?: ReadonlyArray<number>
  /** The claims of those sent ahead, −1 for the others; absent where there are none. */
  readonly claims?: ReadonlyArray<number>
  readonly resumed: ReadonlyArray<Resumed>
}

/** Reports of completed runs and nothing else. */
export interface CompletedColumns<E extends number = number> {
  readonly _tag: "Completed"
  readonly epochs: ReadonlyArray<E>
  readonly values: ReadonlyArray<unknown>
  readonly times: ReadonlyArray<number>
}

/** As commands cross. */
export type CommandsInTransit<E extends number = number> = ReadonlyArray<RunCommand<E>> | CommandColumns<E>

const isList = <A>(value: ReadonlyArray<A> | object): value is ReadonlyArray<A> => Array.isArray(value)

export const packCommands = <E extends number>(commands: ReadonlyArray<RunCommand<E>>): CommandsInTransit<E> => {
  if (commands.length < worthwhile) return commands
  const epochs: Array<E> = []
  const taskIds: Array<string> = []
  const payloads: Array<unknown> = []
  const names: Array<string> = []
  const resumed: Array<Resumed> = []
  let isClaimed = false
  for (const { epoch, taskId, type, payload, attempt, state, timed = false, devices, claim } of commands) {
    if (type !== names.at(-1) && !names.includes(type)) names.push(type)
    if (timed || attempt !== 1 || state !== undefined || devices !== undefined) {
      resumed.push({ index: epochs.length, attempt, state, timed, ...(devices !== undefined && { devices }) })
    }
    if (claim !== undefined) isClaimed = true
    epochs.push(epoch)
    taskIds.push(taskId)
    payloads.push(payload)
  }
  return {
    _tag: "Commands",
    epochs,
    taskIds,
    payloads,
    names,
    resumed,
    ...(names.length > 1 && { types: commands.map(({ type }) => names.indexOf(type)) }),
    ...(isClaimed && { claims: commands.map(({ claim = -1 }) => claim) })
  }
}

export const unpackCommands = <E extends number>(transit: CommandsInTransit<E>): ReadonlyArray<RunCommand<E>> => {
  if (isList(transit)) return transit
  const { epochs, taskIds, payloads, names, types, claims, resumed } = transit
  let next = 0
  return epochs.map((epoch, index) => {
    const again = resumed[next]?.index === index ? resumed[next++] : undefined
    const claim = claims?.[index] ?? -1
    const devices = again?.devices
    const command = {
      ...(devices !== undefined && { devices }),
      epoch,
      taskId: taskIds[index] ?? "",
      type: names[types?.[index] ?? 0] ?? "",
      payload: payloads[index],
      attempt: again?.attempt ?? 1,
      state: again?.state
    }
    if (again?.timed === true) return { ...command, timed: true }
    return claim >= 0 ? { ...command, claim } : command
  })
}

/** As a worker's messages cross. */
export type MessageInTransit<E extends number = number> = WorkerMessage<E> | CompletedColumns<E>

export const packMessage = <E extends number>(message: WorkerMessage<E>): MessageInTransit<E> => {
  if (message._tag !== "Reports" || message.reports.length < worthwhile) return message
  const epochs: Array<E> = []
  const values: Array<unknown> = []
  const times: Array<number> = []
  for (const report of message.reports) {
    if (report._tag !== "Completed") return message
    epochs.push(report.epoch)
    values.push(report.value)
    times.push(report.ms)
  }
  return { _tag: "Completed", epochs, values, times }
}

export const unpackMessage = <E extends number>(transit: MessageInTransit<E>): WorkerMessage<E> => {
  if (transit._tag !== "Completed") return transit
  const { epochs, values, times } = transit
  const reports: Array<WorkerReport<E>> = []
  for (let index = 0; index < epochs.length; index += 1) {
    const epoch = epochs[index]
    if (epoch !== undefined) reports.push({ _tag: "Completed", epoch, value: values[index], ms: times[index] ?? 0 })
  }
  return { _tag: "Reports", reports }
}
