import type { TaskContext } from "../../../src/execution/worker/index.ts"

type Cells = Int32Array<SharedArrayBuffer>

export interface Walked {
  readonly at: number
  /** The numbers of the steps, summed up: a step left out or done twice shows. */
  readonly sum: number
  /** Where each stretch was walked. */
  readonly route: ReadonlyArray<string>
  readonly epochs: ReadonlyArray<number>
}

/** What a state may be made of besides plain data. */
interface State extends Walked {
  readonly seen: ReadonlyMap<string, Date>
  readonly bytes: Uint8Array
}

const begun: State = {
  at: 0,
  sum: 0,
  route: [],
  epochs: [],
  seen: new Map(),
  bytes: new Uint8Array()
}

/** Walks step by step, each saved, until it has come to `to`; with an array it adds up what that holds instead. */
export const walk = async (
  { to, data }: { readonly to: number; readonly data?: Float64Array },
  task: TaskContext<State>
): Promise<Walked & { readonly kinds: ReadonlyArray<string>; readonly attempt: number }> => {
  let state = task.state ?? begun
  if (state.route.at(-1) !== task.workerId || state.epochs.at(-1) !== task.epoch) {
    state = { ...state, route: [...state.route, task.workerId], epochs: [...state.epochs, task.epoch] }
  }
  while (state.at < to) {
    const at = state.at + 1
    state = {
      ...state,
      at,
      sum: state.sum + (data === undefined ? at : (data[at - 1] ?? Number.NaN)),
      seen: new Map([["last", new Date(at)]]),
      bytes: new Uint8Array([at % 256])
    }
    task.progress(at / to)
    await task.checkpoint(state)
    await new Promise((resolve) => setImmediate(resolve))
  }
  const { at, sum, route, epochs, seen, bytes } = state
  const kinds = [seen.get("last") instanceof Date ? "date" : "other", bytes instanceof Uint8Array ? "bytes" : "other"]
  return { at, sum, route, epochs, kinds, attempt: task.attempt }
}

/** Says that it runs, saves nothing, and ends once cell 0 is not 0. */
export const stay = async ({ cells }: { readonly cells: Cells }, task: TaskContext): Promise<string> => {
  task.progress(0)
  while (Atomics.load(cells, 0) === 0) await Atomics.waitAsync(cells, 0, 0).value
  return task.workerId
}

export const pid = (): number => process.pid
