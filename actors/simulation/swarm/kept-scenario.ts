import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { isScenario, modeOf, type SwarmScenario } from "./action.ts"

/** A broken scenario as it is kept in a file: what the properties' own kept cases look like. */
export interface KeptScenario {
  readonly property: string
  readonly seed: number
  readonly path: string
  readonly counterexample: SwarmScenario
  readonly message: string
}

/** Writes it into the folder, which is made where it is missing. Returns the file's path. */
export const keepScenario = (folder: string, seed: number, scenario: SwarmScenario, message: string): string => {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `swarm-${modeOf(scenario)}-${seed}.json`)
  const kept: KeptScenario = { property: "runtime", seed, path: "", counterexample: scenario, message }
  writeFileSync(file, `${JSON.stringify(kept, null, 2)}\n`)
  return file
}

/** The scenario in a file: one that was kept, or the bare scenario. `undefined` where there is none in it. */
export const readScenario = (file: string): SwarmScenario | undefined => {
  const content: unknown = JSON.parse(readFileSync(file, "utf8"))
  if (isScenario(content)) return content
  if (typeof content !== "object" || content === null || !("counterexample" in content)) return undefined
  return isScenario(content.counterexample) ? content.counterexample : undefined
}
