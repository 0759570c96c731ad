import { readFileSync, writeSync } from "node:fs"

/** One thing that was seen, by the parent, by the caller in the child, or by a handler. `run` counts the processes. */
export type Line = { readonly run: number } & (
  | { readonly e: "spawned" }
  | { readonly e: "killed" }
  /** The runtime takes work; it had found these tasks unfinished, in so many milliseconds. */
  | { readonly e: "ready"; readonly recovered: ReadonlyArray<string>; readonly setAside: number; readonly ms: number }
  /** `serial` tells one submission of an id from the next. */
  | { readonly e: "submitted"; readonly id: string; readonly serial: number }
  /** The caller's `accepted` has resolved. */
  | { readonly e: "accepted"; readonly id: string }
  /** A handler began, with the payload of that submission, from that step. */
  | {
      readonly e: "started"
      readonly id: string
      readonly serial: number
      readonly epoch: number
      readonly from: number
      readonly worker: string
      readonly key?: string
    }
  /** A handler is about to return or throw. */
  | { readonly e: "left"; readonly id: string; readonly epoch: number }
  /** A handler is about to end its thread, and all that runs there. */
  | { readonly e: "crashing"; readonly worker: string }
  /** The runtime has told of a checkpoint. */
  | { readonly e: "kept"; readonly id: string; readonly step: number }
  /** The caller's `result` has settled; two of one id must be the same. */
  | { readonly e: "settled"; readonly id: string; readonly outcome: string }
  /** Handles that were still open when all should have been over. */
  | { readonly e: "hanging"; readonly ids: ReadonlyArray<string> }
  /** The last run has shut down in order. */
  | { readonly e: "finished" }
)

/** Appends a line in one write, so that those of several threads do not mix. It outlives a killed process. */
export const record = (descriptor: number, line: Line): void => {
  writeSync(descriptor, `${JSON.stringify(line)}\n`)
}

/** The lines so far. */
export const readHistory = (path: string): ReadonlyArray<Line> =>
  readFileSync(path, "utf8")
    .split("\n")
    .flatMap((text): ReadonlyArray<Line> => (text === "" ? [] : [JSON.parse(text)]))
