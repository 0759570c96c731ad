import { isEmpty, takesWork, unmetEver, unmetNow, type WorkerRecord } from "../../src/ledger/index.ts"
import { Milli, type Requirements, type ResourceName, resourceNames } from "../../src/model/index.ts"

const units: Readonly<Record<ResourceName, string>> = {
  cpu: "cores",
  memory: "GiB of memory",
  network: "Mbps",
  storage: "GiB of storage"
}

const nothing = { cpu: Milli(0), memory: Milli(0), network: Milli(0), storage: Milli(0) }
const inUnits = (milli: number): string => String(milli / 1000)

/** A worker that could take a task and cannot now: in words, and by how much. */
export interface Shortage {
  readonly worker: WorkerRecord
  /** What it has too little of, such as "has 2 of 4 cores free and it asks for 3". */
  readonly words: string
  /** How many things are missing, and of the resources what share of what is asked for. */
  readonly things: number
  readonly share: number
}

const of = (requirements: Requirements, worker: WorkerRecord): Shortage => {
  const { demand } = requirements
  const { limits } = worker.spec
  const has: Array<string> = []
  let share = 0
  for (const name of resourceNames) {
    const asked = demand.resources[name]
    const free = limits.resources[name] - worker.used[name]
    if (asked <= free) continue
    share += (asked - free) / asked
    has.push(
      `has ${inUnits(free)} of ${inUnits(limits.resources[name])} ${units[name]} free and it asks for ${inUnits(asked)}`
    )
  }
  for (const reason of unmetNow({ ...requirements, demand: { ...demand, resources: nothing } }, worker)) {
    has.push(reason === "no slot" ? noSlot(worker) : reason)
  }
  return { worker, words: has.join(", "), things: has.length, share }
}

const noSlot = ({ limit, spec: { limits } }: WorkerRecord): string => {
  if (limit < limits.slots) return `has all of the ${limit} slot${limit === 1 ? "" : "s"} in use that it may take now`
  return limits.slots === 1 ? "has its only slot in use" : `has all of its ${limits.slots} slots in use`
}

/** Of the workers that could ever take the task, the one that is nearest to it; of equals the one that joined first. */
export const nearestTo = (requirements: Requirements, workers: ReadonlyArray<WorkerRecord>): Shortage | undefined => {
  let nearest: Shortage | undefined
  for (const worker of workers) {
    if (unmetEver(requirements, worker.spec).length > 0) continue
    const shortage = of(requirements, worker)
    if (nearest === undefined || isNearer(shortage, nearest)) nearest = shortage
  }
  return nearest
}

const isNearer = (a: Shortage, b: Shortage): boolean => {
  const first = takesWork(a.worker.phase)
  if (first !== takesWork(b.worker.phase)) return first
  return a.things < b.things || (a.things === b.things && a.share < b.share)
}

/** The workers that could ever take the task and on which something ends some time. */
export const whoseRunsCount = (
  requirements: Requirements,
  workers: ReadonlyArray<WorkerRecord>
): ReadonlyArray<WorkerRecord> =>
  workers.filter(
    (worker) => takesWork(worker.phase) && !isEmpty(worker) && unmetEver(requirements, worker.spec).length === 0
  )
