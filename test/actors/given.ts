import {
  Ballast,
  type BallastEvent,
  type BallastEventOf,
  type BallastEventTag,
  type BallastOptions
} from "../../actors/index.ts"
import type * as handlers from "./handlers/plain.ts"

export type Plain = Ballast<typeof handlers>

export const handlersUrl = (name: string): URL => new URL(`./handlers/${name}`, import.meta.url)

/** A silent runtime on real threads with the plain handlers. */
export const start = (options: Partial<BallastOptions> = {}): Promise<Plain> =>
  Ballast.start<typeof handlers>({
    handlers: handlersUrl("plain.ts"),
    workers: 2,
    log: { level: "silent" },
    ...options
  })

/** What a promise that must fail rejects with. */
export const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => Promise.reject(new Error(`it succeeded with ${JSON.stringify(value)}`)),
    (error: unknown) => error
  )

/** Cells for handlers to meet at. */
export const cellsOf = (count = 4): Int32Array<SharedArrayBuffer> => new Int32Array(new SharedArrayBuffer(4 * count))

/** Lets go those that hold. */
export const open = (cells: Int32Array<SharedArrayBuffer>): void => {
  Atomics.store(cells, 0, 1)
  Atomics.notify(cells, 0)
}

/** The next event of a kind, from the call on. */
export const next = <Tag extends BallastEventTag>(
  ballast: Plain,
  tag: Tag,
  suits: (event: BallastEventOf<Tag>) => boolean = () => true
): Promise<BallastEventOf<Tag>> =>
  new Promise((resolve) => {
    const off = ballast.on((event) => {
      if (!is(event, tag) || !suits(event)) return
      off()
      resolve(event)
    })
  })

const is = <Tag extends BallastEventTag>(event: BallastEvent, tag: Tag): event is BallastEventOf<Tag> =>
  event._tag === tag

/** Resolves once the task has told that its handler runs. */
export const running = (ballast: Plain, taskId: string): Promise<unknown> =>
  next(ballast, "TaskProgressed", (event) => event.taskId === taskId)

/** Every event from now on, as it comes. */
export const record = (ballast: Plain): ReadonlyArray<BallastEvent> => {
  const events: Array<BallastEvent> = []
  ballast.on((event) => events.push(event))
  return events
}
