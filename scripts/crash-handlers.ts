/** What the tasks of `scripts/crashes.ts` do: each ends its thread in its own way, but for those that must survive it. */

type Stamp = Float64Array<SharedArrayBuffer>

interface Given {
  /** Where a task says at what instant it brings its thread down. */
  readonly stamp: Stamp
}

const mark = ({ stamp }: Given): void => {
  stamp[0] = performance.timeOrigin + performance.now()
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

export const exits = (given: Given): never => {
  mark(given)
  process.exit(7)
}

export const exitsLater = async (given: Given): Promise<never> => {
  await turn()
  mark(given)
  process.exit(7)
}

export const throwsLater = (given: Given): Promise<never> => {
  setTimeout(() => {
    mark(given)
    throw new Error("too late")
  }, 1)
  return new Promise(() => {})
}

export const rejectsUnheard = (given: Given): Promise<never> => {
  mark(given)
  void Promise.reject(new Error("forgotten"))
  return new Promise(() => {})
}

/** Never yields: its thread is ended at its timeout. */
export const loops = (given: Given): never => {
  mark(given)
  for (;;);
}

/** As `loops`, out of a callback of its own. */
export const loopsLater = (given: Given): Promise<never> =>
  new Promise(() => {
    setImmediate(() => {
      mark(given)
      for (;;);
    })
  })

export const eatsItsHeap = (given: Given): never => {
  mark(given)
  const eaten: Array<ReadonlyArray<number>> = []
  for (;;) eaten.push(Array.from({ length: 10_000 }, (_, index) => index + Math.random()))
}

/** Must complete, however often its thread goes down under it. */
export const survives = async ({ value }: { readonly value: number }): Promise<number> => {
  for (let at = 0; at < 3; at++) await turn()
  return value
}
