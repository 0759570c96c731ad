import * as Effect from "effect/Effect"
import { InvalidOptions, type WorkerId, type WorkerPhase } from "../src/model/index.ts"
import type { Runtime } from "./runtime.ts"

/** Those that take work as they are, or would where there is any. */
const inService: ReadonlySet<WorkerPhase> = new Set(["up", "warming", "resting"])

const notThere = (runtime: Runtime, id: WorkerId): InvalidOptions => {
  const hint = `workers: ${[...runtime.ledger.workers.keys()].join(", ")}`
  return new InvalidOptions({ problems: [{ path: "id", message: `there is no worker "${id}"`, hint }] })
}

const impossible = (id: WorkerId, phase: WorkerPhase): InvalidOptions => {
  const hint = phase === "failed" ? "restart it first" : "retire it, and spawn another"
  return new InvalidOptions({ problems: [{ path: "id", message: `worker "${id}" is ${phase}`, hint }] })
}

/** Takes the worker out of placement until it is resumed; what it has goes on. */
export const pauseWorker = (runtime: Runtime, id: WorkerId): Effect.Effect<void, InvalidOptions> =>
  Effect.flatMap(runtime.workforce.changeMaintenance(id, "pause"), (refusal) => {
    if (refusal?._tag === "UnknownWorker") return Effect.fail(notThere(runtime, id))
    return refusal?._tag === "WrongPhase" ? Effect.fail(impossible(id, refusal.phase)) : Effect.void
  })

/** Ends the worker's maintenance, or its ejection. */
export const resumeWorker = (runtime: Runtime, id: WorkerId): Effect.Effect<void, InvalidOptions> =>
  Effect.flatMap(runtime.workforce.changeMaintenance(id, "resume"), (refusal) => {
    if (refusal?._tag === "UnknownWorker") return Effect.fail(notThere(runtime, id))
    if (refusal?._tag !== "WrongPhase" || inService.has(refusal.phase)) return Effect.void
    if (refusal.phase === "ejected") return Effect.asVoid(runtime.workforce.changeMaintenance(id, "return"))
    return Effect.fail(impossible(id, refusal.phase))
  })
