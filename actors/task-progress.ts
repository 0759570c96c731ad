/** How far a handler says it is. */
export interface TaskProgress {
  /** 0–1. */
  readonly fraction: number
  readonly note?: string
}

/** A task's progress to whoever reads it: each reader sees the latest report, never a backlog. */
export class ProgressFeed {
  #latest: TaskProgress | undefined
  #version = 0
  #ended = false
  #waiters: Array<() => void> = []

  push(progress: TaskProgress): void {
    this.#latest = progress
    this.#version += 1
    this.#wake()
  }

  end(): void {
    this.#ended = true
    this.#wake()
  }

  async *stream(): AsyncGenerator<TaskProgress, undefined> {
    let seen = 0
    for (;;) {
      if (this.#version > seen && this.#latest !== undefined) {
        seen = this.#version
        yield this.#latest
      } else if (this.#ended) {
        return
      } else {
        await new Promise<void>((resolve) => this.#waiters.push(resolve))
      }
    }
  }

  #wake(): void {
    const waiters = this.#waiters
    this.#waiters = []
    for (const waiter of waiters) waiter()
  }
}
