import type { Handler } from "./task-context.ts"

/** A module's handlers by name. */
export type HandlerTable = ReadonlyMap<string, Handler>

// An exported error class is not a handler.
const isHandler = (value: unknown): value is Handler =>
  typeof value === "function" && !/^class\b/.test(Function.prototype.toString.call(value))

/**
 * The functions a module exports, by name; also those in an object that it exports as default, as CommonJS modules
 * do. Throws where there are none.
 */
export const handlersOf = (module: Readonly<Record<string, unknown>>): HandlerTable => {
  const { default: main } = module
  const all = typeof main === "object" && main !== null ? { ...main, ...module } : module
  const handlers = new Map(Object.entries(all).filter((entry): entry is [string, Handler] => isHandler(entry[1])))
  if (handlers.size === 0) {
    throw new TypeError("the module exports no function (export each handler by name: export const resize = …)")
  }
  return handlers
}
