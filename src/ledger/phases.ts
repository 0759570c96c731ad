import type { AskedPhase, PhaseEvent, WorkerPhase } from "../model/index.ts"

/** Where a worker is in its life, and what it was asked for that its next thread has to go on with. */
export interface WorkerStanding {
  readonly phase: WorkerPhase
  readonly asked: AskedPhase | undefined
}

/** The phase that an event leads to; `as asked`: into what was asked for meanwhile, otherwise `up`. */
type Row = Partial<Record<WorkerPhase, WorkerPhase | "as asked">>

const all = <To extends WorkerPhase>(to: To, phases: ReadonlyArray<WorkerPhase>): Row =>
  Object.fromEntries(phases.map((phase) => [phase, to]))

/** With a thread that is there, and nothing asked of it. */
const alive = ["warming", "up", "ejected", "resting"] as const satisfies ReadonlyArray<WorkerPhase>

/**
 * Which event may change which phase, and into which; whatever is left out is refused. So no party can undo what another
 * has decided: a worker that has failed comes back by being revived and by nothing else, one in maintenance is not ejected,
 * an ejected one is not put to rest, and a late word of an old thread changes nothing.
 */
export const phases: Readonly<Record<PhaseEvent, Row>> = {
  ready: { starting: "as asked" },
  closing: all("starting", [...alive, "maintenance"]),
  lost: all("starting", ["starting", ...alive, "draining", "maintenance"]),
  failed: all("failed", ["starting", ...alive, "draining", "maintenance", "failed"]),
  revived: { failed: "starting" },
  drain: all("draining", ["starting", ...alive, "draining", "maintenance"]),
  // Its thread is on its way: it goes into maintenance as it is ready.
  pause: { starting: "starting", ...all("maintenance", [...alive, "maintenance"]) },
  resume: { starting: "starting", maintenance: "up" },
  eject: { warming: "ejected", up: "ejected" },
  return: { ejected: "up" },
  "slow-start": { up: "warming" },
  warmed: { warming: "up" },
  rest: { warming: "resting", up: "resting" },
  wake: { resting: "up" }
}

/** What is asked of it after the event. */
const askedAfter = (event: PhaseEvent, asked: AskedPhase | undefined): AskedPhase | undefined => {
  if (event === "drain") return "draining"
  if (event === "pause") return "maintenance"
  return event === "resume" ? undefined : asked
}

/** How the worker stands after the event; `undefined`: that means nothing in its phase. */
export const afterPhaseEvent = ({ phase, asked }: WorkerStanding, event: PhaseEvent): WorkerStanding | undefined => {
  const to = phases[event][phase]
  if (to === undefined) return undefined
  // It is to go, whoever pauses or resumes it while its thread is being replaced.
  if (asked === "draining" && (event === "pause" || event === "resume")) return undefined
  return { phase: to === "as asked" ? (asked ?? "up") : to, asked: askedAfter(event, asked) }
}
