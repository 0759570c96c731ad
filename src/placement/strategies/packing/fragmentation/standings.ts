import type { WorkerRecord } from "../../../../ledger/index.ts"
import { keyOf, type Room, roomOf } from "./room.ts"
import { type WorkerKind, WorkerKinds } from "./worker-kind.ts"

/** A kind of workers with something left: all workers of which both are the same share it, and what is made of it. */
export interface Standing<Made> {
  /** Which tells two standings apart: above 0. */
  readonly number: number
  readonly kind: WorkerKind
  readonly room: Room
  /** What whoever looks at standings has last made of this one. */
  made: Made | undefined
}

/** A worker as it was when it was last looked at. */
interface Seen<Made> {
  readonly standing: Standing<Made>
  readonly cpu: number
  readonly memory: number
  readonly network: number
  readonly storage: number
  readonly slots: number
  readonly limit: number
  readonly shares: ReadonlyArray<number>
  readonly memories: ReadonlyArray<number>
}

/** Standings that are remembered. */
const mostKept = 4_096

const isAsSeen = <Made>(seen: Seen<Made>, { used, slots, limit, devices }: WorkerRecord): boolean => {
  if (seen.slots !== slots || seen.limit !== limit || seen.cpu !== used.cpu || seen.memory !== used.memory) return false
  if (seen.network !== used.network || seen.storage !== used.storage) return false
  for (let index = 0; index < devices.length; index += 1) {
    const use = devices[index]
    if (seen.shares[index] !== use?.share || seen.memories[index] !== use?.memory) return false
  }
  return true
}

/** How workers stand. Whatever is made of one standing serves for all workers that stand so. */
export class Standings<Made> {
  readonly #kinds = new WorkerKinds()
  readonly #seen = new WeakMap<WorkerRecord, Seen<Made>>()
  readonly #byKey = new Map<string, Standing<Made>>()
  #made = 0

  of(worker: WorkerRecord): Standing<Made> {
    const known = this.#seen.get(worker)
    if (known !== undefined && isAsSeen(known, worker)) return known.standing
    const standing = this.#find(worker)
    const { used, slots, limit, devices } = worker
    this.#seen.set(worker, {
      standing,
      cpu: used.cpu,
      memory: used.memory,
      network: used.network,
      storage: used.storage,
      slots,
      limit,
      shares: devices.map(({ share }) => share),
      memories: devices.map(({ memory }) => memory)
    })
    return standing
  }

  #find(worker: WorkerRecord): Standing<Made> {
    const kind = this.#kinds.of(worker.spec)
    const room = roomOf(worker, kind)
    const key = `${kind.number}:${keyOf(room)}`
    const known = this.#byKey.get(key)
    if (known !== undefined) return known
    this.#made += 1
    const standing: Standing<Made> = { number: this.#made, kind, room, made: undefined }
    if (this.#byKey.size >= mostKept) this.#byKey.clear()
    this.#byKey.set(key, standing)
    return standing
  }
}
