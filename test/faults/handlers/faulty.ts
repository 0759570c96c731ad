/**
 * Handlers that go wrong, each in its own way. Shared memory handed over as environment data lets a test have a thread
 * end as it loads, or at any moment it likes: see `Switchboard`.
 */
import { spawnSync } from "node:child_process"
import { getEnvironmentData, workerData } from "node:worker_threads"
import type { TaskContext } from "../../../src/execution/worker/index.ts"
import { atLoad, killCell, loadCell, switchboardKey } from "../switchboard.ts"

type Cells = Int32Array<SharedArrayBuffer>
type Stamp = Float64Array<SharedArrayBuffer>

const isCells = (value: unknown): value is Cells => value instanceof Int32Array
const switchboard: unknown = getEnvironmentData(switchboardKey)

// A worker that is a process has none.
if (isCells(switchboard)) {
  const cells = switchboard
  const workerId: string = workerData.workerId
  const kill = killCell(workerId)
  const before = Atomics.load(cells, kill)
  const fate = Atomics.load(cells, loadCell(workerId))
  if (fate > 0) Atomics.sub(cells, loadCell(workerId), atLoad.times)
  switch (fate % atLoad.times) {
    case atLoad.exit:
      process.exit(3)
      break
    case atLoad.throw:
      throw new Error("does not load")
    case atLoad.exitSoon:
      setImmediate(() => process.exit(4))
      break
    case atLoad.exitAtOnce:
      queueMicrotask(() => process.exit(5))
  }
  void (async () => {
    while (Atomics.load(cells, kill) === before) await Atomics.waitAsync(cells, kill, before).value
    process.exit(9)
  })()
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const mark = (stamp: Stamp | undefined): void => {
  if (stamp !== undefined) stamp[0] = performance.timeOrigin + performance.now()
}

/** What a fault tells of the instant it happens. */
interface Given {
  readonly stamp?: Stamp
}

export const add = ({ a, b }: { readonly a: number; readonly b: number }): number => a + b

export const where = (_: undefined, task: TaskContext): string => task.workerId

export const size = ({ data }: { readonly data: string }): number => data.length

/** Tells that it runs, and ends once cell 0 is not 0. */
export const hold = async ({ cells }: { readonly cells: Cells }, task: TaskContext): Promise<string> => {
  task.progress(0, "holds")
  while (Atomics.load(cells, 0) === 0) await Atomics.waitAsync(cells, 0, 0).value
  return task.workerId
}

/** Counts to `to`, each step saved; tells each step. */
export const count = async (
  { to }: { readonly to: number },
  task: TaskContext<{ readonly at: number }>
): Promise<{ readonly at: number; readonly attempt: number }> => {
  let at = task.state?.at ?? 0
  while (at < to) {
    at += 1
    await task.checkpoint({ at })
    task.progress(at / to)
    await turn()
  }
  return { at, attempt: task.attempt }
}

/** On the worker named it takes as long as ten runs elsewhere, whatever the machine is doing; cell 0 counts those. */
export const paced = async (
  { slow, cells }: { readonly slow: string; readonly cells: Cells },
  task: TaskContext
): Promise<string> => {
  if (task.workerId !== slow) {
    await turn()
    Atomics.add(cells, 0, 1)
    Atomics.notify(cells, 0)
    return task.workerId
  }
  const until = Atomics.load(cells, 0) + 10
  // Where nothing runs elsewhere, it must not wait for ever.
  const end = performance.now() + 300
  while (Atomics.load(cells, 0) < until && performance.now() < end)
    await new Promise((resolve) => setTimeout(resolve, 1))
  return task.workerId
}

/** Takes so long, and ten times as long on the worker `slow` once cell 0 is not 0. Gives back where it ran. */
export const lingers = async (
  { ms, cells }: { readonly ms: number; readonly cells: Cells },
  task: TaskContext
): Promise<string> => {
  const times = task.workerId === "slow" && Atomics.load(cells, 0) !== 0 ? 10 : 1
  await new Promise((resolve) => setTimeout(resolve, ms * times))
  return task.workerId
}

// What ends its thread

export const exits = ({ stamp }: Given): never => {
  mark(stamp)
  process.exit(7)
}

export const throwsLater = ({ stamp }: Given): Promise<never> => {
  setTimeout(() => {
    mark(stamp)
    throw new Error("too late")
  })
  return new Promise(() => {})
}

export const rejectsUnheard = ({ stamp }: Given): Promise<never> => {
  mark(stamp)
  void Promise.reject(new Error("forgotten"))
  return new Promise(() => {})
}

export const eatsItsHeap = ({ stamp }: Given): never => {
  mark(stamp)
  const eaten: Array<ReadonlyArray<number>> = []
  for (;;) eaten.push(Array.from({ length: 10_000 }, (_, index) => index + Math.random()))
}

/** Fills its heap within one call of V8's own code, which looks at no limit until it is done. */
export const parsesTooMuch = (_: Given): unknown => {
  const text = `[${"[1,2,3],".repeat(1_000_000)}1]`
  const eaten: Array<unknown> = []
  for (;;) eaten.push(JSON.parse(text))
}

/** Saves a state, and takes its thread down in the same turn. */
export const exitsAtCheckpoint = async (_: undefined, task: TaskContext<{ readonly at: number }>): Promise<unknown> => {
  if (task.state !== undefined) return { state: task.state, attempt: task.attempt }
  const saved = task.checkpoint({ at: 1 })
  setImmediate(() => process.exit(6))
  await saved
  return new Promise(() => {})
}

// What does not end

export const loops = (): never => {
  for (;;);
}

export const loopsInCallback = (): Promise<never> =>
  new Promise(() => {
    setImmediate(() => {
      for (;;);
    })
  })

export const loopsInMicrotask = async (): Promise<never> => {
  await null
  for (;;);
}

/** Loops on in what runs whatever happens. */
export const loopsInFinally = (): never => {
  for (;;) {
    try {
      for (;;);
    } finally {
    }
  }
}

export const waitsInPlace = (): string => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)

/** Blocks in native code, where nothing can end it, for so many seconds. */
export const blocksNatively = ({ seconds }: { readonly seconds: number }): number | null =>
  spawnSync(process.execPath, ["-e", `setTimeout(() => {}, ${seconds * 1_000})`]).status

/** Never settles, and heeds nothing. */
export const hangs = (): Promise<never> => new Promise(() => {})

/** Notes in cell 0 that its signal was heard, and hangs on. */
export const hearsAndHangs = ({ cells }: { readonly cells: Cells }, { signal }: TaskContext): Promise<never> => {
  signal.addEventListener("abort", () => Atomics.add(cells, 0, 1))
  return new Promise(() => {})
}

export const heeds = (_: undefined, { signal, progress }: TaskContext): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason))
    progress(0)
  })

// What cannot cross

export const badResult = (): unknown => ({ rows: [{ save: () => {} }] })

export const badCheckpoint = async (_: undefined, task: TaskContext): Promise<void> => {
  await task.checkpoint({ cursor: { next: () => {} } })
}
