import { appendFileSync } from "node:fs"
import type { TaskContext } from "../../../src/execution/worker/index.ts"

export const add = ({ a, b }: { readonly a: number; readonly b: number }): number => a + b

export const echo = (payload: unknown): unknown => payload

/** Leaves a line each time it runs. */
export const note = ({ file, result }: { readonly file: string; readonly result: unknown }, task: TaskContext) => {
  appendFileSync(file, `${task.id} ${task.attempt} ${task.epoch}\n`)
  return result
}

/** Saves each step, and stays at one of them on its first attempt. */
export const climb = async (
  { to, stay }: { readonly to: number; readonly stay: number },
  task: TaskContext<{ readonly at: number }>
) => {
  const from = task.state?.at ?? 0
  for (let at = from + 1; at <= to; at += 1) {
    await task.checkpoint({ at })
    task.progress(at / to)
    if (at === stay && task.attempt === 1) await new Promise(() => {})
  }
  return { from, attempt: task.attempt }
}

/** Fails until the attempt that is to succeed. */
export const flaky = ({ succeeds }: { readonly succeeds: number }, { attempt }: TaskContext): number => {
  if (attempt < succeeds) throw Object.assign(new RangeError(`attempt ${attempt}`), { code: "E_FLAKY" })
  return attempt
}

export const shared = (): unknown => ({ cells: new SharedArrayBuffer(8) })

export const hang = (_: unknown, { progress }: TaskContext): Promise<never> => {
  progress(0)
  return new Promise(() => {})
}
