import type { Machine } from "./machine.ts"

/** What a probe found, or why it found nothing. */
export type Reading<A> = { readonly ok: true; readonly value: A } | { readonly ok: false; readonly reason: string }

/** Finds out one thing about a machine; throws or rejects where it cannot. `signal` ends what takes too long. */
export type Probe<A> = (machine: Machine, signal: AbortSignal) => Promise<A> | A

/** Why a probe found nothing, in words for a reader. */
export class Unavailable extends Error {
  override readonly name = "Unavailable"
}

const reasonOf = (cause: unknown): string => {
  if (!(cause instanceof Error)) return String(cause)
  if (!("code" in cause)) return cause.message
  const path = "path" in cause && typeof cause.path === "string" ? ` ${cause.path}` : ""
  if (cause.code === "ENOENT") return path.includes("/") ? `there is no${path}` : `there is no command${path}`
  if (cause.code === "EACCES" || cause.code === "EPERM") return `not allowed to read${path}`
  return cause.message
}

/**
 * Runs a probe to its end, or for `timeout` milliseconds, or until `signal` calls it off. Never rejects: whatever goes
 * wrong is the reason why nothing was found.
 */
export const runProbe = <A>(
  probe: Probe<A>,
  machine: Machine,
  timeout: number,
  signal?: AbortSignal
): Promise<Reading<A>> => {
  const ended = new AbortController()
  return new Promise((resolve) => {
    const settle = (reading: Reading<A>): void => {
      clearTimeout(timer)
      signal?.removeEventListener("abort", callOff)
      resolve(reading)
    }
    const giveUp = (reason: string): void => {
      settle({ ok: false, reason })
      ended.abort()
    }
    const callOff = (): void => giveUp("called off")
    const timer = setTimeout(() => giveUp(`no answer within ${timeout} ms`), timeout)
    if (signal?.aborted === true) return callOff()
    signal?.addEventListener("abort", callOff, { once: true })
    const begin = async (): Promise<A> => probe(machine, ended.signal)
    begin().then(
      (value) => settle({ ok: true, value }),
      (cause: unknown) => settle({ ok: false, reason: reasonOf(cause) })
    )
  })
}
