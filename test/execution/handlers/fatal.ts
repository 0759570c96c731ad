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
