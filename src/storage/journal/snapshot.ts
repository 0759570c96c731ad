import { serialize } from "node:v8"
import { writeWhole } from "./atomic-file.ts"
import { isPlain } from "./event-batch.ts"
import { frameOf, openingOf } from "./format.ts"
import type { SnapshotHeader } from "./headers.ts"
import { snapshotPath } from "./layout.ts"
import { type Loaded, load, removeObsolete } from "./load.ts"
import type { TaskImage } from "./task-images.ts"

/** Small tasks that share a frame: what a damaged stretch costs. */
const perFrame = 256

/** Tasks in frames; a large one has a frame of its own. */
function* framesOf(images: Iterable<TaskImage>): Generator<Buffer> {
  let small: Array<TaskImage> = []
  for (const image of images) {
    const { spec, state, outcome } = image
    if (isPlain([spec.payload, state, outcome])) small.push(image)
    else yield frameOf(serialize([image]))
    if (small.length < perFrame) continue
    yield frameOf(serialize(small))
    small = []
  }
  if (small.length > 0) yield frameOf(serialize(small))
}

/** Writes what was loaded as the snapshot of this number. Returns its size in bytes. */
const writeSnapshot = (directory: string, number: number, { images, run, epoch }: Loaded): number => {
  const header: SnapshotHeader = { kind: "snapshot", run, seq: images.seq, epoch, node: process.versions.node }
  function* parts() {
    yield openingOf(header)
    yield* framesOf(images.ended)
    yield* framesOf(images.live)
  }
  return writeWhole(snapshotPath(directory, number), parts())
}

export interface CompactOptions {
  readonly directory: string
  /** The last segment that becomes part of the snapshot. */
  readonly through: number
  readonly retain: number
  readonly wallClock: number
}

/** What a compaction has done. */
export interface Compacted {
  readonly bytes: number
  readonly setAside: Loaded["setAside"]
}

/** Folds the snapshot there is and the segments after it into a new one, and deletes what that stands for. */
export const compact = (options: CompactOptions): Compacted => {
  const { directory, through } = options
  const loaded = load(options)
  const bytes = writeSnapshot(directory, through, loaded)
  removeObsolete(directory, through)
  return { bytes, setAside: loaded.setAside }
}
