import { availableParallelism } from "node:os"
import { defineCommand } from "../command.ts"
import type { ExitCode } from "../exit-code.ts"
import { countOption } from "../numbers.ts"
import { UsageError } from "../usage-error.ts"

const about = `Runs the real runtime in virtual time and compares it with others on the same seeds: a scenario by its id, a recorded
trace by its name, or a world of one's own, the default export of a module or what a JSON file holds. Called without
an argument it lists what there is. "swarm" lets anything happen at any time and watches what must hold.
Standard output is the same for the same seeds, whatever the number of jobs; how long it took goes to standard error.`

const modes = ["safety", "liveness"] as const

/** The whole number an option says; `undefined` where it was left out. */
const seedOption = (given: string | undefined): number | undefined => {
  if (given === undefined) return undefined
  const seed = Number(given)
  if (given.trim() !== "" && Number.isSafeInteger(seed) && seed >= 0) return seed
  throw new UsageError("BALLAST_USAGE", `--seed ${given} is no seed`, "a whole number, at least 0")
}

const modeOption = (given: string | undefined): (typeof modes)[number] | undefined => {
  const mode = modes.find((known) => known === given)
  if (given === undefined || mode !== undefined) return mode
  throw new UsageError("BALLAST_USAGE", `there is no mode "${given}"`, `one of ${modes.join(", ")}`)
}

export const simulate = defineCommand({
  name: "simulate",
  usage: "<scenario|trace|file|swarm>",
  about,
  positionals: [0, 1],
  options: {
    seed: { type: "string", value: "n", help: "the first seed (default: 1, or the world's own)" },
    seeds: { type: "string", value: "n", help: "how many, one after the other (default: the scenario's own)" },
    mode: { type: "string", value: modes.join("|"), help: "what the swarm watches (default: safety)" },
    compare: { type: "string", value: "a,b", help: "these strategies instead: ids, or module.ts#export of one's own" },
    jobs: { type: "string", value: "n", help: "seeds at once (default: as many as there are cores)" },
    events: { type: "string", value: "file", help: "write every event of the one seed to it, as NDJSON" }
  },
  async run({ options, json, positionals: [name] }): Promise<ExitCode> {
    const { compare, events } = options
    const seed = seedOption(options.seed)
    const seeds = countOption("seeds", options.seeds)
    const mode = modeOption(options.mode)
    const jobs = countOption("jobs", options.jobs) ?? availableParallelism()
    const { perform } = await import("./perform.ts")
    return perform({
      name,
      jobs,
      json,
      ...(seed !== undefined && { seed }),
      ...(seeds !== undefined && { seeds }),
      ...(mode !== undefined && { mode }),
      ...(compare !== undefined && { compare: compare.split(",").map((each) => each.trim()) }),
      ...(events !== undefined && { events })
    })
  }
})
