import { crc32 } from "node:zlib"

/**
 * How a journal's files look, segments and snapshots alike:
 *
 * ```
 * "BALLAST\n"                    8 bytes, for whoever wonders what this is
 * length: u32  crc32: u32  body  a frame; the first one's body is the header, as JSON, with `format`
 * length: u32  crc32: u32  body  …
 * ```
 *
 * Numbers are little-endian. What a body holds is its file's own business. The mark and the header's frame stay as they
 * are in every format to come: by them an older program knows that a file is too new for it, and not damaged.
 */
export const format = 1

const mark = Buffer.from("BALLAST\n", "latin1")
const headBytes = 8

/** The frame around a body. */
export const frameOf = (body: Uint8Array): Buffer => {
  const frame = Buffer.allocUnsafe(headBytes + body.length)
  frame.writeUInt32LE(body.length, 0)
  frame.writeUInt32LE(crc32(body), 4)
  frame.set(body, headBytes)
  return frame
}

/** The beginning of a file: its mark and its header. */
export const openingOf = (header: object): Buffer =>
  Buffer.concat([mark, frameOf(Buffer.from(JSON.stringify({ format, ...header })))])

/** A stretch that cannot be read. `short`: the file ends in the midst of it, as a write that was cut off does. */
export interface Damage {
  readonly at: number
  readonly bytes: number
  readonly kind: "short" | "garbled"
}

/** A file as far as it can be read. */
export interface Scan {
  /** The bodies of its sound frames, the header's first where that is sound. */
  readonly bodies: ReadonlyArray<Buffer>
  /** In order of place. */
  readonly damages: ReadonlyArray<Damage>
  /** Bytes up to the end of the last sound frame. */
  readonly soundBytes: number
}

/** The body of the frame at the offset, or what is wrong there. */
const bodyAt = (bytes: Buffer, at: number): Buffer | Damage["kind"] => {
  if (at + headBytes > bytes.length) return "short"
  const length = bytes.readUInt32LE(at)
  const start = at + headBytes
  if (start + length > bytes.length) return "short"
  const body = bytes.subarray(start, start + length)
  // No frame is empty: a stretch of zeros, as a file system leaves it after a power failure, is none.
  return length > 0 && crc32(body) === bytes.readUInt32LE(at + 4) ? body : "garbled"
}

/**
 * Reads all frames that are sound. A garbled one is passed over where its length leads to a sound one behind it;
 * otherwise nothing tells where the next begins, and the file is read no further.
 */
export const scan = (bytes: Buffer): Scan => {
  const bodies: Array<Buffer> = []
  const damages: Array<Damage> = []
  if (bytes.length < mark.length) {
    return { bodies, damages: bytes.length === 0 ? [] : [{ at: 0, bytes: bytes.length, kind: "short" }], soundBytes: 0 }
  }
  if (!bytes.subarray(0, mark.length).equals(mark)) damages.push({ at: 0, bytes: mark.length, kind: "garbled" })
  let at = mark.length
  let soundBytes = at
  while (at < bytes.length) {
    const body = bodyAt(bytes, at)
    if (typeof body !== "string") {
      bodies.push(body)
      at += headBytes + body.length
      soundBytes = at
      continue
    }
    const next = body === "garbled" ? at + headBytes + bytes.readUInt32LE(at) : bytes.length
    const goesOn = next < bytes.length && typeof bodyAt(bytes, next) !== "string"
    damages.push({ at, bytes: (goesOn ? next : bytes.length) - at, kind: body })
    if (!goesOn) break
    at = next
  }
  return { bodies, damages, soundBytes }
}

/** What a header says, where the body is one. */
export const headerIn = (body: Buffer | undefined): Readonly<Record<string, unknown>> | undefined => {
  if (body === undefined) return undefined
  try {
    const header: unknown = JSON.parse(body.toString("utf8"))
    return isRecord(header) && typeof header.format === "number" ? header : undefined
  } catch {
    return undefined
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null
