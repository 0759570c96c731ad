import { type BallastSettings, ballastWorld } from "./contenders/ballast.ts"
import { comedyWorld } from "./contenders/comedy.ts"
import { nactWorld } from "./contenders/nact.ts"
import { plainWorld } from "./contenders/plain.ts"
import { xstateWorld } from "./contenders/xstate.ts"
import { type RowName, rows } from "./rows.ts"
import { idleTimer, type Workload, workloads } from "./workloads.ts"
import type { World } from "./world.ts"

/** Who is measured in a process of Node's. */
export interface Contender {
  readonly name: string
  /** What it does, and what it does differently from the rest. */
  readonly note: string
  /** The rows it stands in; `undefined` for all that it can do. */
  readonly only?: ReadonlyArray<RowName>
  /** `peers`: the folder that packages which are no dependencies have been installed in. */
  readonly start: (peers: string) => Promise<World>
  readonly workload?: Workload
}

const asks: ReadonlyArray<RowName> = ["ask one", "ask 1000"]

const everythingBut = (...left: ReadonlyArray<RowName>): ReadonlyArray<RowName> =>
  rows.map(({ row }) => row).filter((row) => !left.includes(row))

const ballast = (settings: BallastSettings) => () => ballastWorld(settings)
const ordinary = { ask: "promise", registered: true } as const

/** Names of the two ways to ask. The better one on a row is what the report calls `ballast`. */
export const waysToAsk = ["ballast promise ask", "ballast effect ask"] as const

export const contenders: ReadonlyArray<Contender> = [
  {
    name: "ballast",
    note: "the default mailbox (1,024, backpressure); on the ask rows the better of `askPromise` and `ask` in fibers, the other under its own name",
    only: everythingBut(...asks),
    start: ballast(ordinary)
  },
  {
    name: "ballast unbounded",
    note: "the unbounded mailbox; asks as promises",
    only: everythingBut("restart µs", "timer late ms"),
    start: ballast({ ...ordinary, mailbox: { kind: "unbounded" } })
  },
  { name: "ballast promise ask", note: "`askPromise`, default mailbox", only: asks, start: ballast(ordinary) },
  {
    name: "ballast effect ask",
    note: "`ask` in fibers, one for each asker; default mailbox",
    only: asks,
    start: ballast({ ...ordinary, ask: "effect" })
  },
  {
    name: "ballast bare",
    note: "the same actors without a key in the registry",
    only: ["heap bytes"],
    start: ballast({ ...ordinary, registered: false })
  },
  {
    name: "idle",
    note: "Ballast's timer with no message under way: the control of `timer late ms`",
    only: ["timer late ms"],
    start: ballast(ordinary),
    workload: idleTimer
  },
  {
    name: "plain",
    note: "the limit: an array, handlers by tag, a state and a flag, drained from `setImmediate`; no supervision, no bounds, asks without timeout",
    start: plainWorld
  },
  {
    name: "nact",
    note: "no bounds; a `setImmediate` and a promise for each message; a query has a timeout",
    start: nactWorld
  },
  {
    name: "comedy",
    note: "no mailbox: two promises for each message, handlings interleave; asks without timeout; no restart within a process; an endless flood never gives the thread back",
    start: comedyWorld
  },
  {
    name: "xstate",
    note: "not the same work: `send` handles at once, without a mailbox; no ask, no supervision; an endless flood never gives the thread back",
    start: xstateWorld
  }
]

export const workloadOf = ({ workload }: Contender, row: RowName): Workload => workload ?? workloads[row]
