import { Deserializer, Serializer } from "node:v8"
import type { Border } from "./border.ts"

/** A frame is the length of what follows, 4 bytes little-endian, and a value as V8 clones it. */
const headerLength = 4
const emptyHeader = Buffer.alloc(headerLength)

/** Throws where the value cannot be cloned: a function, a port, shared memory. */
export const encodeFrame = (value: unknown): Buffer => {
  const serializer = new Serializer()
  serializer.writeRawBytes(emptyHeader)
  serializer.writeHeader()
  serializer.writeValue(value)
  const frame = serializer.releaseBuffer()
  frame.writeUInt32LE(frame.length - headerLength, 0)
  return frame
}

/** Between processes: what can be cloned without sharing memory. */
export const processBorder: Border = {
  beyond: "process",
  copies: (value) => {
    try {
      encodeFrame(value)
      return true
    } catch {
      return false
    }
  }
}

/** Puts frames together from the pieces a pipe delivers. */
export class FrameReader<Value> {
  readonly #onValue: (value: Value) => void
  #pieces: Array<Buffer> = []
  #size = 0
  #needed = headerLength

  constructor(onValue: (value: Value) => void) {
    this.#onValue = onValue
  }

  /** Throws where a frame cannot be read. */
  push(piece: Buffer): void {
    this.#pieces.push(piece)
    this.#size += piece.length
    if (this.#size < this.#needed) return
    const bytes = this.#pieces.length === 1 ? piece : Buffer.concat(this.#pieces, this.#size)
    let at = 0
    this.#needed = headerLength
    while (bytes.length - at >= headerLength) {
      const length = headerLength + bytes.readUInt32LE(at)
      if (bytes.length - at < length) {
        this.#needed = length
        break
      }
      const frame = new Deserializer(bytes.subarray(at + headerLength, at + length))
      at += length
      frame.readHeader()
      this.#onValue(frame.readValue())
    }
    this.#size = bytes.length - at
    this.#pieces = this.#size === 0 ? [] : [bytes.subarray(at)]
  }
}
