import type { Millis, TaskAnalysis } from "../model/index.ts"
import type { AnalysisHistory } from "./history.ts"
import type { AnalysisRules, Preferences } from "./rules.ts"

/** What a task says of itself, as far as it is judged by it. */
export interface AnalyzedTask {
  readonly type: string
  readonly model?: string | undefined
}

interface Family {
  readonly name: string
  readonly hardware: Preferences
  readonly msPerBillion: number
}

/** Names judged before; beyond that they are judged again. */
const kept = 2_048

/**
 * Derives what a task does not say (A8): the family of its model from the model's id, the hardware and the browser it is
 * best run on, the memory it will want and how long it will take. Rules are data; what was seen of the same kind of task
 * takes their place as soon as there is some.
 */
export class Analyzer {
  readonly #rules: AnalysisRules
  readonly #families: ReadonlyArray<readonly [Family, ReadonlyArray<RegExp>]>
  readonly #sizes: ReadonlyArray<readonly [RegExp, AnalysisRules["sizes"][number]["billions"]]>
  readonly #browsers: ReadonlyArray<readonly [Preferences, ReadonlyArray<RegExp>]>
  readonly #history: AnalysisHistory
  readonly #byModel = new Map<string, { readonly family: Family | undefined; readonly billions: number | undefined }>()
  readonly #byType = new Map<string, Preferences | undefined>()

  constructor(rules: AnalysisRules, history: AnalysisHistory) {
    const expressions = (patterns: ReadonlyArray<string>) => patterns.map((pattern) => new RegExp(pattern, "i"))
    this.#rules = rules
    this.#history = history
    this.#families = rules.families.map(({ family: name, patterns, hardware, msPerBillion }) => [
      { name, hardware, msPerBillion },
      expressions(patterns)
    ])
    this.#sizes = rules.sizes.map(({ pattern, billions }) => [new RegExp(pattern, "i"), billions])
    this.#browsers = rules.browsers.map(({ patterns, browsers }) => [browsers, expressions(patterns)])
  }

  /** `undefined`: its names say nothing, and nothing was seen of it that would. */
  analyze({ type, model }: AnalyzedTask): TaskAnalysis | undefined {
    const { family, billions } = model === undefined ? nothing : this.#ofModel(model)
    const browsers = this.#browsersOf(type)
    if (model === undefined && browsers === undefined) return undefined
    const history = this.#history
    const seenHardware = history.hardware(type, model) ?? history.hardware(type, family?.name)
    const seenMs = history.expectedMs(type, model) ?? history.expectedMs(type, family?.name)
    const seenMemory = history.memory(type, model)
    const hardware = seenHardware ?? family?.hardware
    const memory = seenMemory ?? (billions === undefined ? undefined : billions * this.#rules.gibPerBillion)
    const ruledMs = family && billions !== undefined ? billions * family.msPerBillion : undefined
    const expectedMs: Millis | undefined = seenMs ?? ruledMs
    const seen = [seenHardware && "hardware", seenMs && "expectedMs", seenMemory && "memory"].filter(isName)
    return {
      seen,
      ...(family !== undefined && { family: family.name }),
      ...(hardware !== undefined && { hardware }),
      ...(browsers !== undefined && { browsers }),
      ...(memory !== undefined && { memory }),
      ...(expectedMs !== undefined && { expectedMs })
    }
  }

  #ofModel(model: string) {
    const known = this.#byModel.get(model)
    if (known !== undefined) return known
    const family = this.#families.find(([, patterns]) => patterns.some((pattern) => pattern.test(model)))?.[0]
    const judged = { family, billions: this.#billionsOf(model) }
    if (this.#byModel.size >= kept) this.#byModel.clear()
    this.#byModel.set(model, judged)
    return judged
  }

  #billionsOf(model: string): number | undefined {
    for (const [pattern, billions] of this.#sizes) {
      const match = pattern.exec(model)
      if (match === null) continue
      const parameters = typeof billions === "number" ? billions : Number(match[1]) * billions.factor
      if (Number.isFinite(parameters)) return parameters
    }
    return undefined
  }

  #browsersOf(type: string): Preferences | undefined {
    if (this.#byType.has(type)) return this.#byType.get(type)
    const browsers = this.#browsers.find(([, patterns]) => patterns.some((pattern) => pattern.test(type)))?.[0]
    if (this.#byType.size >= kept) this.#byType.clear()
    this.#byType.set(type, browsers)
    return browsers
  }
}

const nothing = { family: undefined, billions: undefined } as const

const isName = (name: string | number | undefined): name is string => typeof name === "string"
