/**
 * Checks every property on many generated cases, several at a time.
 *
 *   npm run properties -- [--runs 10000] [--seed n] [--only D1,D6] [--json]
 *
 * Prints, per property, how many runs there were, how long, and how often they came across the hard cases. Exits with
 * 1 where a property failed (the shrunk case is kept in `properties/seeds/`), or where hard cases were too rare.
 */
import { once } from "node:events"
import { availableParallelism } from "node:os"
import { parseArgs } from "node:util"
import { isMainThread, parentPort, Worker } from "node:worker_threads"
import { properties } from "../properties/index.ts"
import { type PropertyReport, shortfalls } from "../properties/property.ts"
import { keepFailure } from "../properties/seeds.ts"

interface Job {
  readonly name: string
  readonly runs: number
  readonly seed: number
}

interface Done {
  readonly report: PropertyReport
  readonly seconds: number
}

/** In a worker thread: runs one property after the other, as asked. */
const serve = (port: NonNullable<typeof parentPort>): void => {
  port.on("message", async ({ name, runs, seed }: Job) => {
    const property = properties.find((known) => known.name === name)
    if (property === undefined) throw new Error(`there is no property ${name}`)
    const start = performance.now()
    const report = await property.run(runs, seed)
    const done: Done = { report, seconds: (performance.now() - start) / 1000 }
    port.postMessage(done)
  })
}

/** Gives each job to the next thread that is free. */
const runAll = async (jobs: ReadonlyArray<Job>, onDone: (done: Done) => void): Promise<void> => {
  const left = [...jobs]
  const work = async (): Promise<void> => {
    const thread = new Worker(new URL(import.meta.url))
    for (let job = left.shift(); job !== undefined; job = left.shift()) {
      thread.postMessage(job)
      const messages: ReadonlyArray<Done> = await once(thread, "message")
      for (const done of messages) onDone(done)
    }
    await thread.terminate()
  }
  await Promise.all(Array.from({ length: Math.min(jobs.length, availableParallelism()) }, work))
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`

const line = ({ report, seconds }: Done): string => {
  const { property, runs, medianCommands, reached } = report
  const cases = reached.map(({ what, share }) => `${what} ${percent(share)}`).join(", ")
  return `${property.padEnd(8)} ${runs} runs, median ${medianCommands} commands, ${seconds.toFixed(1)} s; ${cases}`
}

const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: {
      runs: { type: "string", default: "10000" },
      seed: { type: "string", default: String(Date.now() % 2 ** 31) },
      only: { type: "string" },
      json: { type: "boolean", default: false }
    }
  })
  const runs = Number(values.runs)
  const seed = Number(values.seed)
  const wanted = values.only?.split(",")
  const chosen = properties.filter(({ name }) => wanted === undefined || wanted.includes(name))
  if (!Number.isInteger(runs) || runs < 1 || !Number.isInteger(seed) || chosen.length === 0) {
    console.error(
      `--runs and --seed are whole numbers; --only names some of ${properties.map(({ name }) => name).join()}`
    )
    process.exitCode = 2
    return
  }
  if (!values.json) console.log(`seed ${seed}: --runs ${runs} --seed ${seed} runs the same cases again`)
  const start = performance.now()
  const all: Array<Done> = []
  await runAll(
    chosen.map((property) => ({ name: property.name, runs, seed: seed + properties.indexOf(property) })),
    (done) => {
      all.push(done)
      if (!values.json) console.log(line(done))
    }
  )
  const complaints = all.flatMap(({ report }) => {
    const { property, failure } = report
    const rare = shortfalls(report).map((what) => `${property}: ${what}`)
    if (failure === undefined) return rare
    return [`${property} failed, path ${failure.path}, kept in ${keepFailure(failure)}\n${failure.message}`]
  })
  if (values.json) console.log(JSON.stringify({ seed, reports: all, complaints }, null, 2))
  else console.log(`${chosen.length} properties in ${((performance.now() - start) / 1000).toFixed(1)} s`)
  for (const complaint of complaints) console.error(complaint)
  if (complaints.length > 0) process.exitCode = 1
}

if (isMainThread) await main()
else if (parentPort !== null) serve(parentPort)
