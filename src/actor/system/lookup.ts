import { Cell } from "../cell/cell.ts"
import type { Supervised } from "../supervision/supervised.ts"
import { SupervisorLife } from "../supervision/supervisor-life.ts"

/** What is below an actor or a supervisor. */
export const childrenOf = (node: Supervised): Iterable<Supervised> => {
  if (node instanceof Cell) return node.offspring?.all ?? []
  return node instanceof SupervisorLife ? [...node.entries.values()].map(({ child }) => child) : []
}

/** The actor of that path at or below these. Names may contain slashes, so each that fits is looked into. */
export const actorAt = (nodes: Iterable<Supervised>, path: string): Cell | undefined => {
  for (const node of nodes) {
    if (node.path === path && node instanceof Cell) return node
    if (!path.startsWith(`${node.path}/`)) continue
    const found = actorAt(childrenOf(node), path)
    if (found !== undefined) return found
  }
  return undefined
}

/** All actors at or below these, parents before their children. */
export const actorsBelow = function* (nodes: Iterable<Supervised>): Generator<Cell> {
  for (const node of nodes) {
    if (node instanceof Cell) yield node
    yield* actorsBelow(childrenOf(node))
  }
}
