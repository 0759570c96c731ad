import type { Command } from "./command.ts"

interface Entry {
  readonly name: string
  readonly summary: string
  /** A command's module is loaded when it is called for, so that none pays for the others. */
  readonly load: () => Promise<Command>
}

/** The commands in the order the help lists them. */
export const commands: ReadonlyArray<Entry> = [
  {
    name: "run",
    summary: "run tasks from a file or standard input, results as NDJSON",
    load: async () => (await import("./run/command.ts")).run
  },
  {
    name: "doctor",
    summary: "say what this machine has, and what a handlers' module offers or why it does not load",
    load: async () => (await import("./doctor/command.ts")).doctor
  },
  {
    name: "simulate",
    summary: "compare strategies in virtual time: scenarios, traces, worlds of one's own",
    load: async () => (await import("./simulate/command.ts")).simulate
  },
  {
    name: "tune",
    summary: "search settings under which a recorded history would have gone better",
    load: async () => (await import("./tune/command.ts")).tune
  },
  {
    name: "demo",
    summary: "compress a folder on unequal workers, with a crash, against round robin",
    load: async () => (await import("./demo/command.ts")).demo
  }
]
