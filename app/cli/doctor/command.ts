import { defineCommand } from "../command.ts"
import { type ExitCode, exitCode } from "../exit-code.ts"
import { handlersUrl } from "../paths.ts"

export const doctor = defineCommand({
  name: "doctor",
  usage: "<handlers>",
  about: "Loads a module of handlers in a worker thread, as a runtime would, and says what came of it.",
  positionals: [1, 1],
  options: {},
  async run({ json, positionals: [path = ""] }): Promise<ExitCode> {
    const module = handlersUrl(path)
    const { diagnose, diagnosisInWords } = await import("./diagnosis.ts")
    const diagnosis = await diagnose(module)
    process.stdout.write(json ? `${JSON.stringify({ path, ...diagnosis })}\n` : diagnosisInWords(path, diagnosis))
    return diagnosis.loads ? exitCode.ok : exitCode.taskFailed
  }
})
