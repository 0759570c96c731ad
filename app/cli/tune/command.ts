import { availableParallelism } from "node:os"
import { defineCommand } from "../command.ts"
import type { ExitCode } from "../exit-code.ts"
import { countOption } from "../numbers.ts"
import { existingFile } from "../paths.ts"
import { UsageError } from "../usage-error.ts"

const about = `Simulates a history, which the option "record" of a runtime has written, again and again: its workers as fast as they
were, its tasks when they came, under other settings. What is found on the first half is judged on the second, against
what is in use. It is proposed only where the 95 % interval of its gain lies above 0; otherwise: keep what you have.`

/** By name, so that none of the simulator is loaded to say that there is no such goal. */
const goals = ["mean", "p99", "makespan", "joules"] as const

const goalOption = (given: string | undefined): (typeof goals)[number] => {
  const goal = goals.find((known) => known === (given ?? "mean"))
  if (goal !== undefined) return goal
  throw new UsageError("BALLAST_USAGE", `there is no goal "${given}"`, `one of ${goals.join(", ")}`)
}

export const tune = defineCommand({
  name: "tune",
  usage: "<history.ndjson>",
  about,
  positionals: [1, 1],
  options: {
    for: { type: "string", value: goals.join("|"), help: "what is to become less (default: mean, of submit to end)" },
    candidates: { type: "string", value: "n", help: "settings that are tried (default: 48)" },
    seeds: { type: "string", value: "n", help: "simulations of each stretch (default: 1)" },
    seed: { type: "string", value: "n", help: "what the search follows from (default: 1)" },
    jobs: { type: "string", value: "n", help: "stretches at once (default: as many as there are cores)" }
  },
  async run({ options, json, positionals: [history = ""] }): Promise<ExitCode> {
    const goal = goalOption(options.for)
    const candidates = countOption("candidates", options.candidates)
    const seeds = countOption("seeds", options.seeds)
    const seed = countOption("seed", options.seed)
    const jobs = countOption("jobs", options.jobs) ?? availableParallelism()
    const path = existingFile(history, "the history")
    const { performTuning } = await import("./perform.ts")
    return performTuning({
      path,
      jobs,
      json,
      for: goal,
      ...(candidates !== undefined && { candidates }),
      ...(seeds !== undefined && { seeds }),
      ...(seed !== undefined && { seed })
    })
  }
})
