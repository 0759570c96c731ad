import { noTraceFolder, readSwf, type SwfLog, swfLogs, traceFolder } from "../traces/index.ts"
import {
  askedAnew,
  askedAnewBackfilling,
  batchSetting,
  boundedSlowdown,
  easy,
  longestWait,
  machineWorld,
  strictSetting,
  turnKeepers,
  turnKeepersBackfilling,
  worstWaits
} from "./batch-log.ts"
import type { Contender, Part, Row, Scenario } from "./scenario.ts"

/** Where those who published results for the Lublin models began their ten sequences, counted from 0. */
const starts = [1981, 2756, 4299, 8850, 3316, 2714, 5228, 7762, 4022, 7085]
const sequence = 1_024

interface Known {
  readonly log: string
  readonly row: string
  readonly isWhole?: boolean
  readonly ballast: NonNullable<Extract<Contender, { readonly runtime: unknown }>["runtime"]["options"]>
  readonly others: Part["contenders"]
  /** The best heuristic of those that were published, as a model. */
  readonly best: Contender
  readonly published?: Readonly<Record<string, number>>
}

const known: ReadonlyArray<Known> = [
  {
    log: "lublin_256",
    row: "lublin-1",
    ballast: strictSetting,
    others: { ...turnKeepers, ...askedAnew },
    best: turnKeepers.f1,
    published: { "best published": 258.37, "learned, published": 254.67 }
  },
  {
    log: "lublin_256",
    row: "lublin-1 backfill",
    ballast: batchSetting,
    others: { ...turnKeepersBackfilling, ...askedAnewBackfilling, ...easy },
    best: turnKeepersBackfilling["sjf, backfilling"],
    published: { "best published": 73.31, "learned, published": 58.64 }
  },
  {
    log: "lublin_256_new2",
    row: "lublin-2",
    ballast: strictSetting,
    others: { ...turnKeepers, ...askedAnew },
    best: turnKeepers.f1
  },
  {
    log: "lublin_256_new2",
    row: "lublin-2 backfill",
    ballast: batchSetting,
    others: { ...turnKeepersBackfilling, ...askedAnewBackfilling, ...easy },
    best: turnKeepersBackfilling["f1, backfilling"]
  },
  {
    log: "KTH-SP2-1996",
    row: "kth-sp2",
    isWhole: true,
    ballast: batchSetting,
    others: { ...easy, ...askedAnewBackfilling },
    best: easy["easy-sjbf"],
    published: { "best published": 69.41, "learned, published": 45.8, "easy, published": 92.58 }
  }
]

/** What the best published heuristic comes to in other respects is nobody's figure but the model's. */
const rowsOf = ({ row, others, published = {} }: Known): ReadonlyArray<Row> => [
  {
    ...boundedSlowdown(row, "mean"),
    ...("best published" in published && { of: ["ballast", ...Object.keys(others)] })
  },
  worstWaits(`${row} worst 1 %`),
  longestWait(`${row} longest wait`)
]

const partOf = (one: Known, read: () => SwfLog): Part => {
  const { row, isWhole = false, ballast, others, best, published } = one
  return {
    world: (seed) => {
      const log = read()
      if (isWhole) return machineWorld(log, "estimate")
      const first = starts[(seed - 1) % starts.length] ?? 0
      return machineWorld({ ...log, jobs: log.jobs.slice(first, first + sequence) }, "estimate")
    },
    contenders: { ballast: { runtime: { options: ballast } }, ...others, "best published": best },
    rows: rowsOf(one),
    ...(published !== undefined && { published: { [row]: published } }),
    worlds: () => (isWhole ? 1 : starts.length)
  }
}

const partsIn = (folder: string): ReadonlyArray<Part> => {
  const there = swfLogs(folder)
  const logs = new Map<string, SwfLog>()
  const read = (name: string): SwfLog => {
    const log = logs.get(name) ?? readSwf(folder, name)
    logs.set(name, log)
    return log
  }
  return known.filter(({ log }) => there.includes(log)).map((one) => partOf(one, () => read(one.log)))
}

let parts: ReadonlyArray<Part> | undefined

/** Logs of batch machines, as others have scheduled them. */
export const c12 = {
  id: "C12",
  title: "batch",
  scene:
    "Jobs of batch logs as they were submitted, for one worker with the machine's processors, which is empty at the beginning. lublin-1: ten sequences of 1,024 jobs whose run times are known, without and with backfilling; kth-sp2: a year of a real machine, with what its users said that their jobs take.",
  metric:
    "average bounded slowdown: from arrival to end ÷ run time, run times counting as at least 10 s, at least 1; the mean over the jobs, then over the sequences. In seconds, the mean of the longest hundredth of the waits, and the longest wait",
  gamed:
    "by letting the few wait for ever: the longest wait stands beside, and first come, first served's with it. By a setting for each log: it is the same for all. By figures that carry a bug: those published for WFP3 and UNICEP are left out.",
  seeds: starts.length,
  /** The traces are looked for when the parts are first asked for. */
  get parts(): ReadonlyArray<Part> {
    const folder = traceFolder()
    parts ??= folder === undefined ? [] : partsIn(folder)
    return parts
  },
  get missing(): ReadonlyArray<string> {
    if (this.parts.length > 0) return []
    const folder = traceFolder()
    const where = folder === undefined ? noTraceFolder() : `they are not in ${folder}`
    return [`All rows are left out, for want of the batch logs (Parallel Workloads Archive): ${where}.`]
  },
  targets: {
    "lublin-1": "below 258.37; beyond: 254.67",
    "lublin-1 backfill": "below 73.31; beyond: 58.64",
    "kth-sp2": "below 69.41; beyond: 45.80",
    "lublin-1 longest wait": "≤ 2 × fcfs",
    "lublin-1 backfill longest wait": "≤ 2 × fcfs, backfilling",
    "kth-sp2 longest wait": "≤ 2 × easy"
  },
  notes: [
    "Ballast is the runtime with the same settings in all rows: order `shortest` with a patience of 2.5 backlogs, room kept at once for the first in order, an ageing span of a week; without backfilling in the row that is so called.",
    "In the published simulator of the Lublin sequences the first in order keeps its turn until it begins. Ballast asks anew who is first whenever something changes, so a short job that comes meanwhile goes before. Most of the difference to the published figures comes from that: the same heuristics under that rule stand beside, as `asked anew`. They have no bound on waiting.",
    "Published: Zhang et al., SC '20 (lublin-1); Gaussier et al., SC '15 (kth-sp2: the best of 960 learned predictors). The models beside them come to the same for lublin-1; ties make up to 1 % in kth-sp2.",
    "All seeds of kth-sp2 are the same log, so its interval says nothing."
  ]
} satisfies Scenario
