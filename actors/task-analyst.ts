import * as Schema from "effect/Schema"
import { type BatchSizeSettings, BatchSizes, type LearnedPart, partOf } from "../src/adaptation/index.ts"
import { AnalysisHistory, type AnalysisRules, Analyzer, defaultRules } from "../src/analysis/index.ts"
import { reserveMemory } from "../src/config/index.ts"
import type { LedgerReader } from "../src/ledger/index.ts"
import type { TaskAnalysis, TaskSpec } from "../src/model/index.ts"
import type { Learner } from "./run-record.ts"

const Quantity = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))
const Runs = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

const SeenKinds = Schema.Array(
  Schema.Struct({
    key: Schema.String,
    runs: Runs,
    meanMs: Quantity,
    memory: Schema.optional(Quantity),
    hardware: Schema.Array(Schema.Struct({ kind: Schema.String, runs: Runs, meanMs: Quantity }))
  })
)

/** What runs have shown of each kind of task, kept over a restart. */
export const analysisPart = (history: AnalysisHistory): LearnedPart =>
  partOf(SeenKinds, { save: () => history.state, load: (data) => history.restore(data) })

export interface AnalysisSettings {
  /** Whether anything is derived at all. */
  readonly enabled: boolean
  readonly rules: Partial<AnalysisRules>
  /** Whether a task that asks for no memory reserves what was derived; otherwise it is only said. */
  readonly reserveMemory: boolean
}

/**
 * What tasks do not say of themselves (A8), filled in as they are submitted, and learned from as they end. All of it is
 * soft, but for memory where it is to be reserved, of which no more is asked than the largest worker has.
 */
export class TaskAnalyst {
  readonly #analyzer: Analyzer
  /** What it goes by. */
  readonly history = new AnalysisHistory()
  readonly batches = new BatchSizes()
  readonly #settings: AnalysisSettings
  readonly #ledger: LedgerReader

  constructor(ledger: LedgerReader, settings: AnalysisSettings) {
    this.#ledger = ledger
    this.#settings = settings
    this.#analyzer = new Analyzer({ ...defaultRules, ...settings.rules }, this.history)
  }

  /** What is derived of such a task; `undefined`: nothing. */
  derive(task: Pick<TaskSpec, "type" | "model">): TaskAnalysis | undefined {
    return this.#settings.enabled ? this.#analyzer.analyze(task) : undefined
  }

  /** The task with what was derived of it. */
  analyze(spec: TaskSpec): TaskSpec {
    const analysis = this.derive(spec)
    if (analysis === undefined) return spec
    const hardware = spec.requirements.hardware ?? this.#bestPresent(analysis)
    const requirements = { ...spec.requirements, ...(hardware !== undefined && { hardware }) }
    const { memory } = analysis
    if (!this.#settings.reserveMemory || memory === undefined || requirements.demand.resources.memory > 0) {
      return { ...spec, analysis, requirements }
    }
    const most = Math.max(0, ...[...this.#ledger.workers.values()].map((worker) => worker.spec.limits.resources.memory))
    return { ...spec, analysis, requirements: reserveMemory(requirements, memory, most) }
  }

  /** How many items of this kind to send next; see `BatchSizes`. */
  batchSize(task: Pick<TaskSpec, "type" | "model">, left: number, settings: Partial<BatchSizeSettings>): number {
    let slots = 0
    for (const { spec } of this.#ledger.workers.values()) slots += spec.limits.slots
    return this.batches.next(kindOf(task, this.derive(task)), left, slots, settings)
  }

  readonly learn: Learner = ({ spec }, workerId, { ms, ok }) => {
    if (!ok) return
    const { type, model, analysis, items, requirements } = spec
    if (items !== undefined) this.batches.observe(kindOf(spec, analysis), items, ms)
    if (model === undefined && analysis === undefined) return
    const hardware = this.#ledger.worker(workerId)?.spec.capabilities.hardware ?? "cpu"
    const declared = requirements.demand.resources.memory / 1_000
    const memory = declared > 0 && !this.#settings.reserveMemory ? declared : undefined
    this.history.observe({ type, model, hardware, ms, memory })
    if (analysis?.family !== undefined) this.history.observe({ type, model: analysis.family, hardware, ms, memory })
  }

  /** Of the kinds of hardware that workers have, the one that suits best. */
  #bestPresent({ hardware = {} }: TaskAnalysis): string | undefined {
    let best: string | undefined
    for (const { spec } of this.#ledger.workers.values()) {
      const kind = spec.capabilities.hardware
      if ((hardware[kind] ?? 0) > (best === undefined ? 0 : (hardware[best] ?? 0))) best = kind
    }
    return best
  }
}

const kindOf = ({ type, model }: Pick<TaskSpec, "type" | "model">, analysis: TaskAnalysis | undefined): string =>
  JSON.stringify([type, analysis?.family ?? model])
