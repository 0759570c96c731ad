import { scenarios, traceScenarioNames } from "../../../actors/simulation/scenarios/index.ts"
import { families, noTraceFolder, traceFolder } from "../../../actors/simulation/traces/index.ts"
import { nearest } from "../../../src/text/index.ts"
import { existingFile } from "../paths.ts"
import { UsageError } from "../usage-error.ts"

/** What is simulated, as plain data: each job finds it for itself. */
export type Subject =
  | { readonly kind: "scenario"; readonly id: string }
  | { readonly kind: "trace"; readonly name: string }
  /** An absolute path. */
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "swarm" }

/** One kind of things that can be simulated. */
interface Kind {
  /** Those there are, by name, with what they are; a kind of which there are any number has none. */
  list(): ReadonlyArray<readonly [name: string, title: string]>
  find(name: string): Subject | undefined
}

const isSame = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

const modules = [".ts", ".mts", ".js", ".mjs", ".json"]

const scenarioKind: Kind = {
  list: () => scenarios.map(({ id, title }) => [id, title]),
  find(name) {
    const scenario = scenarios.find(({ id }) => isSame(id, name))
    return scenario === undefined ? undefined : { kind: "scenario", id: scenario.id }
  }
}

export const traceHint =
  "set BALLAST_TRACES to the folder that holds the traces; the documentation names their public sources"

/** The folder that holds the traces. Throws a `UsageError` where there is none. */
export const knownTraceFolder = (): string => {
  const folder = traceFolder()
  if (folder !== undefined) return folder
  throw new UsageError("BALLAST_TRACE_MISSING", `there is no folder of traces: ${noTraceFolder()}`, traceHint)
}

const traceKind: Kind = {
  list() {
    const folder = traceFolder()
    return folder === undefined ? [] : traceScenarioNames(folder).map((name) => [name, "a recorded workload"])
  },
  find(name) {
    const [family] = name.split("/", 1)
    return families.some((known) => known === family) ? { kind: "trace", name } : undefined
  }
}

const swarmKind: Kind = {
  list: () => [["swarm", "anything, at any time: what must hold is watched"]],
  find: (name) => (isSame(name, "swarm") ? { kind: "swarm" } : undefined)
}

const fileKind: Kind = {
  list: () => [],
  find(name) {
    if (/\.ya?ml$/i.test(name)) {
      throw new UsageError("BALLAST_UNREADABLE_WORLD", `${name}: YAML is not read`, "say it in JSON, or in a module")
    }
    if (!modules.some((ending) => name.toLowerCase().endsWith(ending))) return undefined
    return { kind: "file", path: existingFile(name, "the file of a world") }
  }
}

const kinds: ReadonlyArray<Kind> = [scenarioKind, swarmKind, traceKind, fileKind]

const listed = (): ReadonlyArray<readonly [string, string]> => kinds.flatMap((kind) => kind.list())

/** What there is to simulate, a line each. */
export const listInWords = (): string => {
  const lines = [...listed(), ["<file>", "a world of one's own: .ts, .js, .mjs or .json"] as const]
  const width = Math.max(...lines.map(([name]) => name.length))
  return lines.map(([name, title]) => `  ${name.padEnd(width)}  ${title}`).join("\n")
}

/** What the name means. Throws a `UsageError` that lists what there is. */
export const subjectOf = (name: string): Subject => {
  for (const kind of kinds) {
    const subject = kind.find(name)
    if (subject !== undefined) return subject
  }
  const names = listed().map(([known]) => known)
  const meant = nearest(
    name.toUpperCase(),
    names.map((known) => known.toUpperCase())
  )
  const suggestion = names.find((known) => meant !== undefined && isSame(known, meant))
  const hint = suggestion === undefined ? "there are:" : `did you mean "${suggestion}"? There are:`
  throw new UsageError("BALLAST_UNKNOWN_SCENARIO", `there is no scenario "${name}"`, `${hint}\n${listInWords()}`)
}
