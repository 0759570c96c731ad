/** What the command line ends with. */
export const exitCode = { ok: 0, taskFailed: 1, usage: 2, interrupted: 130 } as const

export type ExitCode = (typeof exitCode)[keyof typeof exitCode]
