import { parseArgs } from "node:util"
import type { Benchmark, Options } from "./benchmark.ts"

export interface Command {
  readonly benchmark: Benchmark
  readonly options: Omit<Options, "onProgress">
  readonly json: boolean
}

export const usageOf = (benchmarks: ReadonlyArray<Benchmark>): string => {
  const width = Math.max(...benchmarks.map(({ id, name }) => `${id}, ${name}`.length))
  const lines = benchmarks.map(({ id, name, usage }) => `  ${`${id}, ${name}`.padEnd(width)}  ${usage}`)
  return ["npm run bench -- <id> [options] [--json]", ...lines].join("\n")
}

const isCount = (value: number): boolean => Number.isInteger(value) && value >= 1

/** What the command line asks for, or what is wrong with it. */
export const commandOf = (args: ReadonlyArray<string>, benchmarks: ReadonlyArray<Benchmark>): Command | string => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rounds: { type: "string" },
      burst: { type: "string" },
      quick: { type: "boolean", default: false },
      rows: { type: "string" },
      only: { type: "string" },
      strategy: { type: "string" },
      peers: { type: "string", default: "." },
      json: { type: "boolean", default: false }
    }
  })
  const [asked = ""] = positionals
  const benchmark = benchmarks.find(({ id, name }) => asked === id || asked === name)
  if (benchmark === undefined) return asked === "" ? "which benchmark?" : `there is no benchmark "${asked}"`
  const { rounds, burst, rows, only, strategy, quick, peers, json } = values
  for (const [name, text] of Object.entries({ rounds, burst })) {
    if (text !== undefined && !isCount(Number(text))) return `--${name} is a count, not "${text}"`
  }
  return {
    benchmark,
    options: {
      quick,
      peers,
      ...(rounds !== undefined && { rounds: Number(rounds) }),
      ...(burst !== undefined && { burst: Number(burst) }),
      ...(rows !== undefined && { rows: rows.split(",") }),
      ...(only !== undefined && { only: only.split(",") }),
      ...(strategy !== undefined && { strategy })
    },
    json
  }
}
