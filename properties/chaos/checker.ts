import type { Line } from "./history.ts"

/** What a history breaks: the invariant of `docs/durability.md`, and where. */
export interface Violation {
  readonly invariant: "I1" | "I2" | "I3" | "I4" | "I5" | "I7"
  readonly message: string
}

export interface CheckOptions {
  /** Tasks a worker may run at once. */
  readonly slots: number
}

interface Seen {
  submitted: boolean
  /** The latest submission there was when the caller saw that it was accepted. */
  acceptedSerial: number | undefined
  latestSerial: number
  latestEpoch: number
  readonly epochs: Set<number>
  /** The latest step the runtime told of. */
  kept: number
  outcome: string | undefined
}

interface Running {
  readonly id: string
  readonly epoch: number
  readonly worker: string
  readonly key: string | undefined
}

/**
 * Checks what callers and handlers saw, over any number of processes:
 *
 * - I1: what a caller saw accepted is never lost: it has an outcome in the end; it runs on the payload that was accepted,
 *   and on from the last checkpoint the runtime told of
 * - I2: the outcomes seen of one task are one, and it does not run again after that
 * - I3: its epochs rise, over all processes; its outcome is that of a run there was
 * - I4: of the tasks with one key, one runs at a time
 * - I5: a worker runs no more than its slots
 * - I7: where nobody kills the process, every promise settles
 */
export const check = (history: ReadonlyArray<Line>, { slots }: CheckOptions): ReadonlyArray<Violation> => {
  const violations: Array<Violation> = []
  const tasks = new Map<string, Seen>()
  let running: Array<Running> = []
  let finished = false

  const task = (id: string): Seen => {
    let seen = tasks.get(id)
    if (seen === undefined) {
      seen = {
        submitted: false,
        acceptedSerial: undefined,
        latestSerial: 0,
        latestEpoch: -1,
        epochs: new Set(),
        kept: 0,
        outcome: undefined
      }
      tasks.set(id, seen)
    }
    return seen
  }
  const say = (invariant: Violation["invariant"], line: Line, message: string): void => {
    violations.push({ invariant, message: `run ${line.run}: ${message}` })
  }

  const started = (line: Extract<Line, { readonly e: "started" }>): void => {
    const { id, serial, epoch, from, worker, key } = line
    const seen = task(id)
    if (!seen.submitted) say("I1", line, `${id} runs, and nobody submitted it`)
    if (seen.outcome !== undefined) say("I2", line, `${id} runs again, after its outcome was told`)
    if (epoch <= seen.latestEpoch) say("I3", line, `${id} has epoch ${epoch} after ${seen.latestEpoch}`)
    if (seen.acceptedSerial !== undefined && serial > seen.acceptedSerial) {
      say("I1", line, `${id} runs as submission ${serial}, though it was accepted by ${seen.acceptedSerial}`)
    }
    if (from < seen.kept) say("I1", line, `${id} goes on from step ${from}, though step ${seen.kept} was told of`)
    const holder = key === undefined ? undefined : running.find((other) => other.key === key)
    if (holder !== undefined) say("I4", line, `${id} and ${holder.id} hold key ${key} at once`)
    const there = running.filter((other) => other.worker === worker).length
    if (there >= slots) say("I5", line, `${worker} runs ${there + 1} tasks in ${slots} slots`)
    seen.latestEpoch = Math.max(seen.latestEpoch, epoch)
    seen.epochs.add(epoch)
    running.push({ id, epoch, worker, key })
  }

  const settled = (line: Extract<Line, { readonly e: "settled" }>): void => {
    const { id, outcome } = line
    const seen = task(id)
    if (seen.outcome !== undefined && seen.outcome !== outcome) {
      say("I2", line, `${id} ended as ${seen.outcome}, and as ${outcome}`)
    }
    const epoch = Number(/epoch (\d+)/.exec(outcome)?.[1])
    if (!seen.epochs.has(epoch)) say("I3", line, `${id} ended as ${outcome}, which is the outcome of no run it had`)
    seen.outcome = outcome
  }

  for (const line of history) {
    switch (line.e) {
      case "spawned":
      case "killed":
        running = []
        break
      case "submitted": {
        const seen = task(line.id)
        seen.submitted = true
        seen.latestSerial = Math.max(seen.latestSerial, line.serial)
        break
      }
      case "accepted": {
        const seen = task(line.id)
        if (!seen.submitted) say("I1", line, `${line.id} is accepted, and nobody submitted it`)
        seen.acceptedSerial ??= seen.latestSerial
        break
      }
      case "started":
        started(line)
        break
      case "left":
        running = running.filter(({ id, epoch }) => id !== line.id || epoch !== line.epoch)
        break
      case "crashing":
        running = running.filter(({ worker }) => worker !== line.worker)
        break
      case "kept": {
        const seen = task(line.id)
        seen.kept = Math.max(seen.kept, line.step)
        break
      }
      case "settled":
        settled(line)
        break
      case "hanging":
        for (const id of line.ids) say("I7", line, `the result of ${id} has not settled`)
        break
      case "finished":
        finished = true
        break
    }
  }
  const last = history.at(-1)?.run ?? 0
  if (!finished) violations.push({ invariant: "I7", message: `run ${last}: the last run did not come to its end` })
  for (const [id, { acceptedSerial, outcome }] of tasks) {
    if (acceptedSerial === undefined || outcome !== undefined) continue
    violations.push({ invariant: "I1", message: `${id} was accepted, and has no outcome` })
  }
  return violations
}
