import { fork } from "node:child_process"
import type { Benchmark, Options, Outcome } from "../benchmark.ts"
import type { Contender } from "../pools/pool.ts"
import type { Measured } from "../report.ts"
import { median, seeded } from "../statistics.ts"
import { judge } from "../targets.ts"
import type { Ended } from "./batch.ts"
import type { ChildSettings, Run } from "./child.ts"
import { lineup } from "./lineup.ts"

const threads = 4
/** Milliseconds a task takes. The longer, the less a crash shows. */
const ms = 5
/** The share of tasks that take their thread down. */
const share = 0.01

const rows = ["lost", "hanging", "time / ideal"] as const

/** So many different numbers below `below`. */
const drawn = (seed: number, count: number, below: number): ReadonlySet<number> => {
  const random = seeded(seed)
  const numbers = new Set<number>()
  while (numbers.size < count) numbers.add(Math.floor(random() * below))
  return numbers
}

/** What a process may take for all it does, in milliseconds. */
const processTime = 120_000

const isRun = (message: unknown): message is Run =>
  typeof message === "object" && message !== null && "ideal" in message && "killed" in message

/** Of a process that died, or had to be ended, nothing is left. */
const nothingLeft = (tasks: number): Run => {
  const nothing: Ended = { lost: tasks, hanging: tasks, took: Number.NaN, resubmitted: 0, startedAgain: 0 }
  return { ideal: nothing, killed: nothing, uncaught: 1 }
}

const runApart = (settings: ChildSettings): Promise<Run> =>
  new Promise((resolve) => {
    const child = fork(new URL("./child.ts", import.meta.url), [JSON.stringify(settings)], {
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      timeout: processTime,
      killSignal: "SIGKILL",
      execArgv: []
    })
    let run = nothingLeft(settings.tasks)
    child.on("message", (message) => {
      if (isRun(message)) run = message
    })
    child.on("exit", () => resolve(run))
  })

const noteOf = ({ name, note }: Contender, runs: ReadonlyArray<Run>): string => {
  const of = (figure: (run: Run) => number): string => Math.round(median(runs.map(figure))).toLocaleString("en")
  const uncaught = Math.max(...runs.map((run) => run.uncaught))
  return [
    `${name}: ${note}; ${of(({ ideal }) => ideal.took)} ms without kills, ${of(({ killed }) => killed.took)} ms with`,
    `submitted again ${of(({ killed }) => killed.resubmitted)}, started again without need ${of(({ killed }) => killed.startedAgain)}`,
    ...(uncaught === 0 ? [] : ["errors that nobody could catch, which would have ended the process"])
  ].join("; ")
}

/**
 * Tasks that wait, all submitted at once; one in a hundred ends its thread the first time it is started. Before that
 * the same pool has the same tasks without kills: the ideal. Each contender has a process of its own in each run, as
 * some take theirs down; the same tasks kill; contenders in turn. Who is silent for long is given up on: what has not
 * settled by then hangs.
 */
const measureCrash = async ({ rounds = 5, quick, strategy, only, onProgress }: Options): Promise<Outcome> => {
  const counted = quick ? Math.min(rounds, 1) : rounds
  const tasks = quick ? 200 : 2_000
  const patience = quick ? 1_000 : 3_000
  const entrants = lineup(strategy).filter(({ name }) => only?.includes(name) ?? true)
  const runs = new Map<string, Array<Run>>(entrants.map(({ name }) => [name, []]))
  for (let round = 1; round <= counted; round += 1) {
    const killers = [...drawn(round, Math.round(tasks * share), tasks)]
    for (let turn = 0; turn < entrants.length; turn += 1) {
      const name = entrants[(round + turn) % entrants.length]?.name ?? ""
      runs.get(name)?.push(await runApart({ name, strategy, threads, tasks, ms, killers, patience }))
    }
    onProgress(`run ${round} of ${counted}`)
  }
  const figuresOf = (figures: (run: Run) => ReadonlyArray<number>): ReadonlyMap<string, ReadonlyArray<number>> =>
    new Map([...runs].map(([name, all]) => [name, all.flatMap(figures)]))
  const [lost, hanging, time] = rows
  const measured: ReadonlyArray<Measured> = [
    { row: lost, unit: "tasks", more: false, rounds: figuresOf(({ killed }) => [killed.lost]) },
    { row: hanging, unit: "tasks", more: false, rounds: figuresOf(({ killed }) => [killed.hanging]) },
    // Who has lost tasks has no time for them.
    {
      row: time,
      unit: "",
      more: false,
      rounds: figuresOf(({ ideal, killed }) => (killed.lost === 0 ? [killed.took / ideal.took] : []))
    }
  ]
  const { atMost } = judge(measured)
  return {
    measured,
    targets: [
      atMost("nothing lost", lost, 0),
      atMost("nothing hanging", hanging, 0),
      atMost("≤ 1.3 × the ideal time", time, 1.3)
    ],
    notes: [
      `${counted} runs of ${tasks.toLocaleString("en")} tasks of ${ms} ms on ${threads} threads; ${Math.round(tasks * share)} kill their thread, once; given up on after ${patience / 1_000} s of silence`,
      "lost: without a result in the end, hanging ones among them; a task that is rejected is submitted again, three times at most",
      ...entrants.map((entrant) => noteOf(entrant, runs.get(entrant.name) ?? []))
    ]
  }
}

export const crash: Benchmark = {
  id: "C16",
  name: "crash",
  usage: "[--rounds n] [--only contender,contender] [--strategy id] [--quick]",
  run: measureCrash
}
