/**
 * One contender on one row, in a process of its own, so that no contender pays for another's garbage or types.
 *
 *   node --expose-gc child.ts <contender> <row> <milliseconds> <folder of peers>
 *
 * Prints `ready` after warming up, or `without` and why it stands out; then one figure for each line it reads.
 */
import { createInterface } from "node:readline"
import { contenders, workloadOf } from "./lineup.ts"
import { isRow } from "./rows.ts"

/** Processor time, not time: others warm up beside this one. Milliseconds. */
const warmUp = 700
const warmUpMs = 100
const patience = 3_000

const [name, row = "", milliseconds, peers = "."] = process.argv.slice(2)
const ms = Number(milliseconds)
const contender = contenders.find((one) => one.name === name)
if (contender === undefined || !isRow(row) || !(ms > 0))
  throw new Error(`no such contender, row or time: ${name}, ${row}, ${ms}`)

const workload = workloadOf(contender, row)
const start = () => contender.start(peers)

const standsOut = async (): Promise<string | undefined> => {
  try {
    const world = await start()
    const suits = workload.suits(world)
    await world.close()
    return suits ? undefined : "it has nothing of the kind"
  } catch (cause) {
    return cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause)
  }
}

const why = await standsOut()
if (why === undefined) {
  // In several worlds, as the measurements are: what is compiled late is the way in and out.
  // Where timers are waited for there is little to warm up, and no processor time to count.
  const { user } = process.cpuUsage()
  const begun = performance.now()
  do await workload.warmUp(start, warmUpMs)
  while (process.cpuUsage().user - user < warmUp * 1_000 && performance.now() - begun < patience)
  console.log("ready")
  for await (const _ of createInterface({ input: process.stdin })) console.log(await workload.measure(start, ms))
} else {
  console.log(`without ${why}`)
}
process.exit()
