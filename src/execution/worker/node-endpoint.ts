import type { Transferable } from "node:worker_threads"
import type { Endpoint } from "comlink"

type Listener = (event: { readonly data: unknown }) => void

/** A node port, a worker, or a line of a process. */
export interface MessageEmitter {
  postMessage(message: unknown, transfer?: ReadonlyArray<Transferable>): void
  on(event: "message", listener: (data: unknown) => void): void
  off(event: "message", listener: (data: unknown) => void): void
}

/** Comlink speaks to event targets; what node has are event emitters. */
export const nodeEndpoint = (port: MessageEmitter): Endpoint => {
  const wrapped = new Map<Listener, (data: unknown) => void>()
  return {
    postMessage: (message: unknown, transfer) => port.postMessage(message, transfer),
    addEventListener: (_type: string, listener: Listener) => {
      const onMessage = (data: unknown): void => listener({ data })
      wrapped.set(listener, onMessage)
      port.on("message", onMessage)
    },
    removeEventListener: (_type: string, listener: Listener) => {
      const onMessage = wrapped.get(listener)
      if (onMessage === undefined) return
      port.off("message", onMessage)
      wrapped.delete(listener)
    }
  }
}
