import { type BatchPolicy, declaredArea, declaredTime, f1, submitted } from "../baselines/index.ts"
import { type SwfKnowledge, type SwfLog, swfTasks } from "../traces/index.ts"
import { ofAll } from "./completion-rows.ts"
import type { Contender, Part, Row, ScenarioWorld, Setting } from "./scenario.ts"

/** How the runtime is set for batch work: short and narrow jobs first, within a week and within what waits. */
export const batchSetting = {
  ageing: "1 week",
  queue: { order: { type: "shortest", patience: 2.5 }, reserveAfter: 0 }
} satisfies NonNullable<Setting["options"]>

/** The same, and nobody may begin while the first in order does not fit. */
export const strictSetting = {
  ...batchSetting,
  queue: { ...batchSetting.queue, backfill: false }
} satisfies NonNullable<Setting["options"]>

/** A log's jobs, for one worker with the machine's processors, which is empty at the beginning. */
export const machineWorld = ({ procs, ...log }: SwfLog, knowledge: SwfKnowledge): ScenarioWorld => ({
  workers: [{ id: "machine", capacity: { cpu: procs, concurrent: procs } }],
  workload: { arrivals: { type: "replay", tasks: swfTasks({ procs, ...log }, knowledge) }, kinds: [] },
  options: {
    // Jobs wait in one queue, however many they are, and none is turned away.
    maxQueue: 1_000_000,
    shedding: false,
    // They take hours, and a lone worker has nobody to be balanced with.
    heartbeatInterval: "1 day",
    healthInterval: "1 day",
    adaptation: { checkInterval: "1 day", features: { taskMigration: false } }
  }
})

const batch = (policy: BatchPolicy): Contender => ({ batch: policy })

/** As those who publish results for short sequences let the first in order keep its turn, whoever comes meanwhile. */
export const turnKeepers = {
  fcfs: batch({ key: submitted, keepsTurn: true }),
  sjf: batch({ key: declaredTime, keepsTurn: true }),
  f1: batch({ key: f1, keepsTurn: true }),
  "smallest area": batch({ key: declaredArea, keepsTurn: true })
} satisfies Part["contenders"]

/** The same orders, and who is first is asked anew each time, as the runtime does. */
export const askedAnew = {
  "sjf, asked anew": batch({ key: declaredTime }),
  "f1, asked anew": batch({ key: f1 }),
  "smallest area, asked anew": batch({ key: declaredArea })
} satisfies Part["contenders"]

const early = { key: submitted, endsBefore: true }

/** With backfilling as they do it: by submission, and only what ends before the first begins. */
export const turnKeepersBackfilling = {
  "fcfs, backfilling": batch({ key: submitted, keepsTurn: true, backfill: early }),
  "sjf, backfilling": batch({ key: declaredTime, keepsTurn: true, backfill: early }),
  "f1, backfilling": batch({ key: f1, keepsTurn: true, backfill: early }),
  "smallest area, backfilling": batch({ key: declaredArea, keepsTurn: true, backfill: early })
} satisfies Part["contenders"]

/** With EASY backfilling in the same order, who is first being asked anew. */
export const askedAnewBackfilling = {
  "sjf, easy, asked anew": batch({ key: declaredTime, backfill: { key: declaredTime } }),
  "f1, easy, asked anew": batch({ key: f1, backfill: { key: f1 } }),
  "smallest area, easy, asked anew": batch({ key: declaredArea, backfill: { key: declaredArea } })
} satisfies Part["contenders"]

/** First come, first served, with EASY backfilling by submission or of the shortest first. */
export const easy = {
  easy: batch({ key: submitted, backfill: { key: submitted } }),
  "easy-sjbf": batch({ key: submitted, backfill: { key: declaredTime } })
} satisfies Part["contenders"]

const second = 1_000
const share = 0.01

/** From arrival to end ÷ run time, run times counting as at least 10 s; at least 1. The mean over the jobs. */
export const boundedSlowdown = (row: string, summary: NonNullable<Row["summary"]> = "median"): Row => ({
  row,
  unit: "",
  better: "less",
  summary,
  figure: (measurement) => ofAll(measurement, measurement.slowdown.mean)
})

/** Of the waits, the longest one in a hundred: their mean. */
export const worstWaits = (row: string): Row => ({
  row,
  unit: "s",
  better: "less",
  summary: "mean",
  figure: (measurement) => {
    const sorted = measurement.wait.sorted()
    const worst = sorted.subarray(sorted.length - Math.max(1, Math.ceil(sorted.length * share)))
    return ofAll(measurement, worst.reduce((sum, wait) => sum + wait, 0) / worst.length / second)
  }
})

export const longestWait = (row: string): Row => ({
  row,
  unit: "s",
  better: "less",
  summary: "mean",
  figure: (measurement) => ofAll(measurement, measurement.wait.max / second)
})
