import {
  HistoryWorld,
  longestSession,
  runTrial,
  type Trial,
  type TrialResult
} from "../../../actors/simulation/tuning/index.ts"
import { historyIn } from "./history-lines.ts"

/** One stretch of the history in this file. */
export interface TrialJob {
  readonly path: string
  readonly trial: Trial
}

/** Read once on each thread. */
let read: { readonly path: string; readonly world: HistoryWorld } | undefined

const worldOf = (path: string): HistoryWorld => {
  if (read?.path === path) return read.world
  const session = longestSession(historyIn(path))
  if (session === undefined) throw new Error(`${path} holds no history`)
  read = { path, world: new HistoryWorld(session) }
  return read.world
}

/** Simulates the stretch on the thread it runs on. */
export const tryOut = ({ path, trial }: TrialJob): Promise<TrialResult> => runTrial(worldOf(path), trial)
