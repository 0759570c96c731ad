import { copyFileSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync } from "node:fs"
import { join } from "node:path"
import { deserialize } from "node:v8"
import type { LedgerEvent } from "../../model/index.ts"
import { syncDirectory, writeWhole } from "./atomic-file.ts"
import { eventsIn } from "./event-batch.ts"
import { format, frameOf, headerIn, openingOf, type Scan, scan } from "./format.ts"
import { type SegmentHeader, type SnapshotHeader, standingIn } from "./headers.ts"
import { corruptName, layoutOf, segmentName, snapshotName } from "./layout.ts"
import { type TaskImage, TaskImages } from "./task-images.ts"

/** A file that this program is too old for. It is left as it is. */
export class TooNew extends Error {
  readonly file: string
  /** Such as `format 2`. */
  readonly found: string

  constructor(file: string, found: string) {
    super(`${file} is of ${found}`)
    this.file = file
    this.found = found
  }
}

/** A damaged file, and where the whole of it was kept. */
export interface SetAside {
  readonly file: string
  readonly keptAs: string
  readonly reason: string
}

export interface LoadOptions {
  readonly directory: string
  /** Ended tasks that are remembered. */
  readonly retain: number
  /** Milliseconds since 1970: for the names of damaged files. */
  readonly wallClock: number
  /** The last segment that is read. Default: the last there is. */
  readonly through?: number
}

/** What the files of a journal tell. */
export interface Loaded {
  readonly images: TaskImages
  /** The number of the latest run. */
  readonly run: number
  /** The highest epoch that is known to have been given out, or counted from. */
  readonly epoch: number
  /** The snapshot that was read. */
  readonly snapshot: { readonly number: number; readonly bytes: number } | undefined
  /** The segments that were read, in order. */
  readonly segments: ReadonlyArray<{ readonly number: number; readonly bytes: number }>
  readonly setAside: ReadonlyArray<SetAside>
  /** Bytes of a last write that was cut off. */
  readonly cut: number
}

/**
 * Reads the newest snapshot and the segments after it. Of a damaged file the sound frames stay in its place, and the
 * whole of it is kept under another name. Throws `TooNew`, and what the file system throws.
 */
export const load = (options: LoadOptions): Loaded => {
  const { directory, through = Number.POSITIVE_INFINITY } = options
  const found = layoutOf(readdirSync(directory))
  const reader = new Reader(options)
  const snapshot = found.snapshots.findLast((number) => reader.snapshot(snapshotName(number)))
  const later = found.segments.filter((number) => number > (snapshot ?? 0) && number <= through)
  for (const number of later) reader.segment(segmentName(number), number === found.segments.at(-1))
  const bytesOf = (name: string): number => reader.bytes.get(name) ?? 0
  return {
    images: reader.images,
    run: reader.run,
    epoch: Math.max(reader.epoch, reader.images.epoch),
    snapshot: snapshot === undefined ? undefined : { number: snapshot, bytes: bytesOf(snapshotName(snapshot)) },
    segments: later.map((number) => ({ number, bytes: bytesOf(segmentName(number)) })),
    setAside: reader.setAside,
    cut: reader.cut
  }
}

/** Deletes what a snapshot stands for, and what a killed process has left half done beside it. */
export const removeObsolete = (directory: string, snapshot: number | undefined): void => {
  const found = layoutOf(readdirSync(directory))
  const { segments, snapshots } = found
  const obsolete = [
    ...segments.filter((number) => number <= (snapshot ?? 0)).map(segmentName),
    ...snapshots.filter((number) => number < (snapshot ?? 0)).map(snapshotName)
  ]
  for (const name of obsolete) rmSync(join(directory, name), { force: true })
}

/** Deletes files that were never completed. Not while a snapshot is being written. */
export const removeDrafts = (directory: string): void => {
  for (const name of layoutOf(readdirSync(directory)).drafts) rmSync(join(directory, name), { force: true })
}

class Reader {
  readonly images: TaskImages
  readonly setAside: Array<SetAside> = []
  /** Sizes of the files read. */
  readonly bytes = new Map<string, number>()
  run = 0
  epoch = 0
  cut = 0
  readonly #options: LoadOptions
  /** Of the latest header that was sound: a segment whose own is not is mostly of the same run. */
  #skew = 0

  constructor(options: LoadOptions) {
    this.#options = options
    this.images = new TaskImages(options.retain)
  }

  /** `false` where nothing of it can be read. */
  snapshot(name: string): boolean {
    const file = this.#read(name)
    if (file === undefined) return false
    for (const body of file.bodies) {
      const images: ReadonlyArray<TaskImage> = this.#decoded(name, file.node, () => deserialize(body))
      for (const image of images) this.images.load(image)
    }
    const header: SnapshotHeader = {
      kind: "snapshot",
      run: this.run,
      seq: this.images.seq,
      epoch: this.epoch,
      node: file.node
    }
    this.#mend(name, file, header)
    return true
  }

  segment(name: string, isLast: boolean): void {
    const file = this.#read(name, isLast)
    if (file === undefined) return
    for (const body of file.bodies) {
      const events: ReadonlyArray<LedgerEvent> = this.#decoded(name, file.node, () => eventsIn(body))
      for (const event of events) this.images.apply(event, this.#skew)
    }
    const [only, ...others] = file.scan.damages
    if (isLast && only?.kind === "short" && others.length === 0) {
      truncateSync(this.#path(name), file.scan.soundBytes)
      this.bytes.set(name, file.scan.soundBytes)
      this.cut += only.bytes
      return
    }
    const { run, epoch } = this
    const header: SegmentHeader = { kind: "segment", run, skew: this.#skew, epoch, node: file.node }
    this.#mend(name, file, header)
  }

  /** The bodies of a file's frames without its header, which is heeded; `undefined` where there are none at all. */
  #read(name: string, isLast = false) {
    const bytes = readFileSync(this.#path(name))
    const found = scan(bytes)
    const header = headerIn(found.bodies[0])
    const standing = standingIn(header)
    if (standing.format !== undefined && standing.format > format) throw new TooNew(name, `format ${standing.format}`)
    this.bytes.set(name, bytes.length)
    if (found.bodies.length === 0) {
      // The process was killed, or the disk was full, as it was begun.
      if (isLast && found.damages.every(({ kind }) => kind === "short")) {
        rmSync(this.#path(name))
        this.cut += bytes.length
      } else {
        const keptAs = corruptName(name, this.#options.wallClock)
        renameSync(this.#path(name), this.#path(keptAs))
        syncDirectory(this.#options.directory)
        this.setAside.push({ file: name, keptAs, reason: "nothing of it can be read" })
      }
      return undefined
    }
    this.run = Math.max(this.run, standing.run ?? 0)
    this.epoch = Math.max(this.epoch, standing.epoch ?? 0)
    this.images.seq = Math.max(this.images.seq, standing.seq ?? 0)
    this.#skew = standing.skew ?? this.#skew
    const bodies = header === undefined ? found.bodies : found.bodies.slice(1)
    return { bodies, scan: found, node: standing.node }
  }

  /** A sound frame that cannot be read was written by something newer: it is not for us to drop it. */
  #decoded<A>(name: string, node: string, decode: () => A): A {
    try {
      return decode()
    } catch {
      throw new TooNew(name, `the data format of Node.js ${node}`)
    }
  }

  /** Puts the sound frames in the place of a damaged file, and keeps that whole. */
  #mend(name: string, file: { readonly bodies: ReadonlyArray<Buffer>; readonly scan: Scan }, header: object): void {
    const { damages } = file.scan
    if (damages.length === 0) return
    const keptAs = corruptName(name, this.#options.wallClock)
    copyFileSync(this.#path(name), this.#path(keptAs))
    this.bytes.set(name, writeWhole(this.#path(name), [openingOf(header), ...file.bodies.map(frameOf)]))
    const stretches = damages.map(({ at, bytes, kind }) => `${bytes} bytes from ${at} are ${kind}`)
    this.setAside.push({ file: name, keptAs, reason: stretches.join("; ") })
  }

  #path(name: string): string {
    return join(this.#options.directory, name)
  }
}
