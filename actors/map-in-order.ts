/** What can be mapped over: a list, or what comes in time. */
export type MapInput<A> = Iterable<A> | AsyncIterable<A>

interface Cancellable {
  readonly result: Promise<unknown>
  cancel(reason?: string): void
}

/**
 * Runs `start` for each input, at most so many at once, and gives the results in the order of the inputs. The first
 * failure, of a run or of the inputs, cancels the runs under way and rejects at once, also while an input is awaited.
 */
export const mapInOrder = (
  inputs: MapInput<unknown>,
  concurrency: number,
  start: (input: unknown) => Cancellable
): Promise<ReadonlyArray<unknown>> => {
  const results: Array<unknown> = []
  const underWay = new Set<Cancellable>()
  const done = Promise.withResolvers<ReadonlyArray<unknown>>()
  let wake: () => void = () => {}
  let failed = false

  const fail = (cause: unknown): void => {
    if (failed) return
    failed = true
    for (const task of underWay) task.cancel("another input of the same map failed")
    done.reject(cause)
    wake()
  }
  const run = (input: unknown, index: number): void => {
    const task = start(input)
    underWay.add(task)
    task.result.then(
      (result) => {
        results[index] = result
        underWay.delete(task)
        wake()
      },
      (cause: unknown) => {
        underWay.delete(task)
        fail(cause)
      }
    )
  }
  const isBelow = async (limit: number): Promise<void> => {
    while (underWay.size >= limit && !failed) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  const takeAll = async (): Promise<void> => {
    let count = 0
    for await (const input of inputs) {
      if (failed) return
      run(input, count)
      count += 1
      await isBelow(concurrency)
      if (failed) return
    }
    await isBelow(1)
    done.resolve(results)
  }
  takeAll().catch(fail)
  return done.promise
}
