/** What can be mapped over: a list, or what comes in time. */
export type MapInput<A> = Iterable<A> | AsyncIterable<A>

interface Cancellable {
  readonly result: Promise<unknown>
  cancel(reason?: string): void
}

/** Runs `start` for each input, at most so many at once, and gives the results in the order of the inputs. */
export const mapInOrder = async (
  inputs: MapInput<unknown>,
  concurrency: number,
  start: (input: unknown) => Cancellable
): Promise<ReadonlyArray<unknown>> => {
  const results: Array<unknown> = []
  const underWay = new Set<Cancellable>()
  const settling = new Set<Promise<void>>()
  const failure = Promise.withResolvers<never>()
  // Raced below; where nothing fails, nobody listens.
  failure.promise.catch(() => undefined)
  let count = 0
  try {
    for await (const input of inputs) {
      const index = count
      count += 1
      const task = start(input)
      underWay.add(task)
      const settled = task.result.then(
        (result) => {
          results[index] = result
          underWay.delete(task)
          settling.delete(settled)
        },
        (cause: unknown) => {
          underWay.delete(task)
          failure.reject(cause)
        }
      )
      settling.add(settled)
      if (settling.size >= concurrency) await Promise.race([failure.promise, ...settling])
    }
    await Promise.race([failure.promise, Promise.all(settling)])
    return results
  } finally {
    for (const task of underWay) task.cancel("another input of the same map failed")
  }
}
