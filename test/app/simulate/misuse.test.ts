import { describe, expect, it } from "vitest"
import { parse } from "../../../app/cli/command.ts"
import { complaintInWords, complaintOf, exitCodeOf } from "../../../app/cli/complaint.ts"
import { simulate } from "../../../app/cli/simulate/command.ts"

const small = "test/app/simulate/worlds/small.ts"

/** What the command line would say, and end with. */
const complaintAt = async (args: ReadonlyArray<string>): Promise<readonly [words: string, code: number]> => {
  try {
    const invocation = parse(simulate, args)
    if (invocation === "help") return ["help", 0]
    return ["", await simulate.run(invocation)]
  } catch (error) {
    const complaint = complaintOf(error)
    return [complaintInWords(complaint), exitCodeOf(complaint)]
  }
}

describe("ballast simulate", () => {
  it.each([
    [
      "an unknown scenario",
      ["C1o"],
      /no scenario "C1o" \[BALLAST_UNKNOWN_SCENARIO\]\n {2}hint: did you mean "C1"\? There/
    ],
    ["a name that is near none", ["weather"], /no scenario "weather".*\n {2}hint: there are:\n {2}C/],
    ["a file that is not there", ["nowhere.ts"], /the file of a world nowhere\.ts does not exist/],
    ["YAML", ["world.yaml"], /YAML is not read/],
    ["a module that does not load", ["test/execution/handlers/throws-on-load.ts"], /could not be loaded: no database/],
    [
      "a module without a default export",
      ["test/app/run/handlers.ts"],
      /no default export .*\n {2}hint: it exports double/
    ],
    ["no number of seeds", ["C10", "--seeds", "0"], /--seeds 0 is no number/],
    ["no seed", ["C10", "--seed", "-1"], /Option '--seed' argument is ambiguous/],
    ["half a seed", ["C10", "--seed", "0.5"], /--seed 0\.5 is no seed/],
    ["no mode", ["swarm", "--mode", "fast"], /there is no mode "fast"/],
    ["a mode of what has none", ["C10", "--mode", "safety"], /--mode is for the swarm/],
    ["a swarm that compares", ["swarm", "--compare", "a,b"], /the swarm compares nothing/],
    ["events of several seeds", [small, "--events", "x", "--seeds", "2"], /--events is of one seed/],
    ["events of several worlds", ["C6", "--events", "x"], /--events: C6 is several worlds/],
    ["one strategy", [small, "--compare", "round_robin"], /there are not two to compare/],
    ["a strategy twice", [small, "--compare", "round_robin,round_robin"], /round_robin is named twice/],
    [
      "an unknown strategy",
      [small, "--compare", "round_robbin,least_connections"],
      /no strategy "round_robbin".*\n {2}hint: did you mean "round_robin"\?/
    ],
    ["an export that is none", [small, "--compare", `round_robin,${small}#no`], /no export "no"/],
    [
      "an export that is no strategy",
      [small, "--compare", `round_robin,${small}#none`],
      /small\.ts#none is no strategy/
    ],
    [
      "a world that is wrong",
      ["test/app/simulate/worlds/wrong.json"],
      /workload\.arrivals\.tasks: [\s\S]*faults\[0\]\.worker: [\s\S]*strategy: [\s\S]*BALLAST_INVALID_OPTIONS/
    ],
    ["a trace that is none", ["swf/nowhere"], /trace/]
  ])("called with %s says what to do, and ends with 2", async (_, args, message) => {
    const [words, code] = await complaintAt(args)
    expect(words).toMatch(message)
    expect(code).toBe(2)
  })
})
