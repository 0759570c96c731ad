import { ActorTest, type ActorTestOptions } from "./actor-test.ts"
import { textOfCause } from "./system-record.ts"

export interface EachSeedOptions extends Omit<ActorTestOptions, "seed"> {
  /** How many seeds. Default 100. */
  readonly seeds?: number
  /** The first seed. Default 0. */
  readonly from?: number
  /** Ready actors take their turns in an order that follows from the seed. Default `true`. */
  readonly permute?: boolean
}

/**
 * Runs a scenario over many seeds, each in a system of its own and with its own order of turns, and shuts each down.
 * Throws at the first seed at which it fails, and says how to run that one again.
 *
 * ```ts
 * eachSeed({ seeds: 500 }, (test) => {
 *   const account = test.spawn(Account)
 *   for (const amount of [1, 2, 3]) account.tell("Deposit", { amount })
 *   expect(test.run(account.ask("Balance", {}))).toBe(6)
 * })
 * ```
 *
 * The scenario runs synchronously: what it would wait for must be under virtual time.
 */
export const eachSeed = (
  { seeds = 100, from = 0, permute = true, ...options }: EachSeedOptions,
  scenario: (test: ActorTest) => void
): void => {
  for (let seed = from; seed < from + seeds; seed += 1) {
    const test = new ActorTest({ ...options, seed, permute })
    try {
      const outcome: unknown = scenario(test)
      if (outcome instanceof Promise) throw new TypeError("the scenario is async; under virtual time nothing waits")
      test.shutdown()
    } catch (cause) {
      throw new Error(
        `seed ${seed} of ${from} to ${from + seeds - 1} failed; again with eachSeed({ from: ${seed}, seeds: 1 }, …)\n${textOfCause(cause)}`,
        { cause }
      )
    }
  }
}
