import type * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { Actor } from "../src/actor/index.ts"
import { changesBetween, type MachineReport } from "../src/execution/index.ts"
import type { Millis } from "../src/model/index.ts"
import type { EventBus } from "./event-bus.ts"

export const machineProtocol = {
  Look: Actor.message<Record<never, never>>(),
  Seen: Actor.message<{ readonly report: MachineReport | undefined }>()
}

/** What was seen of the machine last. It outlives the monitor. */
export class MachineRecord {
  latest: MachineReport | undefined
}

export interface MachineMonitorOptions {
  readonly record: MachineRecord
  readonly bus: EventBus
  /** Milliseconds from one look to the next. */
  readonly interval: Millis
  readonly look: Effect.Effect<MachineReport>
}

/** Looks at the machine again and again, and says what it can do otherwise than before (B1). */
export const machineMonitor = ({ record, bus, interval, look }: MachineMonitorOptions) =>
  Actor.make("MachineMonitor", {
    protocol: machineProtocol,
    initial: (context) => {
      context.timers.after("look", interval, "Look")
      return {}
    },
    handlers: {
      Look: (state, _, context) => {
        context.pipeToSelf(look, (exit) => ["Seen", { report: Exit.isSuccess(exit) ? exit.value : undefined }])
        return state
      },
      Seen: (state, { report }, context) => {
        // Not before this look has ended: however slow a tool is, one asks it at a time.
        context.timers.after("look", interval, "Look")
        if (report === undefined) return state
        const changes = record.latest === undefined ? [] : changesBetween(record.latest, report)
        record.latest = report
        bus.publish({ _tag: "MachineProbed", at: context.now(), machine: report, changes })
        return state
      }
    }
  })
