import { defineCommand } from "../command.ts"
import { type ExitCode, exitCode } from "../exit-code.ts"
import { handlersUrl } from "../paths.ts"
import { UsageError } from "../usage-error.ts"

export const doctor = defineCommand({
  name: "doctor",
  usage: "[handlers]",
  about:
    "Says what was found of this machine, and why the rest was not. With a module of handlers, loads that in a worker thread, as a runtime would, and says what came of it.",
  positionals: [0, 1],
  options: {
    benchmark: { type: "boolean", help: "measure the speed of a worker thread, in about 0.1 s" },
    versions: { type: "string", value: "a,b", help: "software to ask for its version, such as python,ffmpeg" }
  },
  async run({ json, options, positionals: [path] }): Promise<ExitCode> {
    const module = path === undefined ? undefined : handlersUrl(path)
    const { diagnose, diagnosisInWords, idleModule } = await import("./diagnosis.ts")
    const { benchmarkInWords, machineInWords } = await import("./machine-in-words.ts")
    const { knownSoftware, probeMachine } = await import("../../../src/execution/index.ts")
    const versions = options.versions?.split(",").map((name) => name.trim()) ?? []
    const unknown = versions.find((name) => !knownSoftware.includes(name))
    if (unknown !== undefined) {
      throw new UsageError("BALLAST_USAGE", `"${unknown}" is not known`, `any of ${knownSoftware.join(", ")}`)
    }
    const tried =
      module !== undefined || options.benchmark === true
        ? await diagnose(module ?? idleModule, options.benchmark === true)
        : undefined
    const machine = await probeMachine({ versions })
    const benchmark = tried?.loads === true ? tried.benchmark : undefined
    if (json) {
      const diagnosis = path === undefined ? { benchmark } : { path, ...tried }
      process.stdout.write(`${JSON.stringify({ ...diagnosis, machine })}\n`)
    } else {
      if (path !== undefined && tried !== undefined) process.stdout.write(diagnosisInWords(path, tried))
      process.stdout.write(`this machine:\n${machineInWords(machine)}`)
      if (benchmark !== undefined) process.stdout.write(`a worker thread of it: ${benchmarkInWords(benchmark)}`)
    }
    return tried?.loads === false ? exitCode.taskFailed : exitCode.ok
  }
})
