/** One accelerator that a probe has found. What the tool does not tell is absent. */
export interface Accelerator {
  readonly kind: string
  /** By which its own tool speaks of it. */
  readonly index: number
  readonly name: string
  readonly uuid?: string
  /** Bytes of its own; absent where it shares the machine's. */
  readonly memory?: number
  readonly memoryUsed?: number
  /** CUDA's, such as 8.6. */
  readonly computeCapability?: number
  /** 0–1 */
  readonly utilisation?: number
  /** Degrees Celsius. */
  readonly temperature?: number
  /** Watts. */
  readonly power?: number
  readonly driver?: string
}

/** A figure of a tool's output; `undefined` for `[N/A]`, `[Not Supported]` and all else that is none. */
export const figure = (text: string | undefined): number | undefined => {
  const number = /^-?\d+(\.\d+)?/.exec(text?.trim() ?? "")?.[0]
  return number === undefined ? undefined : Number(number)
}

/**
 * Those of the devices that a process may use by a variable such as `CUDA_VISIBLE_DEVICES`: a list of indexes or of
 * beginnings of UUIDs. As the drivers read it, what follows the first entry that names no device counts for nothing.
 */
export const visible = (
  devices: ReadonlyArray<Accelerator>,
  variable: string | undefined
): ReadonlyArray<Accelerator> => {
  if (variable === undefined) return devices
  const seen: Array<Accelerator> = []
  for (const entry of variable.split(",").map((part) => part.trim())) {
    const device = /^\d+$/.test(entry)
      ? devices.find(({ index }) => index === Number(entry))
      : devices.find(({ uuid }) => entry !== "" && uuid?.toLowerCase().startsWith(entry.toLowerCase()) === true)
    if (device === undefined) break
    if (!seen.includes(device)) seen.push(device)
  }
  return seen
}

/** The first line of what a tool said, for a reason. */
export const firstLine = (...texts: ReadonlyArray<string>): string =>
  texts.map((text) => text.trim().split("\n")[0]?.trim() ?? "").find((line) => line !== "") ?? "it said nothing"
