/** One process of a chaos run: takes over what the one before it left, and works until it is killed or has finished. */
import { openSync } from "node:fs"
import { Ballast, type TaskHandle } from "../../actors/index.ts"
import type * as handlers from "./handlers.ts"
import type { Work } from "./handlers.ts"
import { type Line, readHistory, record } from "./history.ts"

const { CHAOS_HISTORY: historyPath = "", CHAOS_DATA: dataDir = "", CHAOS_RUN, CHAOS_FINAL, CHAOS_SLOTS } = process.env
const run = Number(CHAOS_RUN)
const isFinal = CHAOS_FINAL === "yes"
const concurrent = Number(CHAOS_SLOTS)
const descriptor = openSync(historyPath, "a")

type Said = Line extends infer A ? (A extends Line ? Omit<A, "run"> : never) : never
const say = (said: Said): void => record(descriptor, Object.assign({ run }, said))

/** Tasks under way at once. */
const window = 24
/** Tasks that a process submits: so few that what it asks about late has not been forgotten. */
const perRun = 150
/** How long the last run may take, in milliseconds. */
const patience = 60_000
/** Outcomes that are asked for again in the end. */
const askedAgain = 100

// What the caller knows from its own notes.
const serials = new Map<string, number>()
const outcomes = new Map<string, string>()
for (const line of readHistory(historyPath)) {
  if (line.e === "submitted") serials.set(line.id, line.serial)
  if (line.e === "settled") {
    outcomes.delete(line.id)
    outcomes.set(line.id, line.outcome)
  }
}

const ballast = await Ballast.start<typeof handlers>({
  handlers: new URL("./handlers.ts", import.meta.url),
  workers: [{ capacity: { concurrent } }, { capacity: { concurrent } }],
  dataDir,
  journal: { segmentBytes: 16_384 },
  // The caller asks at the latest two processes later.
  retain: 4 * perRun,
  metrics: { path: ":memory:" },
  log: { level: "silent" }
})

ballast.on((event) => {
  if (event._tag !== "TaskCheckpointed") return
  const { state } = event
  if (typeof state === "object" && state !== null && "step" in state) {
    say({ e: "kept", id: event.taskId, step: Number(state.step) })
  }
})

const open = new Map<string, Promise<void>>()

/** Notes what becomes of a task. */
const follow = ({ id, accepted, result }: TaskHandle<unknown>): void => {
  if (open.has(id)) return
  const settled = (outcome: string): void => {
    say({ e: "settled", id, outcome })
    outcomes.set(id, outcome)
    open.delete(id)
  }
  const done = accepted
    .then(() => say({ e: "accepted", id }))
    .then(() => result)
    .then(
      (value) => settled(`completed: ${value}`),
      (error) => settled(`${error._tag}: ${error.cause?.message ?? error.message}`)
    )
  open.set(id, done)
}

/** The same work for the same id, but for its serial. */
const workOf = (id: string, serial: number): Work => {
  const n = Number(id.split("-")[1])
  return {
    serial,
    steps: n % 4,
    ms: n % 5,
    succeeds: n % 11 === 0 ? 9 : n % 7 === 0 ? 3 : 1,
    crashes: n % 61 === 60,
    ...(n % 3 === 0 && { key: `key ${n % 2}` }),
    ...(n % 4 === 0 && { ballast: "b".repeat(6_000) })
  }
}

const submit = (id: string): void => {
  const serial = (serials.get(id) ?? 0) + 1
  serials.set(id, serial)
  say({ e: "submitted", id, serial })
  const work = workOf(id, serial)
  follow(
    ballast.submit("work", work, {
      id,
      retries: { times: 3, backoff: { base: 5, max: 20, jitter: 0.5 } },
      maxCrashes: 20,
      ...(work.key !== undefined && { concurrencyKey: work.key })
    })
  )
}

const { tasks, setAside, ms } = ballast.recovered
say({ e: "ready", recovered: tasks.map(({ id }) => id), setAside: setAside.length, ms })
process.stdout.write("ready\n")
for (const handle of tasks) follow(handle)
// A caller who does not know what became of a task asks again: of some at once, of others one process later.
const unknown = [...serials.keys()].filter((id) => !outcomes.has(id))
unknown.forEach((id, index) => {
  if (isFinal || index % 2 === 0 || Number(id.split("-")[0]) < run - 1) submit(id)
})

if (isFinal) {
  const known = [...outcomes.keys()].slice(-askedAgain)
  const all = async (): Promise<void> => {
    await Promise.all(open.values())
    for (const id of known) submit(id)
    await Promise.all(open.values())
  }
  const timeUp = new Promise<void>((resolve) => setTimeout(resolve, patience).unref())
  await Promise.race([all(), timeUp])
  if (open.size > 0) say({ e: "hanging", ids: [...open.keys()] })
  await ballast.shutdown()
  say({ e: "finished" })
} else {
  for (let n = 0; n < perRun; n += 1) {
    submit(`${run}-${n}`)
    while (open.size >= window) await Promise.race(open.values())
  }
}
