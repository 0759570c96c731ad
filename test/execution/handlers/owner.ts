import { processDriver } from "../../../src/execution/index.ts"
import { command, handlersUrl, workerSpec } from "../harness.ts"

let said = ""

/** Owns a worker process that loops for ever, or idles; writes its process id, and waits to be killed. */
const connection = processDriver({ handlers: handlersUrl("fatal.ts"), execArgv: [] }).open(
  workerSpec({ isolation: "process" }),
  {
    ready: ({ pid }) => {
      said = `${pid}\n`
      if (process.argv[2] === "spin") connection.run(command(1, "spin"))
      else process.stdout.write(said)
    },
    reports: () => process.stdout.write(said),
    heartbeat: () => {},
    exit: () => process.exit(9)
  }
)
