import { Cell } from "../cell/cell.ts"
import type { ActorSystem } from "../system/system.ts"
import { DynamicSupervisor } from "./dynamic-supervisor.ts"
import { type ChildSpec, isDynamic } from "./spec.ts"
import type { Parent } from "./supervised.ts"
import { Supervisor } from "./supervisor.ts"

/** A child by its spec, not started yet. */
export const makeChild = (
  system: ActorSystem,
  path: string,
  spec: ChildSpec,
  parent: Parent
): Cell | Supervisor | DynamicSupervisor => {
  if ("actor" in spec) return new Cell(system, spec.actor, path, parent, spec)
  const { supervisor } = spec
  if (isDynamic(supervisor)) return new DynamicSupervisor(system, path, supervisor, parent, spec)
  return new Supervisor(system, path, supervisor, parent, spec)
}
