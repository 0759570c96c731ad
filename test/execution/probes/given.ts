import type { CommandOutput, Machine } from "../../../src/execution/probes/index.ts"

interface Given extends Partial<Omit<Machine, "read" | "list" | "run">> {
  /** Texts by path; folders follow from them. */
  readonly files?: Readonly<Record<string, string>>
  /** Folders, beside those of the files, with the names in them. */
  readonly folders?: Readonly<Record<string, ReadonlyArray<string>>>
  /** What each command says to its arguments. */
  readonly commands?: Readonly<Record<string, (args: ReadonlyArray<string>) => Partial<CommandOutput>>>
}

const failing = (code: string, path: string): Promise<never> =>
  Promise.reject(Object.assign(new Error(`${code}: ${path}`), { code, path }))

/** A machine that has what is given and nothing else. A file whose text is `EACCES` may not be read. */
export const aMachine = (given: Given = {}): Machine => {
  const { files = {}, folders = {}, commands = {}, ...rest } = given
  return {
    platform: "linux",
    arch: "x64",
    env: {},
    processors: ["", "", "", ""],
    parallelism: 4,
    memory: { total: 16 * 2 ** 30, free: 8 * 2 ** 30 },
    web: { gpu: false, ml: false },
    space: async () => ({ free: 10, total: 20 }),
    ...rest,
    read: async (path) => {
      const text = Object.hasOwn(files, path) ? files[path] : undefined
      if (text === undefined) return failing("ENOENT", path)
      return text === "EACCES" ? failing("EACCES", path) : text
    },
    list: async (path) => {
      const own = Object.keys(files)
        .filter((file) => file.startsWith(`${path}/`))
        .map((file) => file.slice(path.length + 1).split("/")[0] ?? "")
      const names = [...new Set([...own, ...(folders[path] ?? [])])]
      return names.length === 0 ? failing("ENOENT", path) : names
    },
    run: async (command, args) => {
      const answer = Object.hasOwn(commands, command) ? commands[command] : undefined
      if (answer === undefined) return failing("ENOENT", command)
      return { code: 0, stdout: "", stderr: "", ...answer(args) }
    }
  }
}

export const never = new AbortController().signal
