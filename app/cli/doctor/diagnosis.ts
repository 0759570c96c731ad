import { toWorkerSpec } from "../../../src/config/index.ts"
import {
  type BenchmarkResult,
  detectCapacity,
  threadDriver,
  type WorkerExit,
  type WorkerInfo
} from "../../../src/execution/index.ts"

/** What loading the module in a worker thread came to. */
export type Diagnosis =
  | {
      readonly loads: true
      readonly handlers: ReadonlyArray<string>
      readonly bootMs: number
      /** Where it was asked for. */
      readonly benchmark?: BenchmarkResult
    }
  | { readonly loads: false; readonly reason: string; readonly error: WorkerExit["error"] }

/** A module that offers nothing to speak of: for a thread that is only measured. */
export const idleModule = new URL("data:text/javascript,export const nothing = () => {}")

/** Loads the module as a worker would, measures the thread where that is asked for, and ends it. */
export const diagnose = (module: URL, benchmark: boolean): Promise<Diagnosis> => {
  const { cores, memory, hostname, nodeVersion } = detectCapacity()
  const machine = { cores, memoryGiB: memory, storageGiB: 0, hostname, nodeVersion }
  const { promise, resolve } = Promise.withResolvers<Diagnosis>()
  let info: WorkerInfo | undefined
  const connection = threadDriver({ handlers: module.href }).open(toWorkerSpec({ benchmark }, "doctor", machine, 1), {
    ready(loaded) {
      info = loaded
      void connection.close()
    },
    reports() {},
    heartbeat() {},
    exit({ reason, error }) {
      resolve(
        info === undefined
          ? { loads: false, reason, error }
          : {
              loads: true,
              handlers: info.handlers,
              bootMs: Math.round(info.bootMs),
              ...(info.benchmark !== undefined && { benchmark: info.benchmark })
            }
      )
    }
  })
  return promise
}

const adviceFor = ({ error }: Extract<Diagnosis, { readonly loads: false }>): string => {
  const text = `${error?.name ?? ""} ${error?.message ?? ""} ${String(error?.fields?.code ?? "")}`
  if (text.includes("ERR_MODULE_NOT_FOUND"))
    return "an import of the module cannot be found: check its path and its file name's ending"
  if (text.includes("ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING"))
    return "below node_modules only JavaScript is loaded: name the compiled file"
  if (text.includes("SyntaxError") || text.includes("ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX")) {
    return "only types that can be erased are allowed: no enum, no namespace, no parameter properties"
  }
  if (text.includes("is not defined in ES module scope"))
    return 'a CommonJS module needs the ending .cjs, or no "type": "module"'
  return "load it alone with node to see where it fails"
}

/** What was found, for a reader. */
export const diagnosisInWords = (path: string, diagnosis: Diagnosis): string => {
  if (diagnosis.loads) {
    const { handlers, bootMs } = diagnosis
    return `${path} loads in ${bootMs} ms and offers ${handlers.length} handler(s): ${handlers.join(", ")}\n`
  }
  const { reason, error } = diagnosis
  const stack = error?.stack
    ?.split("\n")
    .find((line) => line.includes("file:") && !line.includes("node:"))
    ?.trim()
  const at = stack === undefined ? "" : `\n  ${stack}`
  return `${path} does not load (${reason}): ${error?.message ?? "its thread ended"}${at}\n  hint: ${adviceFor(diagnosis)}\n`
}
