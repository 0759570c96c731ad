import { firstLine } from "./accelerator.ts"
import type { Machine } from "./machine.ts"
import { type Probe, Unavailable } from "./probe.ts"

interface Ask {
  /** Tried in order until one is there. */
  readonly commands: ReadonlyArray<readonly [command: string, ...args: ReadonlyArray<string>]>
  /** What comes before the version. */
  readonly after: RegExp
}

/** How each is asked for its version. None of these loads code of the user's, opens a window or talks to a network. */
const asks = {
  python: {
    commands: [
      ["python3", "--version"],
      ["python", "--version"]
    ],
    after: /Python /
  },
  ffmpeg: { commands: [["ffmpeg", "-version"]], after: /ffmpeg version n?/ },
  git: { commands: [["git", "--version"]], after: /git version / },
  docker: { commands: [["docker", "--version"]], after: /Docker version / },
  java: { commands: [["java", "-version"]], after: /version "/ },
  go: { commands: [["go", "version"]], after: /go version go/ },
  rust: { commands: [["rustc", "--version"]], after: /rustc / },
  gcc: { commands: [["gcc", "-dumpfullversion"]], after: /^/ },
  ruby: { commands: [["ruby", "--version"]], after: /ruby / },
  php: { commands: [["php", "--version"]], after: /PHP / },
  deno: { commands: [["deno", "--version"]], after: /deno / },
  bun: { commands: [["bun", "--version"]], after: /^/ },
  /** The toolkit's compiler. */
  cuda: { commands: [["nvcc", "--version"]], after: /release / },
  /** The driver. */
  nvidia: { commands: [["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]], after: /^/ },
  chrome: {
    commands: [
      ["google-chrome", "--version"],
      ["google-chrome-stable", "--version"]
    ],
    after: /Chrome /
  },
  chromium: {
    commands: [
      ["chromium", "--version"],
      ["chromium-browser", "--version"]
    ],
    after: /Chromium /
  },
  firefox: { commands: [["firefox", "--version"]], after: /Firefox / }
} as const satisfies Readonly<Record<string, Ask>>

const isKnown = (name: string): name is keyof typeof asks => Object.hasOwn(asks, name)

/** Software whose version can be asked for. */
export const knownSoftware: ReadonlyArray<string> = Object.keys(asks)

/** The version as semver has it: three numbers without leading zeros, and nothing that comes after. */
export const parseVersion = (text: string, after: RegExp): string | undefined => {
  const at = after.exec(text)
  if (at === null) return undefined
  const found = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(text.slice(at.index + at[0].length))
  if (found === null) return undefined
  const [, major = "0", minor = "0", patch = "0"] = found
  return [major, minor, patch].map(Number).join(".")
}

/** The version of a piece of software in the table. */
export const versionOf =
  (name: string): Probe<string> =>
  async (machine: Machine, signal: AbortSignal) => {
    if (!isKnown(name)) throw new Unavailable(`not among what can be asked: ${knownSoftware.join(", ")}`)
    const { commands, after }: Ask = asks[name]
    let missing: unknown
    for (const [command, ...args] of commands) {
      try {
        const { stdout, stderr } = await machine.run(command, args, signal)
        // Some say it on their error output.
        const version = parseVersion(stdout.trim(), after) ?? parseVersion(stderr.trim(), after)
        if (version !== undefined) return version
        missing = new Unavailable(`${command}: ${firstLine(stdout, stderr)}`)
      } catch (cause) {
        missing ??= cause
      }
    }
    throw missing
  }
