import { createReadStream } from "node:fs"
import { defineCommand } from "../command.ts"
import type { ExitCode } from "../exit-code.ts"
import { countOption } from "../numbers.ts"
import { existingFile, handlersUrl } from "../paths.ts"

const about = `Each line of the input is a task, {"type", "payload", …submit options}: the type names an exported function of
<handlers>. Each line of the output is how a task ended, {"id", "type", "ok", "result" | "error"}, in the order of
their ends. "-" reads standard input. A line that is no task ends the input: the tasks before it are run.`

export const run = defineCommand({
  name: "run",
  usage: "<handlers> <tasks.ndjson|->",
  about,
  positionals: [2, 2],
  options: {
    workers: { type: "string", value: "n", help: "worker threads (default: as many as there are cores)" },
    strategy: { type: "string", value: "id", help: "how workers are chosen (default: adaptive)" },
    output: { type: "string", value: "file", help: "where results go (default: standard output)" },
    "data-dir": { type: "string", value: "folder", help: "where metrics are kept (default: nowhere)" }
  },
  async run({ options, json, positionals: [handlers = "", tasks = ""] }): Promise<ExitCode> {
    const { strategy, output } = options
    const workers = countOption("workers", options.workers)
    const module = handlersUrl(handlers)
    const [input, inputName] =
      tasks === "-"
        ? [process.stdin, "line"]
        : [createReadStream(existingFile(tasks, "the file of tasks"), "utf8"), `${tasks} line`]
    const { runTasks } = await import("./run-tasks.ts")
    return runTasks({
      handlers: module,
      input,
      inputName,
      output,
      workers,
      strategy,
      dataDir: options["data-dir"],
      json
    })
  }
})
