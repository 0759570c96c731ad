import type { TaskContext } from "../../../src/execution/worker/index.ts"

type Cells = Int32Array<SharedArrayBuffer>

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

export const add = ({ a, b }: { readonly a: number; readonly b: number }): number => a + b

export const echo = (payload: unknown): unknown => payload

export const where = (_: undefined, { id, workerId, attempt, epoch }: TaskContext) => ({ id, workerId, attempt, epoch })

export const given = (_: undefined, { devices }: TaskContext) => devices

export const boom = ({ code }: { readonly code: string }): never => {
  throw Object.assign(new RangeError("no route"), { code, port: 80 })
}

/** Fails until the attempt that is to succeed. */
export const flaky = ({ succeeds }: { readonly succeeds: number }, { attempt }: TaskContext): number => {
  if (attempt < succeeds) throw new Error(`attempt ${attempt}`)
  return attempt
}

/** Counts its start in cell 1, and ends once cell 0 is not 0. */
export const hold = async ({ cells }: { readonly cells: Cells }, { progress, workerId }: TaskContext) => {
  progress(0, "holds")
  Atomics.add(cells, 1, 1)
  while (Atomics.load(cells, 0) === 0) await Atomics.waitAsync(cells, 0, 0).value
  return workerId
}

/** Notes how many ran at once: cell 0 now, cell 1 at most. */
export const overlap = async ({ cells }: { readonly cells: Cells }): Promise<void> => {
  const now = Atomics.add(cells, 0, 1) + 1
  for (let most = Atomics.load(cells, 1); most < now; most = Atomics.load(cells, 1)) {
    Atomics.compareExchange(cells, 1, most, now)
  }
  await turns(20)
  Atomics.sub(cells, 0, 1)
}

/** Adds `name` to a list in shared memory: cell 0 is its length. */
export const sign = ({ cells, name }: { readonly cells: Cells; readonly name: number }): void => {
  cells[Atomics.add(cells, 0, 1) + 1] = name
}

/** Counts to `to`, each step saved; on its first attempt it takes its thread down at `exitAt`. */
export const count = async (
  { to, exitAt = -1 }: { readonly to: number; readonly exitAt?: number },
  task: TaskContext<{ readonly at: number }>
) => {
  const from = task.state?.at ?? 0
  for (let at = from + 1; at <= to; at++) {
    await task.checkpoint({ at })
    await turns(3)
    task.progress(at / to, `step ${at}`)
    if (at === exitAt && task.attempt === 1) {
      await turns(3)
      process.exit(9)
    }
  }
  return { from, attempt: task.attempt }
}

/** Computes for `chunks × ms` and sums the chunks' numbers. */
export const compute = async (
  { chunks, ms }: { readonly chunks: number; readonly ms: number },
  task: TaskContext<{ readonly chunk: number; readonly sum: number; readonly route: ReadonlyArray<string> }>
) => {
  let { chunk, sum, route } = task.state ?? { chunk: 0, sum: 0, route: [] }
  if (route.at(-1) !== task.workerId) route = [...route, task.workerId]
  while (chunk < chunks) {
    const until = performance.now() + ms
    while (performance.now() < until);
    chunk += 1
    sum += chunk
    await task.checkpoint({ chunk, sum, route })
  }
  return { sum, route }
}

export const talk = (_: undefined, { log }: TaskContext): void => log.warn("beware", { depth: 3 })

export const untilAborted = (_: undefined, { signal, progress }: TaskContext): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason))
    progress(0)
  })

export const size = ({ buffer }: { readonly buffer: ArrayBuffer }): number => buffer.byteLength

export const badResult = (): unknown => ({ parts: [{ save: () => {} }] })

// What ends its thread

export const exit = (): never => process.exit(7)

export const lateThrow = (): Promise<never> => {
  setTimeout(() => {
    throw new Error("too late")
  })
  return new Promise(() => {})
}

export const forgottenRejection = (): Promise<never> => {
  void Promise.reject(new Error("forgotten"))
  return new Promise(() => {})
}

export const spin = (): never => {
  for (;;);
}

export const hang = (): Promise<never> => new Promise(() => {})

export const hungry = async (): Promise<never> => {
  const eaten: Array<ReadonlyArray<number>> = []
  for (;;) eaten.push(Array.from({ length: 10_000 }, (_, index) => index + Math.random()))
}

/** What native code does that has lost its way. Only a process can. */
export const abort = (): never => process.abort()

/** Fills `mb` MiB of memory beside the heap, and keeps it. */
export const gorge = ({ mb }: { readonly mb: number }): never => {
  const held: Array<Buffer> = []
  for (let at = 0; at < mb; at += 8) held.push(Buffer.alloc(8 * 1024 ** 2, 1))
  for (;;);
}

export const home = (): number => process.pid
