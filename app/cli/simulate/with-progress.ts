import { Progress } from "../progress.ts"

/** Milliseconds between two looks at how far it is. */
const showEvery = 100

/** Shows on standard error how many of the seeds are done while the work goes on. */
export const withProgress = async <A>(
  label: string,
  total: number,
  work: (onProgress: (done: number) => void) => Promise<A>
): Promise<A> => {
  const progress = new Progress(process.stderr, () => performance.now())
  let done = 0
  const show = (): void => progress.show({ label, done, total })
  const timer = setInterval(show, showEvery)
  show()
  try {
    return await work((now) => {
      done = now
      // Where seeds are measured on this thread, no timer fires meanwhile.
      show()
    })
  } finally {
    clearInterval(timer)
    progress.clear()
  }
}
