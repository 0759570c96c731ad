/** Where progress is shown: standard error, or a stand-in. */
export interface ProgressOutput {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

export interface ProgressState {
  readonly label: string
  readonly done: number
  /** `undefined` while it is not known how many there will be. */
  readonly total: number | undefined
  readonly note?: string
}

const barWidth = 24
/** Milliseconds between two pictures of a bar, and between two lines where there is no terminal. */
const redrawEvery = 100
const lineEvery = 5_000

/** One line that says how far it is. */
export const progressLine = ({ label, done, total, note }: ProgressState): string => {
  const count =
    total === undefined ? `${done}` : `${done}/${total} (${Math.floor((100 * done) / Math.max(1, total))} %)`
  return `${label}: ${count}${note === undefined ? "" : `, ${note}`}`
}

/** The same with a bar, cut to the terminal's width. */
export const progressBar = (state: ProgressState, columns: number): string => {
  const { done, total } = state
  if (total === undefined) return progressLine(state).slice(0, columns)
  const filled = Math.round((barWidth * Math.min(done, total)) / Math.max(1, total))
  return `${"█".repeat(filled)}${"░".repeat(barWidth - filled)} ${progressLine(state)}`.slice(0, columns)
}

/** Shows progress as a bar on a terminal, and elsewhere as one line every five seconds. */
export class Progress {
  readonly #output: ProgressOutput
  readonly #now: () => number
  #shownAt: number

  constructor(output: ProgressOutput, now: () => number) {
    this.#output = output
    this.#now = now
    // A bar is wanted at once, a line only of what takes long.
    this.#shownAt = output.isTTY === true ? Number.NEGATIVE_INFINITY : now()
  }

  show(state: ProgressState): void {
    const terminal = this.#output.isTTY === true
    const now = this.#now()
    if (now - this.#shownAt < (terminal ? redrawEvery : lineEvery)) return
    this.#shownAt = now
    if (terminal) this.#output.write(`\r\u001b[K${progressBar(state, (this.#output.columns ?? 80) - 1)}`)
    else this.#output.write(`${progressLine(state)}\n`)
  }

  /** Takes the bar away. */
  clear(): void {
    if (this.#output.isTTY === true) this.#output.write("\r\u001b[K")
  }
}
