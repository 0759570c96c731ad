import { type Desk, type Envelope, isPostmark, type Postmark } from "./envelope.ts"

/** Tag, payload, postmark. */
const parts = 3

/** Messages the first stretch of a queue holds; each further one holds twice as many, up to the largest. */
const firstRoom = 4
const largestRoom = 512

/** Parts of messages from the start on; the last item is the stretch that follows. */
type Stretch = Array<unknown>

const stretchOf = (messages: number): Stretch => new Array<unknown>(messages * parts + 1)

const isStretch = (value: unknown): value is Stretch => Array.isArray(value)

/**
 * Messages, first in, first out, in stretches of which each leads to the next: growing copies nothing, and what was
 * emptied is let go of. The parts of a message lie side by side, so that on its way it takes no object: what is not
 * made need not be moved or collected by a garbage collector either, and under a flood that is most of the work.
 */
export class MailQueue {
  #first: Stretch = stretchOf(firstRoom)
  #start = 0
  #last: Stretch = this.#first
  #end = 0
  #size = 0

  get size(): number {
    return this.#size
  }

  push(tag: string, payload: unknown, postmark: Postmark): void {
    if (this.#end === this.#last.length - 1) this.#extend()
    const last = this.#last
    const end = this.#end
    last[end] = tag
    last[end + 1] = payload
    last[end + 2] = postmark
    this.#end = end + parts
    this.#size += 1
  }

  /** Moves the oldest message to the desk. There must be one. */
  shift(desk: Desk): void {
    const first = this.#first
    const start = this.#start
    read(first, start, desk)
    // What has been handled must not be kept alive. A tag is one of few, and stays.
    first[start + 1] = undefined
    first[start + 2] = 0
    this.#start = start + parts
    this.#size -= 1
    if (this.#size === 0) {
      this.#start = 0
      this.#end = 0
      this.#first = this.#last
    } else if (this.#start === first.length - 1) {
      const next = first[this.#start]
      if (isStretch(next)) this.#first = next
      this.#start = 0
    }
  }

  /** The messages, the oldest first. */
  *[Symbol.iterator](): IterableIterator<Envelope> {
    let stretch = this.#first
    let index = this.#start
    for (let count = 0; count < this.#size; count += 1) {
      const desk: Desk = { tag: undefined, payload: undefined, postmark: 0 }
      read(stretch, index, desk)
      yield { ...desk, tag: desk.tag ?? "" }
      index += parts
      const next = stretch[index]
      if (index === stretch.length - 1 && isStretch(next)) {
        stretch = next
        index = 0
      }
    }
  }

  #extend(): void {
    const room = (this.#last.length - 1) / parts
    const next = stretchOf(Math.min(largestRoom, room * 2))
    this.#last[this.#end] = next
    this.#last = next
    this.#end = 0
  }
}

const read = (from: Stretch, index: number, to: Desk): void => {
  const tag = from[index]
  const postmark = from[index + 2]
  to.tag = typeof tag === "string" ? tag : undefined
  to.payload = from[index + 1]
  to.postmark = isPostmark(postmark) ? postmark : 0
}
