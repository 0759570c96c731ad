import { existsSync, readFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { properties } from "../../properties/index.ts"

export const root = resolve(import.meta.dirname, "../..")

/** A test, or a property, as a document names it: `` `test/a.test.ts` › its name ``. */
export interface Reference {
  readonly file: string
  readonly test: string
}

/** The property registry: what is named there runs in `properties/properties.test.ts`. */
const registry = "properties/index.ts"

export const referenceIn = (text: string): Reference | undefined => {
  const [, file, test] = /^`([^`]+\.test\.ts|properties\/index\.ts)` › (.+)$/.exec(text) ?? []
  return file === undefined || test === undefined ? undefined : { file, test }
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")

/** Not those that do not run, or must fail. */
const calls = /\b(?:it|test)(?!\.(?:skip|todo|fails)\b)(?:\.\w+)*(?:\([^()]*\))?\(\s*(["'`])((?:\\.|(?!\1)[\s\S])*)\1/g

/** The names of the tests in a file, as patterns: what a template leaves open matches anything. */
export const namesIn = (source: string): ReadonlyArray<RegExp> =>
  [...source.matchAll(calls)].map(([, quote, name = ""]) => {
    const fixed = quote === "`" ? name.split(/\$\{[^}]*\}/) : [name]
    return new RegExp(`^${fixed.map((part) => escaped(part.replace(/\\(.)/g, "$1"))).join(".+")}$`)
  })

const known = new Map<string, ReadonlyArray<RegExp>>()

export const hasTest = ({ file, test }: Reference): boolean => {
  if (file === registry) return properties.some(({ name }) => name === test)
  const path = join(root, file)
  if (!existsSync(path)) return false
  const names = known.get(file) ?? namesIn(readFileSync(path, "utf8"))
  known.set(file, names)
  return names.some((name) => name.test(test))
}
