import type { TaskContext } from "../../../src/execution/worker/index.ts"

export const hang = (_: unknown, task: TaskContext): Promise<never> => {
  task.progress(0, "begun")
  return new Promise(() => {})
}

export const noop = (): void => {}

export const lateThrow = (): Promise<never> => {
  setTimeout(() => {
    throw Object.assign(new Error("too late"), { code: "E_LATE" })
  })
  return new Promise(() => {})
}

export const forgottenRejection = async (): Promise<never> => {
  void (async () => {
    await null
    throw new Error("forgotten")
  })()
  return new Promise(() => {})
}

export const exit = async (): Promise<void> => {
  await null
  process.exit(7)
}

export const lastWords = (_: unknown, task: TaskContext): void => {
  task.progress(1, "farewell")
  process.exit(4)
}

/** Ends well, and brings the thread down only afterwards. */
export const afterwards = (): string => {
  setImmediate(() => process.exit(3))
  return "fine"
}

export const spin = (_: unknown, task: TaskContext): Promise<never> => {
  task.progress(0, "spinning")
  return new Promise((_resolve) =>
    setImmediate(() => {
      for (;;);
    })
  )
}

export const hungry = async (): Promise<never> => {
  const eaten: Array<ReadonlyArray<number>> = []
  await null
  for (;;) eaten.push(Array.from({ length: 10_000 }, (_, index) => index + Math.random()))
}

/** Wakes who waits on the cell, and exits. */
export const announcedExit = ({ cell }: { readonly cell: Int32Array<SharedArrayBuffer> }): void => {
  Atomics.store(cell, 0, 1)
  Atomics.notify(cell, 0)
  process.exit(7)
}

/** What native code does that has lost its way: no JavaScript can catch it. */
export const abort = (): void => process.abort()

/** Says more than a pipe holds, and exits in the same turn. */
export const longLastWords = (_: unknown, task: TaskContext): void => {
  task.log.info("x".repeat(4_000_000))
  process.exit(4)
}

/** Fills `mb` MiB of memory beside the heap, piece by piece, and holds it, without ever yielding. */
export const gorge = ({ mb }: { readonly mb: number }, task: TaskContext): Promise<never> => {
  task.progress(0, "begun")
  const held: Array<Buffer> = []
  return new Promise((_resolve) =>
    setImmediate(() => {
      for (let at = 0; at < mb; at += 8) held.push(Buffer.alloc(8 * 1024 ** 2, 1))
      for (;;);
    })
  )
}

/** The same for a while, letting others go on meanwhile. */
export const hold = async ({ mb }: { readonly mb: number }, task: TaskContext): Promise<never> => {
  const held = [Buffer.alloc(mb * 1024 ** 2, 1)]
  task.progress(0, "begun")
  await new Promise((resolve) => setTimeout(resolve, 2 ** 30, held))
  throw new Error("too long")
}
