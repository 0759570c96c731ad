import { InvalidOptions, type Problem } from "../../../src/model/index.ts"
import { worldProblems } from "../definition-input.ts"
import type { Contender, Row, ScenarioWorld, Setting } from "../scenarios/index.ts"
import { usualRows } from "./rows.ts"
import { type Comparison, runParts, type SeedOptions, seedProblems } from "./run-scenario.ts"
import { rowProblems, settingProblems } from "./scenario-input.ts"

/** Seeds are 30 where nothing else is said. */
export interface CompareOptions extends SeedOptions {
  /** What is compared. Default: makespan, mean and 99th percentile of sojourns, share of tasks completed. */
  readonly rows?: ReadonlyArray<Row>
}

/** Settings by name. An object has names that are whole numbers first, whatever the order in which they were given. */
export type Settings = Readonly<Record<string, Setting>> | ReadonlyArray<readonly [name: string, setting: Setting]>

const optionFields: Readonly<Record<keyof CompareOptions, true>> = {
  seeds: true,
  seed: true,
  rows: true,
  onProgress: true
}

const isEntry = (input: unknown): input is readonly [string, unknown] =>
  Array.isArray(input) && input.length === 2 && typeof input[0] === "string"

const isList = (contenders: Settings): contenders is Extract<Settings, ReadonlyArray<unknown>> =>
  Array.isArray(contenders)

/** The settings in their order; `undefined` where there are none. */
const entriesOf = (contenders: unknown): ReadonlyArray<readonly [string, unknown]> | undefined => {
  if (Array.isArray(contenders)) return contenders.every(isEntry) ? contenders : undefined
  return typeof contenders === "object" && contenders !== null ? Object.entries(contenders) : undefined
}

const contenderProblems = (contenders: unknown): ReadonlyArray<Problem> => {
  const hint = 'such as { a: { strategy: "least_connections" }, b: { strategy: "round_robin" } }'
  const entries = entriesOf(contenders)
  if (entries === undefined) return [{ path: "contenders", message: "it is no settings by name", hint }]
  const names = entries.map(([name]) => name)
  const repeated = names.find((name, index) => names.indexOf(name) < index)
  return [
    ...entries.flatMap(([name, setting]) => settingProblems(setting, `contenders.${name}`)),
    ...(entries.length < 2 ? [{ path: "contenders", message: "there are not two to compare", hint }] : []),
    ...(repeated === undefined
      ? []
      : [{ path: `contenders.${repeated}`, message: "it is named twice", hint: "another name" }])
  ]
}

const optionProblems = (options: CompareOptions): ReadonlyArray<Problem> => {
  const { seeds = 30, seed = 1, rows } = options
  const unknown = Object.keys(options).filter((key) => !(key in optionFields))
  return [
    ...unknown.map((key) => ({
      path: key,
      message: "there is no such option",
      hint: `one of ${Object.keys(optionFields).join(", ")}`
    })),
    ...seedProblems({ seeds, seed }),
    ...(rows === undefined ? [] : rowProblems(rows, "rows"))
  ]
}

/**
 * Compares the runtime in several settings: each gets the same worlds with the same tasks, one for each seed, and is
 * judged pair by pair. The same call gives the same answer.
 *
 * A strategy that remembers things is to be given as a function that makes it, so that each seed begins anew.
 *
 * @param definition the world, without seed and strategy
 * @param contenders at least two, by name; the first is held against the others
 * @throws InvalidOptions what is wrong with world, settings or options, path and hint each
 */
export const compare = async (
  definition: ScenarioWorld,
  contenders: Settings,
  options: CompareOptions = {}
): Promise<Comparison> => {
  const problems = [...worldProblems(definition), ...contenderProblems(contenders), ...optionProblems(options)]
  if (problems.length > 0) throw new InvalidOptions({ problems })
  const { rows = usualRows, seeds = 30 } = options
  const settings: ReadonlyArray<readonly [string, Setting]> = isList(contenders)
    ? contenders
    : Object.entries(contenders)
  const competing = settings.map(([name, runtime]): readonly [string, Contender] => [name, { runtime }])
  const parts = [{ world: definition, contenders: Object.fromEntries(competing), rows }]
  return runParts({ id: "comparison", parts }, settings[0]?.[0] ?? "", { ...options, seeds })
}
