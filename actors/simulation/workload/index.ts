/** What there is to do in a simulated world: tasks drawn from a seed, one by one, or taken from a trace. */
export { Arrivals, arrivalTimes, isClosed, taskCount } from "./arrivals.ts"
export { type Chance, chanceOf } from "./chance.ts"
export { workloadProblems } from "./problems.ts"
export { meanOf, ServiceTime, samplerOf, variationOf } from "./service-time.ts"
export { defaultType, RecordedTask, type SimulatedTask } from "./task.ts"
export { meanWork, TaskKind } from "./task-kind.ts"
export { tasksOf, thinkTimes, typesOf, Workload } from "./workload.ts"
