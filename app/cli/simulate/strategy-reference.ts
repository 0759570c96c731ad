import { isStrategyOption, type StrategyOption } from "../../../actors/simulation/index.ts"
import { isStrategyId, strategies } from "../../../src/placement/index.ts"
import { nearest } from "../../../src/text/index.ts"
import { existingFile } from "../paths.ts"
import { UsageError } from "../usage-error.ts"
import { exportOf } from "./module-file.ts"

/** A strategy as the command line names it, as plain data. */
export type StrategyReference =
  | { readonly kind: "known"; readonly name: string }
  | { readonly kind: "own"; readonly name: string; readonly path: string; readonly export: string }

const wrong = (message: string, hint: string): UsageError => new UsageError("BALLAST_USAGE", message, hint)

const referenceOf = (text: string): StrategyReference => {
  const [path = "", name] = text.split("#", 2)
  if (name !== undefined) {
    return { kind: "own", name, path: existingFile(path, "the strategy's module"), export: name || "default" }
  }
  if (isStrategyId(text)) return { kind: "known", name: text }
  const known = Object.keys(strategies)
  const meant = nearest(text, known)
  const suggestion = meant === undefined ? "" : `did you mean "${meant}"? `
  throw wrong(
    `--compare: there is no strategy "${text}"`,
    `${suggestion}one of ${known.join(", ")}, or module.ts#export`
  )
}

/** The strategies of `--compare`, each under a name of its own. Throws `UsageError`. */
export const strategyReferences = (texts: ReadonlyArray<string>): ReadonlyArray<StrategyReference> => {
  if (texts.length < 2) throw wrong("--compare: there are not two to compare", "such as --compare a,b")
  const repeated = texts.find((text, index) => texts.indexOf(text) < index)
  if (repeated !== undefined) throw wrong(`--compare: ${repeated} is named twice`, "name it once")
  const references = texts.map(referenceOf)
  // An export goes by its name, unless another does, too.
  return references.map((reference, index) => {
    const { name } = reference
    const isAlone = name !== "" && references.every((other, i) => i === index || other.name !== name)
    return isAlone ? reference : { ...reference, name: texts[index] ?? name }
  })
}

/** The strategy itself, made for the seed. Throws `UsageError`. */
export const strategyOf = async (reference: StrategyReference, seed: number): Promise<StrategyOption> => {
  if (reference.kind === "known") return reference.name
  const found = await exportOf(reference.path, reference.export, seed)
  if (isStrategyOption(found)) return found
  const hint = "an object with an id and a score or pick function, or a function that makes one"
  throw new UsageError("BALLAST_NO_STRATEGY", `${reference.path}#${reference.export} is no strategy`, hint)
}
