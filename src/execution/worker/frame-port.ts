import type { DataPort } from "./data-port.ts"
import { processBorder } from "./frames.ts"

/** One of the lines that share the pipes of a process. What comes for it is handed to `deliver`. */
export class FramePort<In, Out> implements DataPort<In, Out> {
  readonly border = processBorder
  readonly #post: (message: Out) => void
  readonly #listeners = new Set<(message: In) => void>()

  constructor(post: (message: Out) => void) {
    this.#post = post
  }

  postMessage(message: Out): void {
    this.#post(message)
  }

  listen(onMessage: (message: In) => void): void {
    this.on("message", onMessage)
  }

  on(_event: "message", listener: (message: In) => void): void {
    this.#listeners.add(listener)
  }

  off(_event: "message", listener: (message: In) => void): void {
    this.#listeners.delete(listener)
  }

  /** Nothing: what has come was delivered as it came. */
  receive(): undefined {
    return undefined
  }

  deliver(message: In): void {
    for (const listener of this.#listeners) listener(message)
  }

  close(): void {
    this.#listeners.clear()
  }
}
