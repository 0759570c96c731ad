import type { TaskContext } from "../../../src/execution/worker/index.ts"

export const noop = (): void => {}

export const echo = (payload: unknown): unknown => payload

export const double = async ({ n }: { readonly n: number }): Promise<number> => n * 2

export const identify = (_: unknown, { id, type, attempt, epoch, workerId }: TaskContext): unknown => ({
  id,
  type,
  attempt,
  epoch,
  workerId
})

/** Counts up to `to`, saving each step; notes its cleaning up, so that its order against the end is seen. */
export const count = async ({ to }: { readonly to: number }, task: TaskContext<{ at: number }>): Promise<unknown> => {
  const from = task.state?.at ?? 0
  try {
    for (let at = from + 1; at <= to; at++) await task.checkpoint({ at })
    return { from, to }
  } finally {
    task.progress(1, "cleaned up")
  }
}

/** Changes the state it has saved while it cleans up. */
export const scribble = async (_: unknown, task: TaskContext<{ at: number }>): Promise<void> => {
  const state = { at: 0 }
  try {
    for (;;) {
      state.at++
      await task.checkpoint(state)
    }
  } finally {
    state.at = -1
  }
}

export const swallow = async (_: unknown, { checkpoint }: TaskContext<number>): Promise<string> => {
  try {
    for (;;) await checkpoint(1)
  } catch (error) {
    return error instanceof Error ? error.name : "nothing"
  }
}

export const rethrow = async (_: unknown, { checkpoint }: TaskContext<number>): Promise<void> => {
  try {
    for (;;) await checkpoint(7)
  } catch (cause) {
    throw new Error("wrapped", { cause })
  }
}

/** Does not look at what becomes of its checkpoint once it is cancelled. */
export const careless = async (_: unknown, task: TaskContext<number>): Promise<void> => {
  task.progress(0)
  await new Promise((resolve) => task.signal.addEventListener("abort", resolve))
  void task.checkpoint(1)
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
  throw new Error("stopped")
}

export const untilAborted = (_: unknown, { signal, progress }: TaskContext): Promise<void> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => {
      progress(1, String(signal.reason))
      setImmediate(() => reject(signal.reason))
    })
    progress(0, "listening")
  })

export const chatty = (_: unknown, { log, progress }: TaskContext): void => {
  for (let part = 1; part <= 1000; part++) progress(part / 1000)
  log.warn("nearly", { bytes: 3n, callback: () => {} })
  log.info("done")
}

export const fail = (payload: { readonly how: string }): unknown => {
  switch (payload.how) {
    case "code": {
      const root = Object.assign(new Error("no route"), { code: "EHOSTUNREACH", host: "a" })
      throw Object.assign(new RangeError("upload failed", { cause: root }), {
        code: "E_UPLOAD",
        retry: { after: 5 },
        callback: () => {}
      })
    }
    case "string":
      throw "plain words"
    case "object":
      throw { code: 42 }
    default: {
      const loop = new Error("loop")
      loop.cause = loop
      throw loop
    }
  }
}

export const badResult = (): unknown => ({ parts: [1, { save: () => {} }] })

export const badState = async (_: unknown, task: TaskContext): Promise<string> => {
  await task.checkpoint({ socket: new WeakMap() }).catch(() => {})
  return "swallowed"
}

export const badLastState = (_: unknown, task: TaskContext): string => {
  void task.checkpoint({ socket: new WeakMap() })
  return "not waited"
}

/** Computes for `chunks × ms`, with a checkpoint after each chunk. */
export const compute = async (
  { chunks, ms }: { readonly chunks: number; readonly ms: number },
  task: TaskContext<number>
): Promise<void> => {
  for (let chunk = 1; chunk <= chunks; chunk++) {
    const until = performance.now() + ms
    while (performance.now() < until);
    await task.checkpoint(chunk)
  }
}

let open: () => void = () => {}

export const waitForGate = (_: unknown, { progress }: TaskContext): Promise<string> => {
  progress(0, "waiting")
  return new Promise((resolve) => {
    open = () => resolve("through")
  })
}

export const openGate = (): void => open()

export const sharedResult = (): unknown => ({ memory: new SharedArrayBuffer(8) })
