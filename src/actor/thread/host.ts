/** What an actor's thread runs: loads the module, starts the actor in a system of its own, and carries the mail. */
import { parentPort, workerData } from "node:worker_threads"
import * as Context from "effect/Context"
import type { Behaviour } from "../behaviour.ts"
import type { Protocol } from "../protocol.ts"
import { ActorSystem } from "../system/system.ts"
import { Border, messagesOf } from "./border.ts"
import { fromExitData, toErrorData } from "./error-data.ts"
import { HostedActor } from "./hosted-actor.ts"
import { Outbox } from "./outbox.ts"
import { Slots } from "./slots.ts"
import type { Boot, FromThread, ToThread } from "./wire.ts"

if (parentPort === null) throw new Error("this module is the entry of a worker thread")
const port = parentPort
const boot: Boot = workerData

const outbox = new Outbox<FromThread>((batch) => port.postMessage(batch))
process.on("exit", () => outbox.flush())
process.on("uncaughtExceptionMonitor", (cause) => {
  outbox.push({ kind: "uncaught", cause: toErrorData(cause) })
  outbox.flush()
})

const isBehaviour = (value: unknown): value is Behaviour<Protocol> =>
  typeof value === "object" && value !== null && "name" in value && "protocol" in value && "definition" in value

const isMaker = (value: unknown): value is (args: unknown) => unknown => typeof value === "function"

const invalid = (why: string, exports: ReadonlyArray<string>, cause?: unknown): undefined => {
  outbox.push({ kind: "invalid", why, exports, cause: cause === undefined ? undefined : toErrorData(cause) })
}

/** The behaviour that the module exports; `undefined` where there is none, which is reported then. */
const load = async (): Promise<Behaviour<Protocol> | undefined> => {
  let exports: ReadonlyArray<string> = []
  try {
    const module: object = await import(boot.module)
    exports = Object.keys(module)
    if (!Object.hasOwn(module, boot.export)) return invalid("there is no such export", exports)
    const exported: unknown = Reflect.get(module, boot.export)
    const behaviour = isMaker(exported) ? exported(boot.args) : exported
    if (isBehaviour(behaviour)) return behaviour
    return invalid(isMaker(exported) ? "what it makes is no behaviour" : "it is no behaviour", exports)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    return invalid(exports.length === 0 ? `the module does not load: ${why}` : `it throws: ${why}`, exports, cause)
  }
}

const behaviour = await load()

if (behaviour !== undefined) {
  const { protocol } = behaviour
  outbox.push({ kind: "loaded", messages: messagesOf(protocol) })
  const host = {
    system: new ActorSystem(Context.empty(), { name: boot.actor }),
    border: new Border(boot.actor, boot.isEncoded ? protocol : undefined),
    slots: new Slots(boot.slots),
    outbox,
    exit: () => process.exit(0)
  }
  const actor = new HostedActor(host, behaviour, boot)
  const obey = (order: ToThread): void => {
    switch (order.kind) {
      case "mail":
        return actor.receive(order)
      case "abandon":
        return actor.abandon(order.ask)
      case "resume":
        return actor.resume()
      case "stop":
        return actor.stop(fromExitData(order.reason))
      case "close":
        return actor.close(order.isRestart)
    }
  }
  port.on("message", (orders: ReadonlyArray<ToThread>) => {
    for (const order of orders) obey(order)
  })
} else {
  port.on("message", () => process.exit(0))
}
