import { Ballast } from "../../actors/index.ts"
import { type Contender, threadFile } from "./pool.ts"

interface BallastSettings {
  readonly name: string
  /** Slots of each worker; its default where absent. */
  readonly concurrent?: number
  /** A strategy's id; the default where absent. */
  readonly strategy?: string | undefined
  /** Whether tasks are submitted with the duration expected of them, where that is known. */
  readonly declares?: boolean
}

/** The whole ring: submit, ledger, placement, thread, ledger, promise. */
export const ballast = ({ name, concurrent, strategy, declares = true }: BallastSettings): Contender => ({
  name,
  note: [
    strategy ?? "the default strategy",
    concurrent === undefined ? "one task a worker (its default)" : `${concurrent} tasks a worker`,
    "a queue that holds the whole workload"
  ].join(", "),
  start: async ({ handler, threads, queue }) => {
    const capacity = concurrent === undefined ? {} : { capacity: { concurrent } }
    const runtime = await Ballast.start({
      handlers: threadFile("handlers"),
      workers: Array.from({ length: threads }, () => capacity),
      maxQueue: queue,
      strategy,
      log: { level: "silent" }
    })
    return {
      run: (payload, expected) =>
        expected === undefined || !declares
          ? runtime.run(handler, payload)
          : runtime.run(handler, payload, { expectedDuration: expected }),
      stop: () => runtime.shutdown({ timeout: 0 })
    }
  }
})
