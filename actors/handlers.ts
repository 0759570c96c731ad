/** A module of handlers as its types: `Ballast.start<typeof handlers>`. */
export type HandlersModule = object

/** Anything that can be called with a payload and a task. */
type AnyHandler = (...args: never) => unknown

/** The names of the handlers in a module. Where no module is named, any. */
export type HandlerName<H extends HandlersModule> = {
  [Name in keyof H & string]: H[Name] extends AnyHandler ? Name : never
}[keyof H & string]

export type PayloadOf<H extends HandlersModule, Name extends keyof H> = H[Name] extends (...args: infer Args) => unknown
  ? Args extends [infer Payload, ...infer _Rest]
    ? Payload
    : undefined
  : unknown

export type ResultOf<H extends HandlersModule, Name extends keyof H> = H[Name] extends (...args: never) => infer Result
  ? Awaited<Result>
  : unknown

/** Handlers of which no types are known. */
export type UntypedHandlers = { readonly [name: string]: (payload: unknown) => unknown }
