import type { Row } from "../scenarios/index.ts"

/**
 * What is read from any world where nothing else is asked for. Times are those of tasks that were completed, which is
 * why the share of these stands beside them: who loses the long ones has the shortest times.
 */
export const usualRows: ReadonlyArray<Row> = [
  { row: "makespan", unit: "ms", better: "less", figure: ({ makespan }) => makespan },
  { row: "mean sojourn", unit: "ms", better: "less", figure: ({ sojourn }) => sojourn.mean },
  { row: "p99 sojourn", unit: "ms", better: "less", figure: ({ sojourn }) => sojourn.quantile(0.99) },
  { row: "completed", unit: "%", better: "more", figure: ({ sojourn, tasks }) => (100 * sojourn.count) / tasks }
]
