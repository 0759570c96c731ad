/** Written at the top of each segment. */
export interface SegmentHeader {
  readonly kind: "segment"
  /** Counts the runs of this directory, from 1. */
  readonly run: number
  /** Wall clock minus monotonic clock of that run: turns the times of its events into wall-clock times. */
  readonly skew: number
  /** The epoch this run began to count from. */
  readonly epoch: number
  /** What wrote it: whoever has to read it with something older wants to know. */
  readonly node: string
}

/** Written at the top of each snapshot. Times in a snapshot are wall-clock times. */
export interface SnapshotHeader {
  readonly kind: "snapshot"
  readonly run: number
  /** The latest event that is part of it. */
  readonly seq: number
  /** The highest epoch known to have been given out. */
  readonly epoch: number
  readonly node: string
}

type Fields = Readonly<Record<string, unknown>>

const number = (fields: Fields | undefined, name: string): number | undefined => {
  const value = fields?.[name]
  return typeof value === "number" && Number.isFinite(value) ? value : undefined
}

/** What a header tells of where its run, or its snapshot, stood; what it does not tell is `undefined`. */
export const standingIn = (fields: Fields | undefined) => ({
  format: number(fields, "format"),
  run: number(fields, "run"),
  skew: number(fields, "skew"),
  seq: number(fields, "seq"),
  epoch: number(fields, "epoch"),
  node: typeof fields?.node === "string" ? fields.node : "unknown"
})
