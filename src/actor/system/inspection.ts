import { Cell } from "../cell/cell.ts"
import { Supervisor } from "../supervision/supervisor.ts"

/** One actor or supervisor, and what is below it. */
export interface Inspection {
  readonly name: string
  readonly kind: "actor" | "supervisor"
  readonly status: string
  /** Messages in the mailbox. */
  readonly depth: number
  readonly restarts: number
  readonly children: ReadonlyArray<Inspection>
}

export const inspectCell = (cell: Cell): Inspection => ({
  name: cell.path,
  kind: "actor",
  status: cell.status,
  depth: cell.depth,
  restarts: cell.restarts,
  children: (cell.offspring?.cells ?? []).map(inspectCell)
})

export const inspectSupervisor = (supervisor: Supervisor): Inspection => {
  const states = new Map(supervisor.children().map((child) => [child.id, child]))
  const children = [...supervisor.entries].map(([id, { child }]): Inspection => {
    const state = states.get(id)
    const seen =
      child instanceof Cell ? inspectCell(child) : child instanceof Supervisor ? inspectSupervisor(child) : undefined
    const below = seen ?? { name: id, kind: "actor", depth: 0, children: [] }
    return { ...below, status: state?.status ?? "down", restarts: state?.restarts ?? 0 }
  })
  return { name: supervisor.path, kind: "supervisor", status: "running", depth: 0, restarts: 0, children }
}

/** The tree as lines of text. */
export const formatInspection = (nodes: ReadonlyArray<Inspection>, indent = ""): string =>
  nodes
    .map(({ name, kind, status, depth, restarts, children }) => {
      const label = name.split("/").at(-1) ?? name
      const mail = kind === "actor" && depth > 0 ? `, ${depth} in its mailbox` : ""
      const again = restarts > 0 ? `, restarted ${restarts}×` : ""
      const line = `${indent}${kind === "supervisor" ? "▾" : "•"} ${label} (${status}${mail}${again})`
      return children.length === 0 ? line : `${line}\n${formatInspection(children, `${indent}  `)}`
    })
    .join("\n")
