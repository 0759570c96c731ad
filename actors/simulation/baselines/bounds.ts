import { peakFactor, type Server } from "./server.ts"
import { type BaselineTask, classify, type TaskClass } from "./task-class.ts"

/** Above this the subsets are too many. */
const mostClasses = 20

/** As fast as they ever are: no schedule can count on more, nor may a bound on less. */
const atTheirFastest = (servers: ReadonlyArray<Server>): ReadonlyArray<Server> =>
  servers.map((server) => {
    const { speed } = server
    const factor = peakFactor(server)
    if (factor === 1) return server
    if (typeof speed === "number") return { ...server, speed: speed * factor }
    return { ...server, speed: Object.fromEntries(Object.entries(speed).map(([type, each]) => [type, each * factor])) }
  })

/** Ms of work per ms that servers do at most while they run nothing but these classes. */
const capacityFor = (classes: ReadonlyArray<TaskClass>, servers: ReadonlyArray<Server>): number =>
  servers.reduce((sum, { slots }, server) => {
    const fastest = classes.reduce((most, { speeds }) => Math.max(most, speeds[server] ?? 0), 0)
    return fastest > 0 ? sum + fastest * slots : sum
  }, 0)

const quotient = (work: number, speed: number): number => (work > 0 ? work / speed : 0)

/**
 * No schedule ends all tasks sooner: the greater of all work ÷ all speed, and the longest task on the fastest server
 * (for each task: of those able to run it). In ms from 0; tasks that arrive later than 0 count from when they arrive.
 * Tasks come in the order of arrival. Servers without fixed phases; those whose speed changes are taken at their fastest.
 *
 * Cost: O(tasks + classes · servers).
 */
export const makespanBound = (tasks: ReadonlyArray<BaselineTask>, given: ReadonlyArray<Server>): number => {
  const servers = atTheirFastest(given)
  const { classes, classOf } = classify(tasks, servers)
  const capacity = capacityFor(classes, servers)
  const fastest = new Map(
    classes.map((taskClass) => [taskClass, taskClass.speeds.reduce((most, speed) => Math.max(most, speed), 0)] as const)
  )
  let bound = 0
  let laterWork = 0
  for (let index = tasks.length - 1; index >= 0; index -= 1) {
    const task = tasks[index]
    const taskClass = classOf[index]
    if (task === undefined || taskClass === undefined) continue
    laterWork += task.work
    bound = Math.max(
      bound,
      task.at + quotient(task.work, fastest.get(taskClass) ?? 0),
      task.at + quotient(laterWork, capacity)
    )
  }
  return bound
}

/** Classes the servers cannot tell apart are one, since only their work together counts. */
const workByClass = (tasks: ReadonlyArray<BaselineTask>, servers: ReadonlyArray<Server>) => {
  const { classes, classOf } = classify(tasks, servers)
  const likes = new Map<string, TaskClass>()
  const like = new Map<TaskClass, TaskClass>()
  for (const taskClass of classes) {
    const speeds = taskClass.speeds.join()
    const first = likes.get(speeds) ?? taskClass
    likes.set(speeds, first)
    like.set(taskClass, first)
  }
  const work = new Map([...likes.values()].map((taskClass) => [taskClass, 0]))
  tasks.forEach((task, index) => {
    const taskClass = classOf[index]
    const first = taskClass === undefined ? undefined : like.get(taskClass)
    if (first !== undefined) work.set(first, (work.get(first) ?? 0) + task.work)
  })
  return work
}

/**
 * The least time in which all work could be done if it could be cut at will, each task only on servers able to run it:
 * the greatest, over all sets of classes, of their work ÷ the capacity of the servers able to run any of them (Hall's
 * condition; max-flow = min-cut). And no less than `makespanBound`.
 *
 * Exact for divisible work where a server is as fast for every type it is able to run; with speeds that depend on the
 * type a server counts with its fastest, so it is still a bound but may be too low.
 * Cost: O(2^classes · servers that differ). Throws a `RangeError` for more than 20 classes that differ.
 */
export const eligibleBound = (tasks: ReadonlyArray<BaselineTask>, given: ReadonlyArray<Server>): number => {
  const servers = atTheirFastest(given)
  const work = [...workByClass(tasks, servers)]
  if (work.length > mostClasses) {
    throw new RangeError(`at most ${mostClasses} classes of tasks that differ by their servers, not ${work.length}`)
  }
  // Servers alike for every class are one, with the slots of all.
  const alike = new Map<string, { readonly speeds: ReadonlyArray<number>; readonly slots: number }>()
  servers.forEach(({ slots }, server) => {
    const speeds = work.map(([{ speeds }]) => speeds[server] ?? 0)
    alike.set(speeds.join(), { speeds, slots: slots + (alike.get(speeds.join())?.slots ?? 0) })
  })
  const groups = [...alike.values()]
  let bound = makespanBound(tasks, given)
  for (let subset = 1; subset < 2 ** work.length; subset += 1) {
    let sum = 0
    for (let index = 0; index < work.length; index += 1) if ((subset >> index) & 1) sum += work[index]?.[1] ?? 0
    let capacity = 0
    for (const { speeds, slots } of groups) {
      let fastest = 0
      for (let index = 0; index < speeds.length; index += 1) {
        if ((subset >> index) & 1) fastest = Math.max(fastest, speeds[index] ?? 0)
      }
      if (fastest > 0) capacity += fastest * slots
    }
    bound = Math.max(bound, quotient(sum, capacity))
  }
  return bound
}
