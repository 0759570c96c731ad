import { Cell } from "../cell/cell.ts"
import type { Supervised } from "../supervision/supervised.ts"
import { SupervisorLife } from "../supervision/supervisor-life.ts"

/** What is below an actor or a supervisor. */
export const childrenOf = (node: Supervised): Iterable<Supervised> => {
  if (node instanceof Cell) return node.offspring?.all ?? []
  return node instanceof SupervisorLife ? [...node.entries.values()].map(({ child }) => child) : []
}

/** All actors at or below these, parents before their children. */
export const actorsBelow = function* (nodes: Iterable<Supervised>): Generator<Cell> {
  for (const node of nodes) {
    if (node instanceof Cell) yield node
    yield* actorsBelow(childrenOf(node))
  }
}

/** The child of that path, among some that have one parent. */
type ChildAt = (path: string) => Supervised | undefined

/** The actor of that path, at or below these. A name may contain slashes: each beginning of the path may be one's. */
export const actorAt = (childAt: ChildAt, path: string, from = 0): Cell | undefined => {
  let end = from
  while (end < path.length) {
    const slash = path.indexOf("/", end)
    if (slash === -1) break
    const child = childAt(path.slice(0, slash))
    const found = child && actorAt(childrenBelow(child), path, slash + 1)
    if (found !== undefined) return found
    end = slash + 1
  }
  const whole = childAt(path)
  return whole instanceof Cell ? whole : undefined
}

const childrenBelow = (node: Supervised): ChildAt => {
  if (node instanceof Cell) return (path) => node.offspring?.at(path)
  if (!(node instanceof SupervisorLife)) return () => undefined
  // A supervisor knows its children by their ids, a dynamic one by their paths.
  return (path) => node.at(path) ?? node.at(path.slice(node.path.length + 1))
}
