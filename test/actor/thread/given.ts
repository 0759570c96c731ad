import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as References from "effect/References"
import { afterAll, onTestFinished } from "vitest"
import { Actor, ActorSystem, type AnyRef, type ExitReason, type SystemOptions } from "../../../src/actor/index.ts"
import type { Worker } from "./fixtures/worker.ts"

export const fixture = (name: string): URL => new URL(`./fixtures/${name}.ts`, import.meta.url)

/** A system in real time, which logs nothing and is shut down after the test. */
export const givenSystem = (options?: SystemOptions): ActorSystem => {
  const context = Context.add(Context.empty(), References.MinimumLogLevel, "None")
  const system = new ActorSystem(context, options)
  onTestFinished(() => Effect.runPromise(Effect.asVoid(system.shutdown)))
  return system
}

export interface Diary {
  readonly file: string
  readonly lines: () => ReadonlyArray<string>
  /** Waits until the line is written. */
  readonly written: (line: string) => Promise<void>
}

const folder = mkdtempSync(join(tmpdir(), "ballast-thread-"))
let diaries = 0

afterAll(() => rmSync(folder, { recursive: true, force: true }))

export const givenDiary = (): Diary => {
  diaries += 1
  const file = join(folder, `${diaries}.txt`)
  writeFileSync(file, "")
  const lines = (): ReadonlyArray<string> => readFileSync(file, "utf8").split("\n").slice(0, -1)
  const written = async (line: string): Promise<void> => {
    while (!lines().includes(line)) await new Promise(setImmediate)
  }
  return { file, lines, written }
}

export interface WorkerOptions {
  readonly log?: string
  readonly stopMs?: number
  readonly failures?: number
  readonly window?: number
  readonly maxOldGenerationSizeMb?: number
}

export const worker = ({ log, stopMs = 0, failures = 0, window, maxOldGenerationSizeMb }: WorkerOptions = {}) =>
  Actor.onThread<typeof Worker>({
    module: fixture("worker"),
    export: "Worker",
    args: { log: log ?? givenDiary().file, stopMs, failures },
    ...(window !== undefined && { window }),
    ...(maxOldGenerationSizeMb !== undefined && { resourceLimits: { maxOldGenerationSizeMb } })
  })

/** Why the actor ends, once it has. */
export const endOf = (ref: AnyRef): Promise<ExitReason> => new Promise((resolve) => ref.cell.onEnd(resolve))

/** The error a promise fails with. */
export const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => {
      throw new Error(`it did not fail, but gave ${String(value)}`)
    },
    (error: unknown) => error
  )

/** A worker on a thread whose supervisor passes over its failures. */
export const givenPassedOver = async () => {
  const system = givenSystem()
  const diary = givenDiary()
  const behaviour = worker({ log: diary.file })
  const { supervisor } = await Effect.runPromise(
    system.supervise({
      name: "sup",
      strategy: "one-for-one",
      children: [{ id: "worker", actor: behaviour, onFailure: () => "resume" }]
    })
  )
  const ref = supervisor.ref("worker", behaviour)
  if (ref === undefined) throw new Error("no child")
  return { system, diary, ref }
}
