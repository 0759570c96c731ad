import { readFileSync } from "node:fs"
import { pathToFileURL } from "node:url"
import { UsageError } from "../usage-error.ts"

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/**
 * What the module exports by that name. It is loaded anew for each seed, so that what one leaves in the file's own
 * variables is nothing to the next; what the file imports is loaded once on each thread, and shared by the seeds that
 * are measured there. Throws `UsageError`.
 */
export const exportOf = async (path: string, name: string, seed: number): Promise<unknown> => {
  let module: object
  try {
    module = await import(`${pathToFileURL(path).href}?seed=${seed}`)
  } catch (error) {
    const hint = "load it alone with node to see where it fails"
    throw new UsageError("BALLAST_MODULE_NOT_LOADED", `${path} could not be loaded: ${reason(error)}`, hint)
  }
  if (name in module) return Reflect.get(module, name)
  const known = Object.keys(module).join(", ") || "nothing"
  const what = name === "default" ? "no default export" : `no export "${name}"`
  throw new UsageError("BALLAST_NO_SUCH_EXPORT", `${path} has ${what}`, `it exports ${known}`)
}

/** What a file of JSON holds. Throws `UsageError`. */
export const jsonOf = (path: string): unknown => {
  try {
    return JSON.parse(readFileSync(path, "utf8"))
  } catch (error) {
    throw new UsageError("BALLAST_NO_JSON", `${path} is no JSON: ${reason(error)}`, "mend it, or export it by a module")
  }
}
