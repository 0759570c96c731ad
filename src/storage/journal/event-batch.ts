import { types } from "node:util"
import { DefaultDeserializer, DefaultSerializer, deserialize } from "node:v8"
import type { ErrorData, LedgerEvent } from "../../model/index.ts"

/** The part of an event that comes from a user. */
type Part = "payload" | "result" | "state" | "error"

/** An event whose part was serialised by itself, before it was known whether that can be done at all. */
interface Packed {
  readonly _tag: "Packed"
  readonly event: LedgerEvent
  readonly part: Part
  readonly bytes: Uint8Array
}

/** Values of a part, and characters of a text, beyond which it is serialised by itself. */
const plainLimit = 64
const textLimit = 4_096

let left = 0

/** Whether the value is small and made of nothing but plain objects, arrays and primitives. */
export const isPlain = (value: unknown): boolean => {
  left = plainLimit
  try {
    return walk(value)
  } catch {
    // A getter that throws.
    return false
  }
}

const walk = (value: unknown): boolean => {
  left -= 1
  if (left < 0) return false
  switch (typeof value) {
    case "object": {
      if (value === null) return true
      if (types.isProxy(value)) return false
      if (Array.isArray(value)) return value.every(walk)
      const prototype = Object.getPrototypeOf(value)
      if (prototype !== Object.prototype && prototype !== null) return false
      for (const key of Object.keys(value)) if (!walk(Reflect.get(value, key))) return false
      return true
    }
    case "string":
      return value.length <= textLimit
    case "function":
    case "symbol":
      return false
    default:
      return true
  }
}

/** How Node.js writes typed arrays and buffers; its types do not name it. */
const writeView: (this: DefaultSerializer, view: NodeJS.ArrayBufferView) => void = Reflect.get(
  DefaultSerializer.prototype,
  "_writeHostObject"
)

/** Refuses shared memory also where it is only looked at: a copy of it would share nothing. */
class Serializer extends DefaultSerializer {
  _writeHostObject(view: NodeJS.ArrayBufferView): void {
    if (types.isSharedArrayBuffer(view.buffer)) throw new Error("shared memory cannot be written")
    writeView.call(this, view)
  }
}

/** `undefined` where the value cannot be written at all. */
const bytesOf = (value: unknown): Uint8Array | undefined => {
  try {
    const serializer = begun()
    serializer.writeValue(value)
    return serializer.releaseBuffer()
  } catch {
    return undefined
  }
}

/** The value that was asked about last, serialised: as a rule it is written directly afterwards. */
let asked: { readonly value: unknown; readonly bytes: Uint8Array } | undefined

/** Whether the value can be written to a file and read again: functions, symbols and shared memory cannot. */
export const isWritable = (value: unknown): boolean => {
  if (isPlain(value)) return true
  const bytes = bytesOf(value)
  asked = bytes && { value, bytes }
  return bytes !== undefined
}

const partOf = (event: LedgerEvent): readonly [Part, unknown] | undefined => {
  switch (event._tag) {
    case "TaskAccepted":
      return ["payload", event.task.payload]
    case "TaskCompleted":
      return ["result", event.result]
    case "TaskCheckpointed":
    case "MigrationReleased":
      return ["state", event.state]
    case "TaskDelayed":
    case "TaskFailed":
      return ["error", event.error]
    default:
      return undefined
  }
}

/** The event with another value in the place of its part. */
const withPart = (event: LedgerEvent, value: unknown): LedgerEvent => {
  switch (event._tag) {
    case "TaskAccepted":
      return { ...event, task: { ...event.task, payload: value } }
    case "TaskCompleted":
      return { ...event, result: value }
    case "TaskCheckpointed":
    case "MigrationReleased":
      return { ...event, state: value }
    case "TaskDelayed":
    case "TaskFailed":
      return isErrorData(value) ? { ...event, error: value } : event
    default:
      return event
  }
}

const isErrorData = (value: unknown): value is ErrorData =>
  typeof value === "object" && value !== null && "name" in value && "message" in value

/** What is always writable of an error. */
const bare = ({ name, message, stack }: ErrorData): ErrorData => ({
  name,
  message,
  ...(stack !== undefined && { stack })
})

/**
 * Events that are written together. They are serialised as they come, so that what happens to a payload afterwards (it
 * may be moved to a worker) changes nothing.
 */
export class EventBatch {
  #serializer = begun()
  readonly #events: Array<LedgerEvent> = []
  #packedBytes = 0

  get size(): number {
    return this.#events.length
  }

  /** Of its large parts, which decide about its size. */
  get packedBytes(): number {
    return this.#packedBytes
  }

  get lastSeq(): number {
    return this.#events.at(-1)?.seq ?? 0
  }

  /** `false`: it holds something that cannot be written, and was left out. */
  add(event: LedgerEvent): boolean {
    const part = partOf(event)
    const entry = part === undefined || isPlain(part[1]) ? event : packed(event, part)
    if (entry === undefined) return false
    try {
      this.#serializer.writeValue(entry)
    } catch {
      // It has changed since it was looked at. Half of it is written, and what was written cannot be taken back.
      this.#startOver()
      return false
    }
    this.#events.push(event)
    if (entry._tag === "Packed") this.#packedBytes += entry.bytes.length
    asked = undefined
    return true
  }

  /** The bytes of all of them. The batch is over. */
  take(): Buffer {
    this.#serializer.writeValue(null)
    return this.#serializer.releaseBuffer()
  }

  #startOver(): void {
    this.#serializer = begun()
    for (const event of this.#events.splice(0)) this.add(event)
  }
}

const begun = (): Serializer => {
  const serializer = new Serializer()
  serializer.writeHeader()
  return serializer
}

const packed = (event: LedgerEvent, [part, value]: readonly [Part, unknown]): LedgerEvent | Packed | undefined => {
  const bytes = asked?.value === value ? asked?.bytes : bytesOf(value)
  // How it failed matters more than the fields of the error.
  const stripped = withPart(event, isErrorData(value) ? bare(value) : undefined)
  if (bytes !== undefined) return { _tag: "Packed", event: stripped, part, bytes }
  return part === "error" ? stripped : undefined
}

/** The events of a batch. Throws where the bytes are those of a newer V8. */
export const eventsIn = (bytes: Buffer): ReadonlyArray<LedgerEvent> => {
  const deserializer = new DefaultDeserializer(bytes)
  deserializer.readHeader()
  const events: Array<LedgerEvent> = []
  for (let entry: LedgerEvent | Packed | null = deserializer.readValue(); entry !== null; ) {
    events.push(entry._tag === "Packed" ? withPart(entry.event, deserialize(entry.bytes)) : entry)
    entry = deserializer.readValue()
  }
  return events
}
