import { RecentMap } from "../collections/index.ts"
import type { Millis } from "../model/index.ts"
import type { Preferences } from "./rules.ts"

/** One run, as judgements are learned from it. */
export interface SeenRun {
  readonly type: string
  /** The model's id, or its family, or nothing. */
  readonly model: string | undefined
  /** The kind of hardware it ran on. */
  readonly hardware: string
  readonly ms: Millis
  /** GiB, where the task said what it needs. */
  readonly memory: number | undefined
}

interface Seen {
  runs: number
  meanMs: Millis
  memory: number | undefined
  readonly byHardware: Map<string, { runs: number; meanMs: Millis }>
}

/** Runs from which on what was seen of a kind of task beats what its name says. */
const enough = 3
/** The least weight of a new run against those before. */
const gain = 0.1
/** Kinds of tasks kept. */
const kept = 1_024

/** What runs of each kind of task, by type and model, have taken, and where. */
export class AnalysisHistory {
  readonly #seen = new RecentMap<string, Seen>(kept)

  observe({ type, model, hardware, ms, memory }: SeenRun): void {
    const seen = this.#seen.use(keyOf(type, model), () => ({
      runs: 0,
      meanMs: 0,
      memory: undefined,
      byHardware: new Map()
    }))
    learn(seen, ms)
    const here = seen.byHardware.get(hardware) ?? { runs: 0, meanMs: 0 }
    learn(here, ms)
    seen.byHardware.set(hardware, here)
    // What the largest of the latest said: too little is worse than too much.
    if (memory !== undefined) seen.memory = Math.max(memory, (seen.memory ?? 0) * (1 - gain))
  }

  /** `undefined`: too little was seen of it. */
  expectedMs(type: string, model: string | undefined): Millis | undefined {
    const seen = this.#seen.get(keyOf(type, model))
    return seen !== undefined && seen.runs >= enough ? seen.meanMs : undefined
  }

  /** GiB. */
  memory(type: string, model: string | undefined): number | undefined {
    return this.#seen.get(keyOf(type, model))?.memory
  }

  /** How fast each kind of hardware has been against the fastest; of two kinds at least. */
  hardware(type: string, model: string | undefined): Preferences | undefined {
    const known = [...(this.#seen.get(keyOf(type, model))?.byHardware ?? [])].filter(([, { runs }]) => runs >= enough)
    if (known.length < 2) return undefined
    const fastest = Math.min(...known.map(([, { meanMs }]) => meanMs))
    return Object.fromEntries(known.map(([kind, { meanMs }]) => [kind, meanMs > 0 ? fastest / meanMs : 1]))
  }

  /** What was seen, as data. */
  get state(): ReadonlyArray<SeenKind> {
    return [...this.#seen.entries()].map(([key, { byHardware, ...seen }]) => {
      return { key, ...seen, hardware: [...byHardware].map(([kind, here]) => ({ kind, ...here })) }
    })
  }

  /** Goes on from what another has seen. */
  restore(kinds: ReadonlyArray<SeenKind>): void {
    for (const { key, runs, meanMs, memory, hardware } of kinds) {
      const byHardware = new Map(hardware.map(({ kind, ...here }) => [kind, here]))
      this.#seen.set(key, { runs, meanMs, memory, byHardware })
    }
  }
}

/** What was seen of one kind of task, as data. `key`: as the history tells kinds apart. */
export interface SeenKind {
  readonly key: string
  readonly runs: number
  readonly meanMs: Millis
  readonly memory?: number | undefined
  readonly hardware: ReadonlyArray<{ readonly kind: string; readonly runs: number; readonly meanMs: Millis }>
}

const keyOf = (type: string, model: string | undefined): string => JSON.stringify([type, model])

const learn = (of: { runs: number; meanMs: Millis }, ms: Millis): void => {
  of.runs += 1
  of.meanMs += (ms - of.meanMs) * Math.max(1 / of.runs, gain)
}
