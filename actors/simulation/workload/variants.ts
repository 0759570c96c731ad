import type { Problem } from "../../../src/model/index.ts"

/** Something from outside of which there are several types. */
export interface Variant {
  readonly path: string
  readonly input: unknown
  /** What it is to be, such as `fault`. */
  readonly noun: string
  readonly types: ReadonlyArray<string>
}

/** The types that a union of schemas tells its members apart by. */
export const typesIn = (union: {
  readonly members: ReadonlyArray<{ readonly fields: { readonly type: { readonly literal: string } } }>
}): ReadonlyArray<string> => union.members.map(({ fields }) => fields.type.literal)

const typeProblem = ({ path, input, noun, types }: Variant): Problem | undefined => {
  const hint = `one of ${types.join(", ")}`
  if (input === undefined) return undefined
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    return { path, message: `it is no ${noun}`, hint: `an object whose type is ${hint}` }
  }
  if (!("type" in input)) return { path, message: "it has no type", hint }
  if (typeof input.type === "string" && types.includes(input.type)) return undefined
  return { path: `${path}.type`, message: `there is no ${noun} ${JSON.stringify(input.type)}`, hint }
}

/** The problems of a schema: where it can only say what all the types look like, what is wrong with the type instead. */
export const withTypeProblems = (
  problems: ReadonlyArray<Problem>,
  variants: Iterable<Variant>
): ReadonlyArray<Problem> => {
  if (problems.length === 0) return problems
  const byPath = new Map<string, Problem>()
  for (const variant of variants) {
    const problem = typeProblem(variant)
    if (problem !== undefined) byPath.set(variant.path, problem)
  }
  return problems.map((problem) => byPath.get(problem.path) ?? problem)
}
