import type { BallastEvent, BallastEventOf, BallastEventTag } from "../../actors/index.ts"
import type { Parts } from "./given.ts"

/** Whatever tells events: a runtime or its parts. */
type Source = { on(listener: (event: BallastEvent) => void): () => void } | Parts

const subscribe = (source: Source, listener: (event: BallastEvent) => void): (() => void) =>
  "on" in source ? source.on(listener) : source.runtime.bus.subscribe(listener)

const is = <Tag extends BallastEventTag>(event: BallastEvent, tag: Tag): event is BallastEventOf<Tag> =>
  event._tag === tag

/** The next event of a kind that suits, from the call on. */
export const nextOf = <Tag extends BallastEventTag>(
  source: Source,
  tag: Tag,
  suits: (event: BallastEventOf<Tag>) => boolean = () => true
): Promise<BallastEventOf<Tag>> =>
  new Promise((resolve) => {
    const off = subscribe(source, (event) => {
      if (!is(event, tag) || !suits(event)) return
      off()
      resolve(event)
    })
  })

/** Resolves once the task has told that its handler runs. */
export const running = (source: Source, taskId: string): Promise<unknown> =>
  nextOf(source, "TaskProgressed", (event) => event.taskId === taskId)

/** Every event from now on, as it comes. */
export const recordOf = (source: Source): ReadonlyArray<BallastEvent> => {
  const events: Array<BallastEvent> = []
  subscribe(source, (event) => events.push(event))
  return events
}

export const countOf = (events: ReadonlyArray<BallastEvent>, tag: BallastEventTag): number =>
  events.filter(({ _tag }) => _tag === tag).length
