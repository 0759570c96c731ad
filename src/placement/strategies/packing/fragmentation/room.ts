import type { WorkerRecord } from "../../../../ledger/index.ts"
import type { Amounts, Ask, DeviceAsk } from "./ask.ts"
import type { WorkerKind } from "./worker-kind.ts"

/** Devices of one sort that have as much left. */
export interface Level {
  readonly type: number
  /** What is left of each, in thousandths: never 0. */
  readonly share: number
  readonly memory: number
  readonly count: number
}

/** What a worker has left. */
export interface Room {
  readonly left: Amounts
  /** The least share first. Devices that are given away are left out. */
  readonly levels: ReadonlyArray<Level>
  /** Thousandths of devices that nobody has. */
  readonly idle: number
}

const whole = 1_000

const idleOf = (levels: ReadonlyArray<Level>): number => {
  let idle = 0
  for (const { share, count } of levels) idle += share * count
  return idle
}

const leastFirst = (a: Level, b: Level): number => a.type - b.type || a.share - b.share || a.memory - b.memory

/** What is left of each device, alike ones together. */
const levelsOf = ({ spec, devices }: WorkerRecord, kind: WorkerKind): ReadonlyArray<Level> => {
  const levels: Array<{ type: number; share: number; memory: number; count: number }> = []
  devices.forEach((used, index) => {
    const type = kind.typeOf[index] ?? 0
    const share = whole - used.share
    const memory = (spec.limits.devices[index]?.memory ?? 0) - used.memory
    if (share <= 0) return
    const alike = levels.find((level) => level.type === type && level.share === share && level.memory === memory)
    if (alike === undefined) levels.push({ type, share, memory, count: 1 })
    else alike.count += 1
  })
  return levels.sort(leastFirst)
}

export const roomOf = (worker: WorkerRecord, kind: WorkerKind): Room => {
  const { used, slots, limit, spec } = worker
  const { resources } = spec.limits
  const levels = levelsOf(worker, kind)
  return {
    left: [
      resources.cpu - used.cpu,
      resources.memory - used.memory,
      resources.network - used.network,
      resources.storage - used.storage,
      Math.max(0, limit - slots)
    ],
    levels,
    idle: idleOf(levels)
  }
}

/** Equal for rooms of one kind of workers in which as much is left, whichever the devices are. */
export const keyOf = ({ left, levels }: Room): string => {
  let key = left.join(" ")
  for (const { type, share, memory, count } of levels) key += `,${type} ${share} ${memory} ${count}`
  return key
}

/** The first device of the worker of which this is left. */
export const deviceAt = (
  { spec, devices }: WorkerRecord,
  kind: WorkerKind,
  { type, share, memory }: Level
): number | undefined => {
  const index = devices.findIndex(
    (used, device) =>
      kind.typeOf[device] === type &&
      whole - used.share === share &&
      (spec.limits.devices[device]?.memory ?? 0) - used.memory === memory
  )
  return index < 0 ? undefined : index
}

export const canGive = ({ type, share, memory }: Level, asked: DeviceAsk): boolean =>
  share >= asked.share && memory >= asked.memory && asked.suits[type] === true

/** Whether cores, memory and the like are enough. */
export const hasAmounts = ({ left }: Room, { amounts }: Ask): boolean =>
  amounts[0] <= left[0] &&
  amounts[1] <= left[1] &&
  amounts[2] <= left[2] &&
  amounts[3] <= left[3] &&
  amounts[4] <= left[4]

/** So many devices of a level, for one demand. */
interface Taking {
  readonly level: Level
  readonly count: number
  readonly asked: DeviceAsk
}

/** The levels once these devices have been given away in part or wholly. */
const without = (levels: ReadonlyArray<Level>, { level, count, asked }: Taking): ReadonlyArray<Level> => {
  const rest: Array<Level> = []
  for (const each of levels) {
    if (each !== level) rest.push(each)
    else if (count < each.count) {
      rest.push({ type: each.type, share: each.share, memory: each.memory, count: each.count - count })
    }
  }
  if (level.share > asked.share) {
    rest.push({ type: level.type, share: level.share - asked.share, memory: level.memory - asked.memory, count })
  }
  return rest
}

/** For each demand the devices with the least left over; `undefined` where they do not suffice so. */
const leastLeftOver = (room: Room, { devices }: Ask): ReadonlyArray<Level> | undefined => {
  let { levels } = room
  for (const asked of devices) {
    let { count } = asked
    const able = levels
      .filter((level) => canGive(level, asked))
      .sort((a, b) => a.share - b.share || a.memory - b.memory)
    for (const level of able) {
      if (count === 0) break
      const taken = Math.min(count, level.count)
      levels = without(levels, { level, count: taken, asked })
      count -= taken
    }
    if (count > 0) return undefined
  }
  return levels
}

const roomWith = ({ left }: Room, { amounts }: Ask, levels: ReadonlyArray<Level>): Room => ({
  left: [left[0] - amounts[0], left[1] - amounts[1], left[2] - amounts[2], left[3] - amounts[3], left[4] - amounts[4]],
  levels,
  idle: idleOf(levels)
})

/** One way to give a task its devices, and what would be left. `from`: the level of its one device, where there is a choice. */
export interface Giving {
  readonly from: Level | undefined
  readonly after: Room
}

/**
 * The ways to give a task what it asks for, if it fits: one for each level its only device could come from; where it asks
 * for several, those with the least left over. Where that will not do, some other way does, and the devices are left out.
 */
export const givings = (room: Room, ask: Ask): ReadonlyArray<Giving> => {
  const [only, another] = ask.devices
  if (only !== undefined && another === undefined && only.count === 1) {
    const all: Array<Giving> = []
    for (const from of room.levels) {
      if (!canGive(from, only)) continue
      all.push({ from, after: roomWith(room, ask, without(room.levels, { level: from, count: 1, asked: only })) })
    }
    return all
  }
  return [{ from: undefined, after: roomWith(room, ask, leastLeftOver(room, ask) ?? room.levels) }]
}
