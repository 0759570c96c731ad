import { BatchOptions, type DurationInput, problemsOf, type SubmitOptions, toMillis } from "../src/config/index.ts"
import { InvalidOptions, InvalidPayload, type TaskId } from "../src/model/index.ts"
import { type MapInput, mapInOrder } from "./map-in-order.ts"
import type { Runtime } from "./runtime.ts"
import type { Submitter } from "./submitter.ts"

/** What a list holds. */
export type ItemOf<List> = List extends ReadonlyArray<infer Item> ? Item : unknown

export interface MapBatchesOptions extends Omit<SubmitOptions, "id" | "transfer" | "expectedDuration"> {
  /** Batches under way at once. Default: twice the workers' slots. */
  readonly concurrency?: number
  readonly batch?: {
    /** How long a batch is to take at most. Default 100 ms. */
    readonly target?: DurationInput
    /** The share of a batch's time that may go into what it costs beside its items. Default 0.05. */
    readonly overheadShare?: number
    /** Items of a batch at most. Default 4,096. */
    readonly most?: number
  }
}

/** Runs the handler on batches of the inputs; see `Ballast.mapBatches`. */
export const mapInBatches = async (
  runtime: Runtime,
  submitter: Submitter,
  type: string,
  inputs: MapInput<unknown>,
  { concurrency, batch = {}, ...options }: MapBatchesOptions
): Promise<ReadonlyArray<unknown>> => {
  const problems = problemsOf(BatchOptions, { concurrency, batch }, "options", {
    concurrency: "a whole number, at least 1",
    target: 'such as "100 millis"',
    overheadShare: "a share above 0 and up to 1",
    most: "a whole number, at least 1"
  })
  if (problems.length > 0) throw new InvalidOptions({ problems })
  const { target, overheadShare, most } = batch
  const settings = {
    ...(target !== undefined && { targetMs: toMillis(target) }),
    ...(overheadShare !== undefined && { overheadShare }),
    ...(most !== undefined && { most })
  }
  const { model } = options
  const task = model === undefined ? { type } : { type, model }
  const total = Array.isArray(inputs) ? inputs.length : Number.POSITIVE_INFINITY
  const sizeFor = (sent: number): number => runtime.analyst.batchSize(task, total - sent, settings)
  const results = await mapInOrder(batchesOf(inputs, sizeFor), concurrency ?? defaultConcurrency(runtime), (input) => {
    const items = Array.isArray(input) ? input : [input]
    const { id, result, ...handle } = cancellable(submitter.submitBatch(type, items, options))
    return { ...handle, result: result.then((given) => checked(id, given, items.length)) }
  })
  return results.flat()
}

const defaultConcurrency = ({ ledger }: Runtime): number =>
  Math.max(1, 2 * [...ledger.workers.values()].reduce((sum, { spec }) => sum + spec.limits.slots, 0))

interface Cancellable {
  readonly id: TaskId
  readonly result: Promise<unknown>
  cancel(reason?: string): void
}

const cancellable = (handle: Cancellable) => ({
  id: handle.id,
  result: handle.result,
  cancel: (reason?: string) => handle.cancel(reason)
})

/** A result for each item, or else whose is whose nobody can say. */
const checked = (taskId: TaskId, given: unknown, items: number): ReadonlyArray<unknown> => {
  if (Array.isArray(given) && given.length === items) return given
  const message = Array.isArray(given) ? `${given.length} results for ${items} items` : "Expected a list of results"
  const hint = "a handler that is given batches gives back a list, with one result for each item, in their order"
  throw new InvalidPayload({ taskId, problems: [{ path: "result", message, hint }] })
}

/** The inputs in lists, each as long as is asked for when its turn comes. */
async function* batchesOf(inputs: MapInput<unknown>, sizeFor: (sent: number) => number) {
  let batch: Array<unknown> = []
  let sent = 0
  let size = sizeFor(sent)
  for await (const input of inputs) {
    batch.push(input)
    if (batch.length < size) continue
    sent += batch.length
    yield batch
    batch = []
    size = sizeFor(sent)
  }
  if (batch.length > 0) yield batch
}
