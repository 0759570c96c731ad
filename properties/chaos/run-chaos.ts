import { spawn } from "node:child_process"
import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { performance } from "node:perf_hooks"
import { fileURLToPath } from "node:url"
import { check, type Violation } from "./checker.ts"
import { type Line, readHistory, record } from "./history.ts"
import { type Place, places } from "./pause.ts"

export interface ChaosOptions {
  readonly kills: number
  readonly seed: number
  /** Told after each process. */
  readonly onRun?: (text: string) => void
}

export interface ChaosReport {
  readonly id: "chaos"
  readonly seeds: ReadonlyArray<number>
  readonly violations: ReadonlyArray<Violation>
  readonly kills: number
  /** Kills while a batch was being written or synced. */
  readonly insideFlush: number
  /** Kills while a snapshot was being put in its place. */
  readonly insideRename: number
  /** Kills before the runtime took work. */
  readonly insideStart: number
  readonly submitted: number
  readonly accepted: number
  readonly outcomes: number
  /** Tasks that a later process found unfinished, over all processes. */
  readonly recovered: number
  /** Damaged files: a kill leaves none. */
  readonly setAside: number
  /** From the start of a process until its runtime took work, recovery included, in milliseconds. */
  readonly resumeMs: { readonly median: number; readonly max: number }
  /** Of that, what the journal took. */
  readonly recoveryMs: { readonly median: number; readonly max: number }
  readonly seconds: number
}

/** The share of kills that has to be inside a flush or a rename. */
export const insideShare = 0.2

const slots = 2

/** Mulberry32: the same numbers for the same seed. */
const randomOf = (seed: number) => {
  let state = seed >>> 0
  return (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** How one process is to end. */
interface Plan {
  /** Where it is stopped and killed. Absent: after some time. */
  readonly place?: Place
  readonly passes: number
  /** Milliseconds after which it is killed wherever it is: of its life, or where it has a place, of its work. */
  readonly after: number
  readonly fromSpawn: boolean
}

const planOf = (random: () => number): Plan => {
  const dice = random()
  const place = places[Math.floor(random() * places.length)]
  const passes = Math.floor(random() ** 2 * (place?.endsWith("rename") ? 3 : 60))
  const after = random() * 700
  if (dice < 0.5 && place !== undefined) return { place, passes, after: 3_000, fromSpawn: false }
  return { passes: 0, after: dice < 0.65 ? random() * 1_500 : after, fromSpawn: dice < 0.65 }
}

interface Ended {
  /** The place it was killed at, `start` where it did not take work yet. */
  readonly at: Place | "start" | "work" | "end"
  readonly readyMs: number | undefined
  readonly code: number | null
}

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

interface Child {
  readonly directory: string
  readonly history: string
  readonly run: number
  readonly plan: Plan | undefined
}

/** One process, until it is killed by plan, or has ended by itself. */
const live = ({ directory, history, run, plan }: Child): Promise<Ended> =>
  new Promise((resolve) => {
    const born = performance.now()
    const child = spawn(process.execPath, ["--no-wasm-tier-up", "--no-wasm-dynamic-tiering", file("child.ts")], {
      stdio: ["ignore", "pipe", "inherit"],
      env: {
        ...process.env,
        NODE_OPTIONS: `--import ${new URL("./pause.ts", import.meta.url).href}`,
        CHAOS_DATA: directory,
        CHAOS_HISTORY: history,
        CHAOS_RUN: String(run),
        CHAOS_SLOTS: String(slots),
        CHAOS_FINAL: plan === undefined ? "yes" : "no",
        ...(plan?.place !== undefined && { CHAOS_PLACE: plan.place, CHAOS_PASSES: String(plan.passes) })
      }
    })
    let at: Ended["at"] = "end"
    let readyMs: number | undefined
    let timer: NodeJS.Timeout | undefined
    const kill = (where: Ended["at"]): void => {
      at = where
      clearTimeout(timer)
      child.kill("SIGKILL")
    }
    const killAfter = (ms: number): void => {
      timer = setTimeout(() => kill(readyMs === undefined ? "start" : "work"), ms)
    }
    if (plan?.fromSpawn) killAfter(plan.after)
    let text = ""
    child.stdout.on("data", (chunk) => {
      text += chunk
      const inside = places.find((place) => text.includes(`inside ${place}\n`))
      if (inside !== undefined && at === "end") return kill(inside)
      if (readyMs !== undefined || !text.includes("ready\n")) return
      readyMs = performance.now() - born
      if (plan !== undefined && !plan.fromSpawn) killAfter(plan.after)
    })
    child.on("close", (code) => {
      clearTimeout(timer)
      resolve({ at, readyMs, code })
    })
  })

const count = (history: ReadonlyArray<Line>, e: Line["e"]): number =>
  new Set(history.flatMap((line) => (line.e === e && "id" in line ? [line.id] : []))).size

const middleAndMost = (values: ReadonlyArray<number>) => {
  const sorted = values.map((value) => Math.round(value)).sort((a, b) => a - b)
  return { median: sorted[sorted.length >> 1] ?? 0, max: sorted.at(-1) ?? 0 }
}

/** Runs processes on one data directory, kills each at another place, lets the last one finish, and checks it all. */
export const runChaos = async ({ kills, seed, onRun = () => {} }: ChaosOptions): Promise<ChaosReport> => {
  const begin = performance.now()
  const home = mkdtempSync(join(tmpdir(), "ballast-chaos-"))
  const directory = join(home, "data")
  const history = join(home, "history.jsonl")
  const descriptor = openSync(history, "a")
  const random = randomOf(seed)
  const ends: Array<Ended> = []
  try {
    let killed = 0
    while (killed < kills) {
      const run = ends.length + 1
      record(descriptor, { run, e: "spawned" })
      const ended = await live({ directory, history, run, plan: planOf(random) })
      record(descriptor, { run, e: "killed" })
      ends.push(ended)
      if (ended.at === "end") throw new Error(`run ${run} ended by itself, with code ${ended.code}`)
      killed += 1
      onRun(`${run}: killed at ${ended.at}`)
    }
    const run = ends.length + 1
    record(descriptor, { run, e: "spawned" })
    const last = await live({ directory, history, run, plan: undefined })
    ends.push(last)
    onRun(`${run}: ended with code ${last.code}`)
    const lines = readHistory(history)
    const inside = (part: string): number => ends.filter(({ at }) => at.includes(part)).length
    const isReady = (line: Line) => (line.e === "ready" ? [line] : [])
    return {
      id: "chaos",
      seeds: [seed],
      violations: check(lines, { slots }),
      kills: killed,
      insideFlush: inside("write") + inside("sync"),
      insideRename: inside("rename"),
      insideStart: inside("start"),
      submitted: count(lines, "submitted"),
      accepted: count(lines, "accepted"),
      outcomes: count(lines, "settled"),
      recovered: lines.flatMap(isReady).reduce((sum, { recovered }) => sum + recovered.length, 0),
      setAside: lines.flatMap(isReady).reduce((sum, { setAside }) => sum + setAside, 0),
      resumeMs: middleAndMost(ends.flatMap(({ readyMs }) => readyMs ?? [])),
      recoveryMs: middleAndMost(lines.flatMap(isReady).map(({ ms }) => ms)),
      seconds: Math.round((performance.now() - begin) / 100) / 10
    }
  } finally {
    closeSync(descriptor)
    rmSync(home, { recursive: true, force: true })
  }
}
