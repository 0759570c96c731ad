/** One contender's run in a process of its own: `child.ts <settings as JSON>`; sends a `Run`, or dies. */
import { type Ended, runBatch } from "./batch.ts"
import { lineup } from "./lineup.ts"

export interface ChildSettings {
  readonly name: string
  readonly strategy?: string | undefined
  readonly threads: number
  readonly tasks: number
  readonly ms: number
  readonly killers: ReadonlyArray<number>
  readonly patience: number
}

export interface Run {
  /** The same tasks without kills, just before. */
  readonly ideal: Ended
  readonly killed: Ended
  /** Errors that nobody could catch: each would have ended a process that does not see to that. */
  readonly uncaught: number
}

const runOf = async ({ name, strategy, threads, tasks, ms, killers, patience }: ChildSettings): Promise<Run> => {
  const contender = lineup(strategy).find((one) => one.name === name)
  if (contender === undefined) throw new Error(`there is no contender "${name}"`)
  let uncaught = 0
  process.on("uncaughtException", () => {
    uncaught += 1
  })
  const nobody: ReadonlySet<number> = new Set()
  const pool = await contender.start({ handler: "crash", threads, queue: 2 * tasks })
  // Who starts its threads late is not to pay for it in the ideal.
  await runBatch(pool, { tasks: 8 * threads, ms, killers: nobody }, patience)
  const ideal = await runBatch(pool, { tasks, ms, killers: nobody }, patience)
  const killed = await runBatch(pool, { tasks, ms, killers: new Set(killers) }, patience)
  return { ideal, killed, uncaught }
}

// Not stopped: who has lost its threads may wait for them forever.
const settings: ChildSettings = JSON.parse(process.argv[2] ?? "")
process.send?.(await runOf(settings), () => process.exit())
