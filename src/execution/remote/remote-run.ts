import type { Epoch, ErrorData } from "../../model/index.ts"
import type { RunCommand, WorkerReport } from "../worker-driver.ts"

/** What an outside worker says of a run of its own. */
export type RemoteUpdate =
  /** It goes on; `progress` 0–1, and the state from which another could go on. */
  | { readonly status: "running"; readonly progress?: number; readonly note?: string; readonly state?: unknown }
  | { readonly status: "completed"; readonly result?: unknown }
  | { readonly status: "failed"; readonly error: ErrorData }
  /** Given back: it was asked to stop, or to hand the run over, or cannot go on. */
  | { readonly status: "released"; readonly state?: unknown }

/** What is wanted of a run that an outside worker has. */
export interface RemoteRequest {
  readonly taskId: string
  readonly epoch: Epoch
  /** `cancel`: stop it, its result is of no use any more. `yield`: save its state and give it back, it is to go on elsewhere. */
  readonly action: "cancel" | "yield"
  readonly reason: string
}

/** One run that an outside worker has been given, or is about to be. */
export interface RemoteRun {
  readonly command: RunCommand
  /** When it was fetched, in milliseconds; `undefined`: it was not yet. */
  fetchedAt: number | undefined
  request: RemoteRequest | undefined
  /** Ends the wait for whoever is to fetch it, or for its end where it was to stop. */
  forget: (() => void) | undefined
}

/** The reports that an update comes to. `ms`: since it was fetched. */
export const reportsOf = (
  { command: { epoch }, request }: RemoteRun,
  update: RemoteUpdate,
  ms: number
): ReadonlyArray<WorkerReport> => {
  switch (update.status) {
    case "running": {
      const reports: Array<WorkerReport> = []
      if (update.state !== undefined) reports.push({ _tag: "Checkpointed", epoch, state: update.state })
      const { progress, note } = update
      if (progress !== undefined) {
        reports.push({ _tag: "Progress", epoch, fraction: progress, ...(note !== undefined && { note }) })
      }
      return reports
    }
    case "completed":
      return [{ _tag: "Completed", epoch, value: update.result, ms }]
    case "failed":
      return [{ _tag: "Failed", epoch, error: update.error, ms }]
    case "released":
      return [
        request?.action === "cancel" ? { _tag: "Stopped", epoch } : { _tag: "Yielded", epoch, state: update.state }
      ]
  }
}
