import type { MessagePort, Worker } from "node:worker_threads"
import type { Endpoint } from "comlink"

type Listener = (event: { readonly data: unknown }) => void

/** Comlink speaks to event targets; a node port or worker is an event emitter. */
export const nodeEndpoint = (port: MessagePort | Worker): Endpoint => {
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
