import type { Method } from "../../../../src/adaptation/prediction/methods/method.ts"

/** What a method says after each of the values. */
export const saidBy = (method: Method, values: ReadonlyArray<number>): ReadonlyArray<number> => {
  const memory = new Float64Array(method.size)
  return values.map((value) => {
    method.push(memory, value)
    return method.expected(memory)
  })
}

export const lastSaidBy = (method: Method, values: ReadonlyArray<number>): number =>
  saidBy(method, values).at(-1) ?? Number.NaN
