import { type Millis, type Passage, type ResourceName, resourceNames, type TaskSpec } from "../model/index.ts"

/** What may begin on a worker that is kept free, kept by naive means: what it was granted, and who has gone by since. */
export interface SeenPassage {
  readonly granted: Passage
  /** Those that would still be there when the other is to begin. */
  readonly stayers: Array<TaskSpec>
}

const isOverInTime = ({ expectedDuration }: TaskSpec, { until, pace }: Passage, at: Millis): boolean =>
  expectedDuration !== undefined && at + expectedDuration * pace <= until

const taken = (name: ResourceName, specs: ReadonlyArray<TaskSpec>): number =>
  specs.reduce((sum, { requirements }) => sum + requirements.demand.resources[name], 0)

/** `whole`: it is to have the worker to itself. */
export const maySlipIn = (spec: TaskSpec, whole: boolean, { granted, stayers }: SeenPassage, at: Millis): boolean => {
  if (isOverInTime(spec, granted, at)) return true
  if (whole || spec.requirements.demand.devices.length > 0) return false
  const all = [...stayers, spec]
  return (
    all.length <= granted.spare.slots &&
    resourceNames.every((name) => taken(name, all) <= granted.spare.resources[name])
  )
}

/** The task has been placed there, or is to come there. */
export const goesBy = (spec: TaskSpec, { granted, stayers }: SeenPassage, at: Millis): void => {
  if (!isOverInTime(spec, granted, at)) stayers.push(spec)
}
