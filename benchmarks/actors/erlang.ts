import { execFile } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import type { RowName } from "./rows.ts"
import type { Command } from "./runner.ts"

const source = fileURLToPath(new URL("./erlang/bench.erl", import.meta.url))

export interface ErlangContender {
  readonly name: string
  readonly note: string
  readonly suits: (row: RowName) => boolean
  readonly command: (row: RowName, ms: number) => Command
}

/** Erlang's part, compiled into a temporary folder. */
export interface Erlang {
  readonly contenders: ReadonlyArray<ErlangContender>
  readonly close: () => Promise<void>
}

/** `undefined` where there is no Erlang on this machine. */
export const compileErlang = async (): Promise<Erlang | undefined> => {
  const folder = await mkdtemp(join(tmpdir(), "ballast-erlang-"))
  const close = () => rm(folder, { recursive: true, force: true })
  try {
    await promisify(execFile)("erlc", ["-o", folder, source])
  } catch (cause) {
    await close()
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined
    throw cause
  }
  const command =
    (flags: ReadonlyArray<string>, suffix = "") =>
    (row: RowName, ms: number): Command => ({
      file: "erl",
      args: [...flags, "-noshell", "-pa", folder, "-s", "bench", "main", `${row}${suffix}`, String(ms)]
    })
  return {
    contenders: [
      {
        name: "erlang",
        note: "OTP as it comes, a scheduler for each core; bare processes; the window that suits it best; for `heap bytes` and `restart µs` a gen_server under a supervisor, where mail is lost and the new process is told anew",
        suits: () => true,
        command: command([])
      },
      {
        name: "erlang one core",
        note: "the same with a single scheduler, as one thread of Node has",
        suits: (row) => row !== "heap bytes",
        command: command(["+S", "1"])
      },
      {
        name: "erlang bare",
        note: "an idle process with nothing but a state",
        suits: (row) => row === "heap bytes",
        command: command([], " bare")
      }
    ],
    close
  }
}
