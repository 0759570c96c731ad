import {
  type Demand,
  type Epoch,
  Milli,
  type Millis,
  type Passage,
  type ResourceName,
  resourceNames,
  type TaskSpec
} from "../model/index.ts"

/** Whether a run that begins now will be over by then, as far as its declaration goes. */
export const endsInTime = ({ expectedDuration }: TaskSpec, { until, pace }: Passage, now: Millis): boolean =>
  expectedDuration !== undefined && now + expectedDuration * pace <= until

/** Whether it leaves the one that the worker is kept for all that this needs. */
const fitsBeside = ({ resources, devices, whole }: Demand, { spare }: Passage): boolean =>
  whole !== true &&
  devices.length === 0 &&
  spare.slots >= 1 &&
  resourceNames.every((name) => resources[name] <= spare.resources[name])

/** Whether a task may begin now on a worker that is kept free for another, and not keep that one waiting. */
export const maySlipIn = (task: TaskSpec, passage: Passage, now: Millis): boolean =>
  endsInTime(task, passage, now) || fitsBeside(task.requirements.demand, passage)

/** A passage as the ledger keeps it: what is spared gets less with each run that will still be there. */
export class OpenPassage implements Passage {
  readonly until: Millis
  readonly pace: number
  readonly spare: { slots: number; readonly resources: Record<ResourceName, Milli> }
  readonly granted: Passage
  /** Runs that have begun under it and would still be there. */
  readonly stayers = new Set<Epoch>()

  constructor(granted: Passage) {
    const { until, pace, spare } = granted
    this.until = until
    this.pace = pace
    this.spare = { slots: spare.slots, resources: { ...spare.resources } }
    this.granted = granted
  }

  /** A task has been placed on the worker; without an epoch where room is held for it, since it moves there. */
  take(task: TaskSpec, now: Millis, epoch?: Epoch): void {
    if (endsInTime(task, this, now)) return
    if (epoch !== undefined) this.stayers.add(epoch)
    const { resources } = this.spare
    const { demand } = task.requirements
    this.spare.slots -= 1
    for (const name of resourceNames) resources[name] = Milli(resources[name] - demand.resources[name])
  }
}
