/** What a command wrote, and how it ended; `code` is absent where a signal ended it. */
export interface CommandOutput {
  readonly code?: number
  readonly stdout: string
  readonly stderr: string
}

/** What probes may ask of the machine they are on. All of it only reads. */
export interface Machine {
  readonly platform: NodeJS.Platform
  readonly arch: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** The model name of each logical processor. */
  readonly processors: ReadonlyArray<string>
  /** Logical processors that this process may use. */
  readonly parallelism: number
  /** Bytes. */
  readonly memory: { readonly total: number; readonly free: number }
  /** What the JavaScript runtime itself offers of a browser. */
  readonly web: { readonly gpu: boolean; readonly ml: boolean }
  /** The text of a file; rejects where it cannot be read. */
  read(path: string): Promise<string>
  /** The names in a folder; rejects where it cannot be read. */
  list(path: string): Promise<ReadonlyArray<string>>
  /** Runs a command without a shell; rejects where there is none, or where the signal ends it. */
  run(command: string, args: ReadonlyArray<string>, signal: AbortSignal): Promise<CommandOutput>
  /** Bytes of the file system that holds the path. */
  space(path: string): Promise<{ readonly free: number; readonly total: number }>
}

/** The text of a file, or `undefined` where it cannot be read. */
export const textOf = (machine: Machine, path: string): Promise<string | undefined> =>
  machine.read(path).then(
    (text) => text,
    () => undefined
  )

/** The names in a folder; none where it cannot be read. */
export const namesIn = (machine: Machine, path: string): Promise<ReadonlyArray<string>> =>
  machine.list(path).then(
    (names) => names,
    () => []
  )
