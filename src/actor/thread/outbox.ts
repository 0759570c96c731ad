/** More than this in one batch brings nothing, and the other side waits for it. */
const fullBatch = 64

/** Messages for the other side, posted in batches: what one message costs is mostly the post and the waking up. */
export class Outbox<Message> {
  readonly #post: (batch: ReadonlyArray<Message>) => void
  #batch: Array<Message> = []
  #isDue = false
  readonly #flush = (): void => this.flush()

  constructor(post: (batch: ReadonlyArray<Message>) => void) {
    this.#post = post
  }

  push(message: Message): void {
    this.#batch.push(message)
    if (this.#batch.length >= fullBatch) this.flush()
    else this.nudge()
  }

  /** Posts soon, also where there is nothing to say but that shared memory has changed. */
  nudge(): void {
    if (this.#isDue) return
    this.#isDue = true
    queueMicrotask(this.#flush)
  }

  flush(): void {
    if (!this.#isDue && this.#batch.length === 0) return
    this.#isDue = false
    const batch = this.#batch
    this.#batch = []
    this.#post(batch)
  }
}
