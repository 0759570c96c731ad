import type { Problem } from "../model/index.ts"

/**
 * How much a payload weighs when it is copied to a worker: an estimate that costs little, made without copying it.
 *
 * Counted: strings and keys by their length, buffers by theirs (once each, and whole where only a part of one is
 * looked at: that is what is copied), 8 bytes for each element of an array, a `Set` or a `Map`. Not counted: numbers
 * and other single values, what is transferred, shared memory. Of many elements some are looked at, evenly spread over
 * an array and the first of anything else, and taken to be like the others; so of a payload of few, large parts the
 * figure is exact, and of one of many, unlike parts it may be off. What cannot be read (a getter that throws, a revoked
 * proxy) counts nothing: whether it can be sent is found out where it is.
 */

/** Values that are looked at, at most: some 200 µs. */
const mostNodes = 4_096

/** Elements of one container that are looked at, at most. */
const mostElements = 512

/** Containers within containers that are looked at, at most. */
const mostDepth = 400

/** Buffers from this size on are counted for themselves, and never taken to be like others. Bytes. */
const largeBuffer = 1_024

const perElement = 8

/** Bytes that the payload would take, about; what is in `transfer` counts nothing. Never throws. */
export const payloadSize = (payload: unknown, transfer: ReadonlyArray<object> = []): number => {
  if (typeof payload === "string") return payload.length
  if (typeof payload !== "object" || payload === null) return 0
  try {
    const flat = flatSize(payload)
    return flat ?? new Sizing(transfer).sizeOf(payload)
  } catch {
    return 0
  }
}

/** Why the payload is too large; `undefined` where it is not. */
export const oversize = (
  payload: unknown,
  transfer: ReadonlyArray<object> | undefined,
  limit: number
): Problem | undefined => {
  const size = payloadSize(payload, transfer)
  if (size <= limit) return undefined
  return {
    path: "payload",
    message: `about ${inWords(size)}, and maxPayloadBytes allows ${inWords(limit)}`,
    hint: "transfer its buffers with { transfer: [buffer] }, share them as SharedArrayBuffers, or raise maxPayloadBytes"
  }
}

const mebi = 2 ** 20

const inWords = (bytes: number): string =>
  bytes < mebi ? `${Math.ceil(bytes)} bytes` : `${Math.ceil((10 * bytes) / mebi) / 10} MiB`

/** The size of a plain object of a few single values, as most payloads are; `undefined` where it is anything else. */
const flatSize = (payload: object): number | undefined => {
  if (Object.getPrototypeOf(payload) !== Object.prototype) return undefined
  let size = 0
  let keys = 0
  for (const key in payload) {
    keys += 1
    if (keys > mostElements) return undefined
    const value: unknown = Reflect.get(payload, key)
    if (typeof value === "string") size += value.length
    else if (typeof value === "object" && value !== null) return undefined
    size += key.length
  }
  return size
}

/** One payload being looked at. */
class Sizing {
  /** Containers and buffers met, and what is transferred: each is copied once, or not at all. */
  readonly #met: Set<object>
  #nodes = 0
  #depth = 0
  /** Large buffers, counted for themselves. */
  #buffers = 0

  constructor(transfer: ReadonlyArray<object>) {
    this.#met = new Set(transfer)
  }

  sizeOf(payload: object): number {
    return this.#object(payload) + this.#buffers
  }

  #value(value: unknown): number {
    this.#nodes += 1
    if (typeof value === "string") return value.length
    return typeof value === "object" && value !== null ? this.#object(value) : 0
  }

  #object(value: object): number {
    if (ArrayBuffer.isView(value)) return this.#buffer(value.buffer)
    if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) return this.#buffer(value)
    if (this.#met.has(value)) return 0
    this.#met.add(value)
    if (this.#depth === mostDepth) return 0
    this.#depth += 1
    const size = this.#container(value)
    this.#depth -= 1
    return size
  }

  #container(value: object): number {
    if (Array.isArray(value)) return this.#array(value)
    if (value instanceof Map) return this.#entries(value, value.size)
    if (value instanceof Set) return this.#entries(value, value.size)
    return this.#fields(value)
  }

  #buffer(buffer: ArrayBufferLike): number {
    if (buffer instanceof SharedArrayBuffer) return 0
    if (this.#met.has(buffer)) return 0
    this.#met.add(buffer)
    const { byteLength } = buffer
    if (byteLength < largeBuffer) return byteLength
    this.#buffers += byteLength
    return 0
  }

  #array(array: ReadonlyArray<unknown>): number {
    const { length } = array
    const stride = Math.max(1, Math.ceil(length / mostElements))
    let size = 0
    let seen = 0
    for (let index = 0; index < length && this.#nodes < mostNodes; index += stride) {
      size += this.#value(array[index])
      seen += 1
    }
    return length * perElement + alike(size, seen, length)
  }

  #entries(entries: Iterable<unknown>, count: number): number {
    let size = 0
    let seen = 0
    for (const entry of entries) {
      if (seen >= mostElements || this.#nodes >= mostNodes) break
      size += Array.isArray(entry) ? this.#value(entry[0]) + this.#value(entry[1]) : this.#value(entry)
      seen += 1
    }
    return count * perElement + alike(size, seen, count)
  }

  #fields(fields: object): number {
    const keys = Object.keys(fields)
    let size = 0
    let seen = 0
    for (const key of keys) {
      if (seen >= mostElements || this.#nodes >= mostNodes) break
      size += key.length + this.#value(Reflect.get(fields, key))
      seen += 1
    }
    // An error's own texts are no keys of it, and are copied all the same.
    const texts = fields instanceof Error ? fields.message.length + (fields.stack?.length ?? 0) : 0
    return texts + alike(size, seen, keys.length)
  }
}

/** The size of all where only some were looked at. */
const alike = (size: number, seen: number, count: number): number => (seen === 0 ? 0 : (size / seen) * count)
