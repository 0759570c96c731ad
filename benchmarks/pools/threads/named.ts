import * as handlers from "./handlers.ts"

export type HandlerName = "echo" | "spin" | "timeOfStep" | "wait" | "crash" | "hold"

type AnyHandler = (payload: unknown) => unknown

const isHandler = (value: unknown): value is AnyHandler => typeof value === "function"

/** The handler of that name, for contenders whose threads are told which one they run. */
export const handlerNamed = (name: string): AnyHandler => {
  const handler: unknown = Reflect.get(handlers, name)
  if (!isHandler(handler)) throw new Error(`there is no handler "${name}"`)
  return handler
}
